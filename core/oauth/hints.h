// What an admin can fix, as Setup shows it and as the Metadata API names it: the hints of the diagnoses.
#pragma once

#include <string_view>

namespace hlid::hints {

inline constexpr std::string_view kFlowSwitch =
    "Setup > OAuth and OpenID Connect Settings > Allow Authorization Code and Credentials Flows "
    "(OauthOidcSettings.oAuthCdCrdtFlowEnable); on the app: Enable Authorization Code and Credentials Flow "
    "(ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled)";
inline constexpr std::string_view kGuestSwitch =
    "the app's policies > Enable Code and Credentials Flow for Guest Users "
    "(ExtlClntAppOauthConfigurablePolicies.isGuestCodeCredFlowEnabled); switching the client credentials flow can clear "
    "it. Is the site's own address used, not the org's?";
inline constexpr std::string_view kPreAuthorized =
    "the app's policies > Permitted Users: Admin approved users are pre-authorized "
    "(ExtlClntAppOauthConfigurablePolicies.permittedUsersPolicyType), and the user's profile or permission set on the app "
    "(commaSeparatedProfile, commaSeparatedPermissionSet)";
inline constexpr std::string_view kClientKey =
    "the consumer key belongs to this org and the app is installed there; a new app takes about 10 minutes to become usable";
inline constexpr std::string_view kCallback =
    "the app's Callback URL (ExtlClntAppGlobalOauthSettings.callbackUrl) is redirect_uri, byte for byte, and the consumer key "
    "belongs to this org";
inline constexpr std::string_view kUvidHint =
    "a version 4 UUID, or a guest token that has not ended; over HTTP/1.1 the guest token call is known to fail with this "
    "text: let the client speak HTTP/2";
inline constexpr std::string_view kScopes =
    "the app's OAuth Scopes (ExtlClntAppOauthSettings.commaSeparatedOauthScopes) against `scope`";
inline constexpr std::string_view kNothingBetween =
    "`site` is the Experience Cloud site's own address, and nothing in between (a proxy, a firewall) answers for it";
inline constexpr std::string_view kActiveSite =
    "`site` is the Experience Cloud site's address with its path prefix, and the site is active (Network.status = Live)";
inline constexpr std::string_view kClientSecret =
    "the consumer secret, and the app's Require Secret for Web Server Flow "
    "(ExtlClntAppGlobalOauthSettings.isConsumerSecretOptional)";

inline constexpr std::string_view kApiEnabled =
    "the user's profile or permission set: API Enabled (Profile.userPermissions, PermissionsApiEnabled)";
inline constexpr std::string_view kSiteHost =
    "a guest's token is valid only at the site's own host, a named user's also at instance_url";
inline constexpr std::string_view kRunAsUser =
    "the integration user's app > policies > Client Credentials Flow: enable it, and a run-as user "
    "(ExtlClntAppOauthConfigurablePolicies.clientCredentialsFlowUser)";
inline constexpr std::string_view kIntegration =
    "integration_client_id and its secret or key, integration_site (mostly the org's My Domain) and, with a key, "
    "integration_username and integration_audience; the user is approved for that app";

inline constexpr std::string_view kFirstParty =
    "the app is a first-party app (Metadata API: ExtlClntAppOauthSettings.isFirstPartyAppEnabled), and Setup > Digital "
    "Experiences > the site > Login & Registration > Allow off-platform apps to access the OAuth 2.0 authorization challenge "
    "endpoint (NetworkAuthApiSettings.isFirstPartyAppsAllowed)";
inline constexpr std::string_view kAttestation =
    "the certificate of the attestation's key on the app (Metadata API: ExtlClntAppOauthSettings.clientAssertionCertificate); "
    "the settings attestation_audience, attestation_subject and attestation_lifetime_s; this machine's clock";
#define HLID_RECAPTCHA_HINT(that_switch)                                                                                  \
  "Setup > Digital Experiences > the site > Login & Registration: Require reCAPTCHA (NetworkAuthApiSettings." that_switch \
  ", "                                                                                                                    \
  "RecaptchaSecretKey, RecaptchaScoreThreshold); a token is good for two minutes and one request"
// The switch for a password says Auth and means reCAPTCHA.
inline constexpr std::string_view kRecaptchaAtLogin = HLID_RECAPTCHA_HINT("DoesPasswordLoginRequireAuth");
inline constexpr std::string_view kRecaptchaAtRegistration = HLID_RECAPTCHA_HINT("IsRecaptchaRequiredRgstr");
inline constexpr std::string_view kRecaptchaAtPasswordless = HLID_RECAPTCHA_HINT("IsRecaptchaRequiredPwdlessLogin");
#undef HLID_RECAPTCHA_HINT
inline constexpr std::string_view kUiScopes =
    "the app's OAuth Scopes: Manage user data via Web browsers (web) or Full access (full) "
    "(ExtlClntAppOauthSettings.commaSeparatedOauthScopes), asked for at sign-in";
inline constexpr std::string_view kApiOnly =
    "it has expired, or the user is API Only (PermissionSet.PermissionsApiUserOnly): such a user has no pages";
inline constexpr std::string_view kNoScopeAtToken =
    "this library sends a scope with the sign-in alone: something in between adds one to the token call";
inline constexpr std::string_view kIntegrationScopes =
    "the integration user's app > OAuth Scopes (ExtlClntAppOauthSettings.commaSeparatedOauthScopes): user_registration_api, "
    "pwdless_login_api and forgot_password, each by its own name. The Client Credentials Flow grants neither web nor refresh_token "
    "nor full";
inline constexpr std::string_view kIssuingHost = "`site` is the site at which the token was issued";

inline constexpr std::string_view kAppEnabled =
    "Setup > External Client App Manager > the app: the app and its OAuth plugin are enabled "
    "(ExtlClntAppConfigurablePolicies.isEnabled, isOauthPluginEnabled)";
// The same, and the switch of the flow itself: the server does not say which of them it is.
inline constexpr std::string_view kHeadlessSwitches =
    "Setup > OAuth and OpenID Connect Settings > Allow Authorization Code and Credentials Flows "
    "(OauthOidcSettings.oAuthCdCrdtFlowEnable); on the app: Enable Authorization Code and Credentials Flow "
    "(ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled); the app and its OAuth plugin are enabled "
    "(ExtlClntAppConfigurablePolicies.isEnabled, isOauthPluginEnabled)";
inline constexpr std::string_view kRefreshSwitch =
    "the app's OAuth Scopes: Perform requests at any time (refresh_token) (ExtlClntAppOauthSettings.commaSeparatedOauthScopes); the "
    "app and its OAuth plugin are enabled (ExtlClntAppConfigurablePolicies.isEnabled, isOauthPluginEnabled)";
inline constexpr std::string_view kBlocked =
    "Setup > Connected Apps OAuth Usage: the app is not blocked, and is installed or the user has Approve Uninstalled Connected Apps; "
    "Setup > External Client App Manager > the app: enabled (ExtlClntAppConfigurablePolicies.isEnabled)";
inline constexpr std::string_view kInstalled =
    "Setup > External Client App Manager (or Connected Apps OAuth Usage): the app is installed in this org, its distribution state is "
    "right (ExternalClientApplication.distributionState), and it has its policies (ExtlClntAppOauthConfigurablePolicies)";
inline constexpr std::string_view kSessionLevel =
    "the app's policies > Session level (ExtlClntAppOauthConfigurablePolicies.requiredSessionLevel, policyAction): a high assurance "
    "session cannot come from a flow without a browser";
inline constexpr std::string_view kDpop =
    "the app demands DPoP, which this library does not send: turn it off on the app (ExtlClntAppGlobalOauthSettings.isDPopEnabled)";
inline constexpr std::string_view kExperienceId =
    "an experience id (expid) that the site does not know: look at `site` and extra_parameters, and at the site's dynamic branding";
inline constexpr std::string_view kBasicHeader =
    "the settings credentials_placement, basic_alphabet and token_endpoint_auth_method; nothing in between changes the Authorization header";
inline constexpr std::string_view kAssertionType =
    "the setting token_endpoint_auth_method: the app takes private_key_jwt with the certificate of attestation_key, or its secret; "
    "this machine's clock";
inline constexpr std::string_view kMobileAttestation =
    "the app demands the attestation of a mobile device, which this library does not send: turn it off on the app";
inline constexpr std::string_view kRequest =
    "the settings extra_headers and extra_parameters send nothing that the endpoint does not know; nothing in between (a proxy, a "
    "firewall) changes the request; `site` is https";
inline constexpr std::string_view kProofKey =
    "every request carries code_challenge (S256): nothing in between may remove it; where the server asks for the method by name, the "
    "setting send_code_challenge_method";
inline constexpr std::string_view kRegistrationOfClients =
    "the app is registered by its consumer key in the org; dynamic registration of clients is off or has reached its limit";
inline constexpr std::string_view kNoAccess =
    "the user's profile or permission sets must grant access to this; so must the token's scopes";
inline constexpr std::string_view kLoginRules =
    "the user's profile: Login Hours and Login IP Ranges (Profile.loginHours, loginIpRanges); the app's policies > IP Relaxation "
    "(ExtlClntAppOauthConfigurablePolicies.ipRelaxationPolicyType)";
inline constexpr std::string_view kPermittedRequest =
    "Setup > CORS, and the site's and the app's own policies; the method and the address of the request";
inline constexpr std::string_view kFeature = "the org's edition and licences have this feature, and it is switched on";
inline constexpr std::string_view kGuestHeaders =
    "something between this program and the site removes the Auth-Request-Type or Uvid-Hint header";
inline constexpr std::string_view kChangePassword =
    "the person sets a new password first: on the site's page in a browser, or by the flow password_reset; then start again";

}  // namespace hlid::hints
