// The Metadata types of the org and its sites: elements in the order in which files have them.
#include "oauth/org_settings.h"
#include "org/types.h"
#include "org/types_parts.h"

namespace hlid::org {
namespace {

constexpr ElementSpec kOauthTokenExchHandlerAppElements[] = {
    {.name = "apexExecutionUser", .kind = ElementKind::text, .required = true, .doc = "User name: the class runs as this user."},
    {.name = "connectedApp", .kind = ElementKind::text, .doc = "Name of the app."},
    {.name = "externalClientApp", .kind = ElementKind::text, .doc = "Name of the app."},
    {.name = "isDefault", .kind = ElementKind::boolean, .required = true},
};

constexpr ElementSpec kOauthTokenExchangeHandlerElements[] = {
    {.name = "description", .kind = ElementKind::text, .required = true},
    {.name = "developerName", .kind = ElementKind::text, .required = true},
    {.name = "enablements",
     .kind = ElementKind::group,
     .repeated = true,
     .children = kOauthTokenExchHandlerAppElements,
     .setting = &kTokenExchangeHandler},
    {.name = "isAccessTokenSupported", .kind = ElementKind::boolean, .required = true},
    {.name = "isContactCreationAllowed", .kind = ElementKind::boolean, .required = true},
    {.name = "isEnabled", .kind = ElementKind::boolean, .required = true, .setting = &kTokenExchangeHandler},
    {.name = "isIdTokenSupported", .kind = ElementKind::boolean, .required = true},
    {.name = "isJwtSupported", .kind = ElementKind::boolean, .required = true},
    {.name = "isProtected", .kind = ElementKind::boolean},
    {.name = "isRefreshTokenSupported", .kind = ElementKind::boolean, .required = true},
    {.name = "isSaml2Supported", .kind = ElementKind::boolean, .required = true},
    {.name = "isUserCreationAllowed", .kind = ElementKind::boolean, .required = true},
    {.name = "masterLabel", .kind = ElementKind::text, .required = true},
    {.name = "tokenHandlerApex",
     .kind = ElementKind::text,
     .required = true,
     .setting = &kTokenExchangeHandler,
     .doc = "A class that extends Auth.Oauth2TokenExchangeHandler."},
};

constexpr const char* kNetworkStatus[] = {"UnderConstruction", "Live", "DownForMaintenance"};

constexpr ElementSpec kNetworkEmailTmplAllowlistElements[] = {
    {.name = "emailTemplate", .kind = ElementKind::text, .required = true, .setting = &kEmailTemplates},
};

constexpr ElementSpec kNetworkAuthApiSettingsElements[] = {
    {.name = "doesForgotPasswordRequireAuth", .kind = ElementKind::boolean, .setting = &kForgotPasswordAuth},
    {.name = "doesPasswordLoginRequireAuth",
     .kind = ElementKind::boolean,
     .since = 62,
     .setting = &kLoginRecaptcha,
     .doc = "Requires reCAPTCHA for a first-party login, whatever its name says."},
    {.name = "doesPwdlessLoginRequireAuth", .kind = ElementKind::boolean, .setting = &kPasswordlessAuth},
    {.name = "doesRegistrationRequireAuth", .kind = ElementKind::boolean, .setting = &kRegistrationAuth},
    {.name = "emailTmplsAllowlist",
     .kind = ElementKind::group,
     .repeated = true,
     .children = kNetworkEmailTmplAllowlistElements,
     .setting = &kEmailTemplates},
    {.name = "headlessDiscoveryExecutionUser",
     .kind = ElementKind::text,
     .since = 62,
     .setting = &kDiscoveryHandler,
     .doc = "The discovery handler runs as this user."},
    {.name = "headlessDiscoveryHandler",
     .kind = ElementKind::text,
     .setting = &kDiscoveryHandler,
     .doc = "A class that implements Auth.HeadlessUserDiscoveryHandler."},
    {.name = "isFirstPartyAppsAllowed", .kind = ElementKind::boolean, .since = 62, .setting = &kSiteFirstParty},
    {.name = "isForgotPwdAllowed", .kind = ElementKind::boolean, .setting = &kForgotPasswordAllowed},
    {.name = "isForgotPwdEmailTemplateAllowlistingEnabled", .kind = ElementKind::boolean, .setting = &kForgotPasswordTemplates},
    {.name = "isHeadlessUserRegistrationAllowed", .kind = ElementKind::boolean, .setting = &kRegistrationAllowed},
    {.name = "isPwdlessLoginAllowed",
     .kind = ElementKind::boolean,
     .setting = &kPasswordlessAllowed,
     .doc = "The guide writes it with a capital I.",
     .also = "IsPwdlessLoginAllowed"},
    {.name = "isRecaptchaRequiredForgotPwd", .kind = ElementKind::boolean, .setting = &kForgotPasswordRecaptcha},
    {.name = "isRecaptchaRequiredPwdlessLogin", .kind = ElementKind::boolean, .setting = &kPasswordlessRecaptcha},
    {.name = "isRecaptchaRequiredRgstr", .kind = ElementKind::boolean, .setting = &kRegistrationRecaptcha},
    {.name = "isUniversalClientRgstrAllowed", .kind = ElementKind::boolean},
    {.name = "isUserDisambiguationAllowedForgotPwd", .kind = ElementKind::boolean, .setting = &kDiscoveryHandler},
    {.name = "isUserDisambiguationAllowedUsernamePwd", .kind = ElementKind::boolean, .setting = &kDiscoveryHandler},
    {.name = "maxPasswordResetAttempts", .kind = ElementKind::integer, .default_text = "5", .setting = &kForgotPasswordAttempts},
    {.name = "recaptchaScoreThreshold",
     .kind = ElementKind::decimal,
     .setting = &kRecaptchaKeys,
     .doc = "0.5 to 1, for score-based keys."},
    {.name = "recaptchaSecretKey", .kind = ElementKind::text, .secret = true, .setting = &kRecaptchaKeys},
    {.name = "registrationExecutionUser",
     .kind = ElementKind::text,
     .setting = &kRegistrationHandler,
     .doc = "The registration handler runs as this user."},
    {.name = "registrationHandler",
     .kind = ElementKind::text,
     .setting = &kRegistrationHandler,
     .doc = "A class that implements Auth.HeadlessSelfRegistrationHandler."},
    {.name = "registrationUserDefaultProfile", .kind = ElementKind::text, .doc = "Profile of users that register."},
};

constexpr ElementSpec kNetworkElements[] = {
    {.name = "allowInternalUserLogin", .kind = ElementKind::boolean},
    {.name = "headlessForgotPasswordTemplate", .kind = ElementKind::text},
    {.name = "headlessRegistrationTemplate", .kind = ElementKind::text},
    {.name = "networkAuthApiSettings",
     .kind = ElementKind::group,
     .since = 60,
     .children = kNetworkAuthApiSettingsElements,
     .doc = "The site's headless identity settings."},
    {.name = "pwdlessRegEmailTemplate", .kind = ElementKind::text},
    {.name = "selfRegProfile", .kind = ElementKind::text},
    {.name = "selfRegistration", .kind = ElementKind::boolean},
    {.name = "status", .kind = ElementKind::choice, .required = true, .choices = kNetworkStatus, .setting = &kSiteActive},
    {.name = "urlPathPrefix", .kind = ElementKind::text, .setting = &kSitePrefix},
};

constexpr ElementSpec kOauthOidcSettingsElements[] = {
    {.name = "agentAuthLinking", .kind = ElementKind::boolean, .doc = "For Salesforce's own use."},
    {.name = "blockOAuthUnPwFlow",
     .kind = ElementKind::boolean,
     .inverted = true,
     .setting = &kUsernamePassword,
     .doc = "false allows the username-password flow. Orgs since Summer '23 begin with true."},
    {.name = "blockOAuthUsrAgtFlow",
     .kind = ElementKind::boolean,
     .inverted = true,
     .setting = &kUserAgentFlow,
     .doc = "false allows the user-agent flows."},
    {.name = "enableHdlessFgtPswFlow", .kind = ElementKind::boolean, .guide_only = true, .doc = "For Salesforce's own use."},
    {.name = "isPkceRequired", .kind = ElementKind::boolean, .since = 59, .default_text = "false", .setting = &kProofKey},
    {.name = "oAuthCdCrdtFlowEnable", .kind = ElementKind::boolean, .default_text = "false", .setting = &kHeadlessFlows},
};

constexpr ElementSpec kExternalClientAppSettingsElements[] = {
    {.name = "enableClientSecretInRestApiAccess",
     .kind = ElementKind::boolean,
     .since = 62,
     .doc = "Key and secret of an app through the credentials REST API."},
    {.name = "enableConsumerSecretApiAccess",
     .kind = ElementKind::boolean,
     .doc = "Key and secret of an app through the Metadata API. Off by default since Winter '25."},
    {.name = "enableExternalClientApps",
     .kind = ElementKind::boolean,
     .guide_only = true,
     .since = 58,
     .doc = "Dropped from newer versions of the guide."},
    {.name = "enablePackageEcaOauthFromDevOrg", .kind = ElementKind::boolean, .since = 62},
};

constexpr ElementSpec kConnectedAppSettingsElements[] = {
    {.name = "enableAdminApprovedAppsOnly", .kind = ElementKind::boolean},
    {.name = "enableAdminApprovedAppsOnlyForExternalUser", .kind = ElementKind::boolean},
    {.name = "enableSkipUserProvisioningWizardWelcomePage", .kind = ElementKind::boolean},
};

constexpr const char* kSamlIdentityLocationType[] = {"SubjectNameId", "Attribute"};
constexpr const char* kSamlIdentityType[] = {"Username", "FederationId", "UserId"};
constexpr const char* kSamlType[] = {"SAML1_1", "SAML2_0"};

constexpr ElementSpec kSamlSsoConfigElements[] = {
    {.name = "identityLocation",
     .kind = ElementKind::choice,
     .required = true,
     .choices = kSamlIdentityLocationType,
     .setting = &kSamlSso},
    {.name = "identityMapping",
     .kind = ElementKind::choice,
     .required = true,
     .choices = kSamlIdentityType,
     .setting = &kSamlSso},
    {.name = "issuer", .kind = ElementKind::text, .required = true, .setting = &kSamlSso},
    {.name = "name", .kind = ElementKind::text, .required = true},
    {.name = "oauthTokenEndpoint", .kind = ElementKind::text, .setting = &kSamlSso},
    {.name = "samlEntityId", .kind = ElementKind::text, .required = true, .setting = &kSamlSso},
    {.name = "samlVersion", .kind = ElementKind::choice, .required = true, .choices = kSamlType},
    {.name = "validationCert", .kind = ElementKind::text, .required = true, .secret = true, .setting = &kSamlSso},
};

constexpr const char* kAuthProviderType[] = {"Facebook",      "Janrain",
                                             "Salesforce",    "OpenIdConnect",
                                             "MicrosoftACS",  "LinkedIn",
                                             "Twitter",       "Google",
                                             "GitHub",        "Custom",
                                             "Apple",         "Evergreen",
                                             "Slack",         "HubSpot",
                                             "Microsoft",     "MuleSoft",
                                             "Bitbucket",     "MuleSoftAnypointPlatform",
                                             "Confluence3LO", "CommerceCloudAccountManager"};

constexpr ElementSpec kAuthProviderElements[] = {
    {.name = "consumerKey", .kind = ElementKind::text, .secret = true},
    {.name = "consumerSecret", .kind = ElementKind::text, .secret = true},
    {.name = "ecKey", .kind = ElementKind::text, .secret = true},
    {.name = "friendlyName", .kind = ElementKind::text, .required = true},
    {.name = "providerType", .kind = ElementKind::choice, .required = true, .choices = kAuthProviderType},
    {.name = "registrationHandler", .kind = ElementKind::text},
};

constexpr ElementSpec kOauthCustomScopeElements[] = {
    {.name = "description", .kind = ElementKind::text, .required = true},
    {.name = "developerName", .kind = ElementKind::text, .required = true},
    {.name = "isPublic", .kind = ElementKind::boolean},
    {.name = "masterLabel", .kind = ElementKind::text, .required = true},
};

constexpr ElementSpec kPermissionSetUserPermissionElements[] = {
    {.name = "enabled", .kind = ElementKind::boolean, .required = true},
    {.name = "name", .kind = ElementKind::text, .required = true},
};

constexpr ElementSpec kPermissionSetElements[] = {
    {.name = "description", .kind = ElementKind::text},
    {.name = "label", .kind = ElementKind::text, .required = true},
    {.name = "license", .kind = ElementKind::text},
    {.name = "userPermissions",
     .kind = ElementKind::group,
     .repeated = true,
     .children = kPermissionSetUserPermissionElements,
     .setting = &kUserApiEnabled},
};

constexpr ElementSpec kProfileUserPermissionElements[] = {
    {.name = "enabled", .kind = ElementKind::boolean, .required = true},
    {.name = "name", .kind = ElementKind::text, .required = true},
};

constexpr ElementSpec kProfileElements[] = {
    {.name = "custom", .kind = ElementKind::boolean},
    {.name = "description", .kind = ElementKind::text},
    {.name = "userLicense", .kind = ElementKind::text},
    {.name = "userPermissions",
     .kind = ElementKind::group,
     .repeated = true,
     .children = kProfileUserPermissionElements,
     .setting = &kUserApiEnabled},
};

constexpr ElementSpec kCertificateElements[] = {
    {.name = "caSigned", .kind = ElementKind::boolean, .required = true},
    {.name = "keySize", .kind = ElementKind::integer},
    {.name = "masterLabel", .kind = ElementKind::text, .required = true},
    {.name = "privateKeyExportable", .kind = ElementKind::boolean},
};

constexpr const char* kApexCodeUnitStatus[] = {"Inactive", "Active", "Deleted"};

constexpr ElementSpec kApexClassElements[] = {
    {.name = "apiVersion", .kind = ElementKind::decimal, .required = true},
    {.name = "status", .kind = ElementKind::choice, .required = true, .choices = kApexCodeUnitStatus},
};

constexpr ElementSpec kPackageTypeMembersElements[] = {
    {.name = "members", .kind = ElementKind::text, .repeated = true},
    {.name = "name", .kind = ElementKind::text, .required = true},
};

constexpr ElementSpec kPackageElements[] = {
    {.name = "types", .kind = ElementKind::group, .repeated = true, .children = kPackageTypeMembersElements},
    {.name = "version", .kind = ElementKind::text, .required = true, .doc = "The API version."},
};

}  // namespace

const TypeSpec kOrgTypes[] = {
    {.name = "OauthTokenExchangeHandler",
     .folder = "oauthtokenexchangehandlers",
     .suffix = "oauthtokenexchangehandler",
     .since = 60,
     .elements = kOauthTokenExchangeHandlerElements,
     .doc = "Links an Apex class that finds the user for a token to the apps that may exchange tokens."},
    {.name = "Network",
     .folder = "networks",
     .suffix = "network",
     .open = true,
     .keeps_absent = true,
     .elements = kNetworkElements,
     .doc = "An Experience Cloud site. Only the elements that flows depend on are listed."},
    {.name = "OauthOidcSettings",
     .manifest = "Settings",
     .member = "OauthOidc",
     .folder = "settings",
     .suffix = "settings",
     .since = 56,
     .keeps_absent = true,
     .elements = kOauthOidcSettingsElements,
     .doc = "The page OAuth and OpenID Connect Settings, for all apps of the org."},
    {.name = "ExternalClientAppSettings",
     .manifest = "Settings",
     .member = "ExternalClientApp",
     .folder = "settings",
     .suffix = "settings",
     .since = 58,
     .keeps_absent = true,
     .elements = kExternalClientAppSettingsElements,
     .doc = "What the org permits with external client apps."},
    {.name = "ConnectedAppSettings",
     .manifest = "Settings",
     .member = "ConnectedApp",
     .folder = "settings",
     .suffix = "settings",
     .keeps_absent = true,
     .elements = kConnectedAppSettingsElements,
     .doc = "What the org permits with connected apps."},
    {.name = "SamlSsoConfig",
     .folder = "samlssoconfigs",
     .suffix = "samlssoconfig",
     .open = true,
     .elements = kSamlSsoConfigElements,
     .doc = "A SAML identity provider of the org."},
    {.name = "AuthProvider",
     .folder = "authproviders",
     .suffix = "authprovider",
     .open = true,
     .elements = kAuthProviderElements,
     .doc = "A provider through which users sign in. Only the elements that this library looks at are listed."},
    {.name = "OauthCustomScope",
     .folder = "oauthcustomscopes",
     .suffix = "oauthcustomscope",
     .open = true,
     .elements = kOauthCustomScopeElements,
     .doc = "A scope of the org's own."},
    {.name = "PermissionSet",
     .folder = "permissionsets",
     .suffix = "permissionset",
     .open = true,
     .elements = kPermissionSetElements,
     .doc = "A permission set. Only the elements that this library looks at are listed."},
    {.name = "Profile",
     .folder = "profiles",
     .suffix = "profile",
     .open = true,
     .elements = kProfileElements,
     .doc = "A profile. Only the elements that this library looks at are listed."},
    {.name = "Certificate",
     .folder = "certs",
     .suffix = "crt",
     .open = true,
     .elements = kCertificateElements,
     .doc = "A certificate of the org."},
    {.name = "ApexClass",
     .folder = "classes",
     .suffix = "cls",
     .open = true,
     .elements = kApexClassElements,
     .doc = "A class: the source, and this file next to it."},
    {.name = "Package", .open = true, .elements = kPackageElements, .doc = "The manifest, package.xml."}};
static_assert(std::size(kOrgTypes) == kOrgTypesCount);

}  // namespace hlid::org
