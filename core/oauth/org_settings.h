// The settings of an org that flows depend on, each once: flows list them (FlowSpec::org_settings), hints name them
// (oauth/hints.h), docs explain them.
#pragma once

#include "oauth/description.h"

namespace hlid::org {

// Places in Setup: all of a site's settings for these flows are on one page; an app's are in Setup > External Client App Manager,
// on the app's two tabs.
#define HLID_SITE "Setup > Digital Experiences > the site > Login & Registration > "
#define HLID_APP "the app > "
#define HLID_POLICIES "the app's policies > "

// ---- the org ----
inline constexpr OrgSetting kHeadlessFlows = {
    "Setup > OAuth and OpenID Connect Settings > Allow Authorization Code and Credentials Flows",
    "OauthOidcSettings.oAuthCdCrdtFlowEnable", "headless_flows", "Lets the org's apps use headless flows."};

inline constexpr OrgSetting kUsernamePassword = {
    "Setup > OAuth and OpenID Connect Settings > Allow OAuth Username-Password Flows",
    "OauthOidcSettings.blockOAuthUnPwFlow, the opposite", "username_password_flows",
    "Blocked by default since Summer '23; orgs made since Summer '26 cannot allow it."};
inline constexpr OrgSetting kProofKey = {
    "Setup > OAuth and OpenID Connect Settings > Require Proof Key for Code Exchange (PKCE) for Supported Authorization Flows",
    "OauthOidcSettings.isPkceRequired", "proof_key", "The same as the app's own switch, for every app of the org."};
inline constexpr OrgSetting kUserAgentFlow = {
    "Setup > OAuth and OpenID Connect Settings > Allow OAuth User-Agent Flows",
    "OauthOidcSettings.blockOAuthUsrAgtFlow, the opposite", "user_agent_flow",
    "Lets the org's apps use the user-agent flow, the hybrid one too; Salesforce retires both."};

// ---- the app ----
inline constexpr OrgSetting kAppEnabled = {
    "Setup > External Client App Manager > the app: the app and its OAuth plugin are enabled",
    "ExtlClntAppConfigurablePolicies.isEnabled, isOauthPluginEnabled", "app_enabled", "A disabled app cannot use any flow."};
inline constexpr OrgSetting kAppHeadlessFlow = {HLID_APP "Enable Authorization Code and Credentials Flow",
                                                "ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled", "app_headless_flow",
                                                "Lets this app use headless flows."};
inline constexpr OrgSetting kAppPostOnly = {HLID_APP "Require user credentials in the POST body",
                                            "ExtlClntAppGlobalOauthSettings.isCodeCredPostOnly", "app_post_only",
                                            "Must be off for `credentials_placement` header."};
inline constexpr OrgSetting kAppCallback = {HLID_APP "Callback URL", "ExtlClntAppGlobalOauthSettings.callbackUrl", "app_callback",
                                            "Must equal `redirect_uri` byte for byte."};
// Of OAuth 1.0a, which only connected apps have.
inline constexpr OrgSetting kConnectedAppCallback = {"Setup > App Manager > the connected app > Callback URL",
                                                     "ConnectedApp.oauthConfig.callbackUrl", "connected_app_callback",
                                                     "Must equal `redirect_uri` byte for byte."};
inline constexpr OrgSetting kAppScopes = {HLID_APP "OAuth Scopes", "ExtlClntAppOauthSettings.commaSeparatedOauthScopes",
                                          "app_scopes", "Every scope that is requested must be selected here."};
inline constexpr OrgSetting kAppRefreshScope = {HLID_APP "OAuth Scopes: Perform requests at any time (refresh_token)",
                                                "ExtlClntAppOauthSettings.commaSeparatedOauthScopes", "app_refresh_scope",
                                                "Without it no flow brings a refresh token."};
inline constexpr OrgSetting kAppUiScopes = {HLID_APP
                                            "OAuth Scopes: Manage user data via Web browsers (web), or Full access (full)",
                                            "ExtlClntAppOauthSettings.commaSeparatedOauthScopes", "app_ui_scopes",
                                            "The token that opens the UI must have one of the two."};
inline constexpr OrgSetting kAppIdentityScopes = {
    HLID_APP "OAuth Scopes: Access unique user identifiers (openid), or Access the identity URL service (id)",
    "ExtlClntAppOauthSettings.commaSeparatedOauthScopes", "app_identity_scopes",
    "The token that asks for the user's data must have one of the two."};
inline constexpr OrgSetting kAppSecret = {HLID_APP "Require Secret for Web Server Flow",
                                          "ExtlClntAppGlobalOauthSettings.isConsumerSecretOptional, the opposite", "app_secret",
                                          "Off (in metadata true) for public clients, which have no `client_secret`."};
inline constexpr OrgSetting kAppRefreshSecret = {HLID_APP "Require Secret for Refresh Token Flow",
                                                 "ExtlClntAppGlobalOauthSettings.isSecretRequiredForRefreshToken",
                                                 "app_refresh_secret", "Off for public clients, which have no `client_secret`."};
inline constexpr OrgSetting kAppProofKey = {HLID_APP "Require Proof Key for Code Exchange (PKCE)",
                                            "ExtlClntAppGlobalOauthSettings.isPkceRequired", "app_proof_key",
                                            "Recommended: this library always sends a proof key."};
inline constexpr OrgSetting kAppNamedJwt = {HLID_APP "Issue JWT-based access tokens for named users",
                                            "ExtlClntAppGlobalOauthSettings.isNamedUserJwtEnabled", "app_named_jwt",
                                            "Only a JWT carries a visitor's UVID; only an opaque token opens the UI."};
inline constexpr OrgSetting kAppIntrospectAll = {HLID_APP "Introspect All Tokens",
                                                 "ExtlClntAppGlobalOauthSettings.isIntrospectAllTokens", "app_introspect_all",
                                                 "Required to introspect tokens issued to other apps of the org."};
inline constexpr OrgSetting kAppDeviceFlow = {HLID_APP "Enable Device Flow", "ExtlClntAppGlobalOauthSettings.isDeviceFlowEnabled",
                                              "app_device_flow", "Lets the app use the device flow."};
inline constexpr OrgSetting kConnectedApps = {
    "Setup > External Client Apps > Settings: connected apps can be created", "not in the Metadata API", "connected_apps",
    "Registration creates one. Closed in every org since Spring '26, until Salesforce Support opens it."};
inline constexpr OrgSetting kInitialAccessToken = {
    "Setup > App Manager > a connected app > View > Initial Access Token for Dynamic Client Registration > Generate",
    "not in the Metadata API", "initial_access_token",
    "Makes `initial_access_token`. Another one invalidates it. Needs Manage Connected Apps."};
inline constexpr OrgSetting kAppLocalWithCallback = {
    HLID_APP "Distribution State: Local, and a Callback URL on localhost",
    "ExternalClientApplication.distributionState, ExtlClntAppGlobalOauthSettings.callbackUrl", "app_local_with_callback",
    "From 2026-11-30 the device flow works for such apps only."};
inline constexpr OrgSetting kAppHybridScopes = {HLID_APP
                                                "OAuth Scopes: web, and lightning, content and visualforce for their pages",
                                                "ExtlClntAppOauthSettings.commaSeparatedOauthScopes", "app_hybrid_scopes",
                                                "Each brings the session of one web domain; web is the precondition for all."};
inline constexpr OrgSetting kAppRotation = {HLID_APP "Enable Refresh Token Rotation",
                                            "ExtlClntAppGlobalOauthSettings.isRefreshTokenRotationEnabled", "app_rotation",
                                            "Hybrid flows do not support it together with JWT-based access tokens."};
inline constexpr OrgSetting kAppOwnScopes = {HLID_APP "OAuth Scopes: at least one other than web, refresh_token and full",
                                             "ExtlClntAppOauthSettings.commaSeparatedOauthScopes", "app_own_scopes",
                                             "The client credentials flow grants none of these three, so the app needs another."};
inline constexpr OrgSetting kAppDpop = {HLID_APP "Require DPoP", "ExtlClntAppGlobalOauthSettings.isDPopEnabled", "app_dpop",
                                        "Must be off: this library does not support DPoP."};
inline constexpr OrgSetting kAppClientCredentials = {HLID_APP "Enable Client Credentials Flow",
                                                     "ExtlClntAppGlobalOauthSettings.isClientCredentialsFlowEnabled, "
                                                     "ExtlClntAppOauthConfigurablePolicies.isClientCredentialsFlowEnabled",
                                                     "app_client_credentials", "On in the app and in its policies."};
inline constexpr OrgSetting kAppTokenExchange = {
    HLID_APP "Enable Token Exchange Flow",
    "ExtlClntAppGlobalOauthSettings.isTokenExchangeEnabled, ExtlClntAppOauthConfigurablePolicies.isTokenExchangeFlowEnabled",
    "app_token_exchange", "On in the app and in its policies."};
inline constexpr OrgSetting kAppTokenExchangeSecret = {
    HLID_APP "Require Secret for Token Exchange Flow", "ExtlClntAppGlobalOauthSettings.isSecretRequiredForTokenExchange",
    "app_token_exchange_secret", "Off for public clients, which have no `client_secret`."};
inline constexpr OrgSetting kTokenExchangeHandler = {
    "Setup > Token Exchange Handlers: a handler that is enabled for the app", "OauthTokenExchangeHandler",
    "token_exchange_handler", "An Apex class that extends Auth.Oauth2TokenExchangeHandler and finds the user for the token."};
inline constexpr OrgSetting kAppFirstParty = {HLID_APP "first-party app (Metadata API only)",
                                              "ExtlClntAppOauthSettings.isFirstPartyAppEnabled", "app_first_party",
                                              "Lets the app use first-party flows."};
inline constexpr OrgSetting kAppCertificate = {HLID_APP "certificate of the attestation's key (Metadata API only)",
                                               "ExtlClntAppOauthSettings.clientAssertionCertificate", "app_certificate",
                                               "Must belong to `private_key`, or to the host's key."};

inline constexpr OrgSetting kAppBearerCertificate = {
    HLID_APP "Enable JWT Bearer Flow: the certificate (of a connected app: Use digital signatures)",
    "ExtlClntAppGlobalOauthSettings.certificate", "app_bearer_certificate",
    "Turns the bearer flows on. Must belong to `private_key`, or to the host's key."};
inline constexpr OrgSetting kAppBearerScopes = {HLID_APP
                                                "OAuth Scopes: Perform requests at any time (refresh_token), and another",
                                                "ExtlClntAppOauthSettings.commaSeparatedOauthScopes", "app_bearer_scopes",
                                                "The bearer flows require refresh_token, although they bring no refresh token."};

inline constexpr OrgSetting kAppAssetTokens = {
    HLID_APP "Enable Asset Tokens: signing certificate, audiences and validity",
    "ExtlClntAppOauthSettings.assetTokenSigningCertificate, assetTokenAudiences, assetTokenValidity", "app_asset_tokens",
    "Without all three the app issues no asset tokens. The certificate is self-signed, with SHA-256."};
inline constexpr OrgSetting kAppAssetScopes = {HLID_APP "OAuth Scopes: api and openid",
                                               "ExtlClntAppOauthSettings.commaSeparatedOauthScopes", "app_asset_scopes",
                                               "The access token that is exchanged must have both."};

// ---- the app's policies ----
inline constexpr OrgSetting kAppGuestFlow = {
    HLID_POLICIES "Enable Code and Credentials Flow for Guest Users",
    "ExtlClntAppOauthConfigurablePolicies.isGuestCodeCredFlowEnabled", "app_guest_flow",
    "Lets the app get tokens for guests. Switching the client credentials flow can clear it."};
inline constexpr OrgSetting kAppGuestJwt = {
    HLID_POLICIES "Guest JWT Timeout", "ExtlClntAppOauthConfigurablePolicies.guestJwtSessionTimeoutType, guestJwtTimeout",
    "app_guest_jwt", "Makes a guest's token a JWT, for this long. Only a JWT carries the visitor's UVID."};
inline constexpr OrgSetting kAppPermittedUsers = {HLID_POLICIES "Permitted Users: Admin approved users are pre-authorized",
                                                  "ExtlClntAppOauthConfigurablePolicies.permittedUsersPolicyType",
                                                  "app_permitted_users",
                                                  "Otherwise the user would have to approve the app on a page."};
// Where a person who is at a browser can approve as well.
inline constexpr OrgSetting kAppApproval = {HLID_POLICIES "Permitted Users",
                                            "ExtlClntAppOauthConfigurablePolicies.permittedUsersPolicyType", "app_approval",
                                            "Optional: pre-authorized users are not asked on a page to approve the app."};
inline constexpr OrgSetting kAppProfiles = {HLID_POLICIES "the user's profile or permission set",
                                            "commaSeparatedProfile, commaSeparatedPermissionSet", "app_profiles",
                                            "Users with one of them are pre-authorized."};
inline constexpr OrgSetting kAppRefreshPolicy = {HLID_POLICIES "Refresh Token Policy; Enable Refresh Token Rotation",
                                                 "ExtlClntAppOauthConfigurablePolicies.refreshTokenPolicyType",
                                                 "app_refresh_policy", "Decides how long a refresh token is valid."};
inline constexpr OrgSetting kAppRunAsUser = {HLID_POLICIES "Client Credentials Flow: enabled, with a run-as user",
                                             "ExtlClntAppOauthConfigurablePolicies.clientCredentialsFlowUser", "app_run_as_user",
                                             "Lets the integration user's app get its token."};
inline constexpr OrgSetting kAppSessionLevel = {
    HLID_POLICIES "Session level", "ExtlClntAppOauthConfigurablePolicies.requiredSessionLevel, policyAction", "app_session_level",
    "A high assurance session cannot come from a flow without a browser."};
inline constexpr OrgSetting kAppIpRelaxation = {HLID_POLICIES "IP Relaxation",
                                                "ExtlClntAppOauthConfigurablePolicies.ipRelaxationPolicyType",
                                                "app_ip_relaxation", "Decides whether the user's Login IP Ranges apply."};

// ---- the site ----
inline constexpr OrgSetting kSiteActive = {"Setup > Digital Experiences > All Sites: the site is active", "Network.status = Live",
                                           "site_active", "An inactive site serves no flow."};
inline constexpr OrgSetting kSitePrefix = {"Setup > Digital Experiences > All Sites: the site's URL", "Network.urlPathPrefix",
                                           "site_prefix", "The address that `site` must have."};
inline constexpr OrgSetting kSiteFirstParty = {
    HLID_SITE "Allow off-platform apps to access the OAuth 2.0 authorization challenge endpoint",
    "NetworkAuthApiSettings.isFirstPartyAppsAllowed", "site_first_party", "Lets first-party apps use this site."};
inline constexpr OrgSetting kSiteProviders = {HLID_SITE "the provider is among the site's login options",
                                              "Network.AllowedExtIdentityProviders", "site_providers",
                                              "Only listed providers can sign a user in."};
// The switch for a password says Auth and means reCAPTCHA.
inline constexpr OrgSetting kLoginRecaptcha = {HLID_SITE "Headless Login: Require reCAPTCHA",
                                               "NetworkAuthApiSettings.DoesPasswordLoginRequireAuth", "login_recaptcha",
                                               "With it, a first-party login must bring a reCAPTCHA token."};
inline constexpr OrgSetting kRecaptchaKeys = {HLID_SITE "reCAPTCHA: secret key and score threshold",
                                              "NetworkAuthApiSettings.RecaptchaSecretKey, RecaptchaScoreThreshold",
                                              "recaptcha_keys", "Must match the site key with which the app gets its tokens."};
inline constexpr OrgSetting kRegistrationAllowed = {HLID_SITE "Headless Registration: the switch that allows it",
                                                    "NetworkAuthApiSettings.isHeadlessUserRegistrationAllowed",
                                                    "registration_allowed", "Without it the site registers no users for apps."};
inline constexpr OrgSetting kRegistrationAuth = {HLID_SITE "Headless Registration: Require Authentication",
                                                 "NetworkAuthApiSettings.DoesRegistrationRequireAuth", "registration_auth",
                                                 "This, reCAPTCHA, or both: the site requires at least one of them."};
inline constexpr OrgSetting kRegistrationRecaptcha = {HLID_SITE "Headless Registration: Require reCAPTCHA",
                                                      "NetworkAuthApiSettings.IsRecaptchaRequiredRgstr", "registration_recaptcha",
                                                      "This, authentication, or both: the site requires at least one of them."};
inline constexpr OrgSetting kRegistrationHandler = {HLID_SITE "Headless Registration: the handler class that creates users",
                                                    "NetworkAuthApiSettings.RegistrationHandlerId", "registration_handler",
                                                    "An Apex class that implements Auth.HeadlessSelfRegistrationHandler."};
inline constexpr OrgSetting kPasswordlessAllowed = {HLID_SITE "Headless Passwordless Login: the switch that allows it",
                                                    "NetworkAuthApiSettings.IsPwdlessLoginAllowed", "passwordless_allowed",
                                                    "Without it the site signs in no users of apps without a password."};
inline constexpr OrgSetting kPasswordlessAuth = {HLID_SITE "Headless Passwordless Login: Require Authentication",
                                                 "NetworkAuthApiSettings.DoesPwdlessLoginRequireAuth", "passwordless_auth",
                                                 "This, reCAPTCHA, or both: the site requires at least one of them."};
inline constexpr OrgSetting kPasswordlessRecaptcha = {
    HLID_SITE "Headless Passwordless Login: Require reCAPTCHA", "NetworkAuthApiSettings.IsRecaptchaRequiredPwdlessLogin",
    "passwordless_recaptcha", "This, authentication, or both: the site requires at least one of them."};
inline constexpr OrgSetting kForgotPasswordAllowed = {HLID_SITE "Headless Forgot Password: the switch that allows it",
                                                      "NetworkAuthApiSettings.isForgotPwdAllowed", "forgot_password_allowed",
                                                      "Without it apps cannot reset passwords."};
inline constexpr OrgSetting kForgotPasswordAuth = {HLID_SITE "Headless Forgot Password: Require Authentication",
                                                   "NetworkAuthApiSettings.DoesForgotPasswordRequireAuth", "forgot_password_auth",
                                                   "This, reCAPTCHA, or both: the site requires at least one of them."};
inline constexpr OrgSetting kForgotPasswordRecaptcha = {
    HLID_SITE "Headless Forgot Password: Require reCAPTCHA", "NetworkAuthApiSettings.IsRecaptchaRequiredForgotPwd",
    "forgot_password_recaptcha", "This, authentication, or both: the site requires at least one of them."};
inline constexpr OrgSetting kForgotPasswordAttempts = {
    HLID_SITE "Headless Forgot Password: maximum attempts", "NetworkAuthApiSettings.MaxPasswordResetAttempts",
    "forgot_password_attempts", "After that many wrong one-time passwords the flow starts again."};

inline constexpr OrgSetting kDiscoveryHandler = {
    HLID_SITE "the handler class that finds users", "NetworkAuthApiSettings.HeadlessDiscoveryHandlerId", "discovery_handler",
    "An Apex class that implements Auth.HeadlessUserDiscoveryHandler, for `login_hint`."};
inline constexpr OrgSetting kEmailTemplates = {"the site's allowlist of email templates", "NetworkEmailTmplAllowlist",
                                               "email_templates", "Only listed templates can be used for messages."};
inline constexpr OrgSetting kForgotPasswordTemplates = {
    HLID_SITE "Headless Forgot Password: use the allowlist of email templates",
    "NetworkAuthApiSettings.isForgotPwdEmailTemplateAllowlistingEnabled", "forgot_password_templates",
    "Without it, forgot password accepts no template."};

// ---- the org's single sign-on ----
inline constexpr OrgSetting kSamlSso = {
    "Setup > Single Sign-On Settings > the SAML configuration: certificate, issuer, entity ID, and how it finds the user",
    "SamlSsoConfig", "saml_sso", "Must fit the assertion. The page shows the OAuth 2.0 Token Endpoint too."};

// ---- the user ----
inline constexpr OrgSetting kUserVerified = {"the user's email address or phone number is verified",
                                             "User.IsEmailVerified, TwoFactorMethodsInfo", "user_verified",
                                             "One-time passwords are sent only to verified addresses and numbers."};
inline constexpr OrgSetting kUserApiEnabled = {"the user's profile or permission set > API Enabled",
                                               "Profile.userPermissions, PermissionsApiEnabled", "user_api_enabled",
                                               "Lets the user call APIs."};
inline constexpr OrgSetting kUserLoginRules = {"the user's profile > Login Hours and Login IP Ranges",
                                               "Profile.loginHours, loginIpRanges", "user_login_rules",
                                               "When and from where the user can sign in."};
inline constexpr OrgSetting kUserLoginFlow = {"Setup > Login Flows", "LoginFlow, LoginFlowProfileAccess", "user_login_flow",
                                              "A login flow after the password needs a browser."};

#undef HLID_SITE
#undef HLID_APP
#undef HLID_POLICIES

// All of them, in this order.
inline constexpr const OrgSetting* kAll[] = {&kHeadlessFlows,
                                             &kUsernamePassword,
                                             &kProofKey,
                                             &kUserAgentFlow,
                                             &kAppEnabled,
                                             &kAppHeadlessFlow,
                                             &kAppPostOnly,
                                             &kAppCallback,
                                             &kConnectedAppCallback,
                                             &kAppScopes,
                                             &kAppRefreshScope,
                                             &kAppUiScopes,
                                             &kAppIdentityScopes,
                                             &kAppSecret,
                                             &kAppRefreshSecret,
                                             &kAppProofKey,
                                             &kAppNamedJwt,
                                             &kAppIntrospectAll,
                                             &kAppDeviceFlow,
                                             &kConnectedApps,
                                             &kInitialAccessToken,
                                             &kAppLocalWithCallback,
                                             &kAppHybridScopes,
                                             &kAppRotation,
                                             &kAppOwnScopes,
                                             &kAppDpop,
                                             &kAppClientCredentials,
                                             &kAppTokenExchange,
                                             &kAppTokenExchangeSecret,
                                             &kTokenExchangeHandler,
                                             &kAppFirstParty,
                                             &kAppCertificate,
                                             &kAppBearerCertificate,
                                             &kAppBearerScopes,
                                             &kAppAssetTokens,
                                             &kAppAssetScopes,
                                             &kAppGuestFlow,
                                             &kAppGuestJwt,
                                             &kAppPermittedUsers,
                                             &kAppApproval,
                                             &kAppProfiles,
                                             &kAppRefreshPolicy,
                                             &kAppRunAsUser,
                                             &kAppSessionLevel,
                                             &kAppIpRelaxation,
                                             &kSiteActive,
                                             &kSitePrefix,
                                             &kSiteFirstParty,
                                             &kSiteProviders,
                                             &kLoginRecaptcha,
                                             &kRecaptchaKeys,
                                             &kRegistrationAllowed,
                                             &kRegistrationAuth,
                                             &kRegistrationRecaptcha,
                                             &kRegistrationHandler,
                                             &kPasswordlessAllowed,
                                             &kPasswordlessAuth,
                                             &kPasswordlessRecaptcha,
                                             &kForgotPasswordAllowed,
                                             &kForgotPasswordAuth,
                                             &kForgotPasswordRecaptcha,
                                             &kForgotPasswordAttempts,
                                             &kDiscoveryHandler,
                                             &kEmailTemplates,
                                             &kForgotPasswordTemplates,
                                             &kSamlSso,
                                             &kUserVerified,
                                             &kUserApiEnabled,
                                             &kUserLoginRules,
                                             &kUserLoginFlow};

}  // namespace hlid::org
