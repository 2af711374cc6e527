// What an admin can fix: the hints of the diagnoses, composed at compile time from the org's settings (oauth/org_settings.h),
// each as "where in Setup (its name in the Metadata API)", and from free text.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "oauth/org_settings.h"

namespace hlid::hints {

struct Part {
  constexpr Part(const char* literal) : text(literal) {}                                          // NOLINT: implicit on purpose
  constexpr Part(const OrgSetting& setting) : text(setting.setup), metadata(setting.metadata) {}  // NOLINT
  std::string_view text;
  std::string_view metadata{};

  [[nodiscard]] constexpr size_t size() const { return text.size() + (metadata.empty() ? 0 : metadata.size() + 3); }
};

// One text of fixed size from all parts; a reference to the parts is a constant, so that the size is one.
template <const auto& parts>
constexpr auto joined() {
  constexpr size_t kSize = [] {
    size_t size = 0;
    for (const Part& part : parts) size += part.size();
    return size;
  }();
  std::array<char, kSize> out{};
  size_t at = 0;
  const auto add = [&](std::string_view text) {
    for (const char c : text) out[at++] = c;
  };
  for (const Part& part : parts) {
    add(part.text);
    if (part.metadata.empty()) continue;
    add(" (");
    add(part.metadata);
    add(")");
  }
  return out;
}

#define HLID_HINT(name, ...)                                \
  inline constexpr Part name##Parts[] = {__VA_ARGS__};      \
  inline constexpr auto name##Text = joined<name##Parts>(); \
  inline constexpr std::string_view name(name##Text.data(), name##Text.size())

// ---- the flow and the app ----
HLID_HINT(kFlowSwitch, org::kHeadlessFlows, "; ", org::kAppHeadlessFlow);
HLID_HINT(
    kGuestSwitch, org::kAppGuestFlow,
    "; switching the client credentials flow can clear it. Also check that `site` is the site's own address, not the org's");
// Of the flows that name the user: the server says the same of a user that it does not know.
#define HLID_USER_NAME                                                                                                         \
  "the parameter username must be the user name, not the email address, of an active user of this org (in a sandbox with its " \
  "suffix, such as lena@acme.example.uat); "
HLID_HINT(kKnownUser, HLID_USER_NAME "the user must be approved: ", org::kAppPermittedUsers, "; ", org::kAppProfiles);
HLID_HINT(kPreAuthorized, org::kAppPermittedUsers, "; ", org::kAppProfiles);
HLID_HINT(kDeniedOnPage, "the person may have denied the app on the page, or may not approve it: ", org::kAppPermittedUsers, "; ",
          org::kAppProfiles);
HLID_HINT(kClientKey,
          "the consumer key must belong to this org, and the app must be installed there; a new app takes about 10 minutes "
          "to become usable");
HLID_HINT(kInstalledKey,
          "the consumer key must belong to this org. An external client app must be installed there; a connected app as well, or "
          "the user needs the permission Approve Uninstalled Connected Apps (Setup > Connected Apps OAuth Usage)");
HLID_HINT(kCallback, org::kAppCallback, " must equal redirect_uri byte for byte, and the consumer key must belong to this org");
HLID_HINT(kConnectedAppCallback, org::kConnectedAppCallback,
          " must equal redirect_uri byte for byte, and the consumer key must belong to this org");
HLID_HINT(kUvidHint,
          "a version 4 UUID, or an unexpired guest token; over HTTP/1.1 the guest token call is known to fail with this "
          "text: let the client speak HTTP/2");
HLID_HINT(kScopes, org::kAppScopes, " must include every scope in `scope`");
HLID_HINT(
    kNothingBetween,
    "`site` must be the Experience Cloud site's own address, and nothing in between (a proxy, a firewall) may respond in its "
    "place");
HLID_HINT(kActiveSite,
          "`site` must be the Experience Cloud site's address with its path prefix, or, for a flow that it serves, the org's own "
          "without a path; ",
          org::kSiteActive);
HLID_HINT(kSiteAddress, "`site` must be the Experience Cloud site's own address, with its path prefix: ", org::kSitePrefix);
HLID_HINT(kPostOnly, "with the header placement, ", org::kAppPostOnly, " must be off");
HLID_HINT(kClientSecret, "client_secret must be the app's consumer secret, and absent where the app has none; ", org::kAppSecret);
// Where no switch of the app says whether a secret is needed.
HLID_HINT(kConsumerSecret, "client_secret must be the consumer secret of the app that client_id names");
HLID_HINT(kIdentityScopes, org::kAppIdentityScopes, ", requested at sign-in");
HLID_HINT(kApiEnabled, org::kUserApiEnabled);
HLID_HINT(kSiteHost, "a guest's token is valid only at the site's own host, a named user's also at instance_url");
HLID_HINT(kCutAddress, "was the address cut at an &? Give the whole of it, as the browser shows it");
// The engine puts the hosts of the flow in its place.
HLID_HINT(kServedHosts, "the flow's own hosts");
HLID_HINT(kCodeOnce,
          "a code is good for one exchange, within 15 minutes, and with the redirect_uri and the code_verifier of its "
          "own sign-in: start again, and exchange it once");
HLID_HINT(kRunAsUser, org::kAppRunAsUser);
HLID_HINT(kIntegrationRunAs, "the integration user's app: ", org::kAppRunAsUser);
HLID_HINT(
    kIntegrationHost,
    "integration_site must be the org's My Domain address, https://acme.my.salesforce.com: client credentials are served there "
    "alone");
HLID_HINT(kIntegration,
          "integration_client_id and its secret or key, integration_site (usually the org's My Domain) and, with a key, "
          "integration_username and integration_audience; the user must be approved for that app");

// ---- first-party flows ----
HLID_HINT(kFirstParty, org::kAppFirstParty, "; ", org::kSiteFirstParty);
HLID_HINT(kAttestation, org::kAppCertificate,
          "; the settings attestation_audience, attestation_subject and assertion_lifetime_s; this machine's clock");

// ---- what protects calls that send messages ----
#define HLID_TOKEN_USE "; a token is valid for two minutes and one request"
HLID_HINT(kRecaptchaAtLogin, org::kLoginRecaptcha, "; ", org::kRecaptchaKeys, HLID_TOKEN_USE);
HLID_HINT(kRecaptchaAtRegistration, org::kRegistrationRecaptcha, "; ", org::kRecaptchaKeys, HLID_TOKEN_USE);
HLID_HINT(kRecaptchaAtPasswordless, org::kPasswordlessRecaptcha, "; ", org::kRecaptchaKeys, HLID_TOKEN_USE);
HLID_HINT(kRecaptchaAtForgotPassword, org::kForgotPasswordRecaptcha, "; ", org::kRecaptchaKeys, HLID_TOKEN_USE);
#undef HLID_TOKEN_USE
HLID_HINT(
    kIntegrationScopes, "the integration user's app: ", org::kAppScopes,
    ": user_registration_api, pwdless_login_api and forgot_password, each by its own name. The Client Credentials Flow grants "
    "neither web nor refresh_token nor full");
// An integration user's token is missing or was rejected, and the call's reCAPTCHA token: one for each kind of call.
#define HLID_TOKEN_FOR(scope)                                 \
  "; the integration user's token must have the scope " scope \
  " (settings integration_client_id and its secret or key, or the parameter integration_token)"
HLID_HINT(kAuthAtRegistration, org::kRegistrationAuth, HLID_TOKEN_FOR("user_registration_api"));
HLID_HINT(kAuthAtPasswordless, org::kPasswordlessAuth, HLID_TOKEN_FOR("pwdless_login_api"));
HLID_HINT(kAuthAtForgotPassword, org::kForgotPasswordAuth, HLID_TOKEN_FOR("forgot_password"));
#undef HLID_TOKEN_FOR

HLID_HINT(kTemplateListed, "the template must be on ", org::kEmailTemplates);
HLID_HINT(kTemplateAtForgotPassword, "the template must be on ", org::kEmailTemplates, "; ", org::kForgotPasswordTemplates);
HLID_HINT(kHandlers, org::kRegistrationHandler, "; ", org::kDiscoveryHandler);

// ---- tokens ----
HLID_HINT(kOpaqueOnly, org::kAppNamedJwt,
          " must be off. Only JWTs carry a UVID, so an app that needs both needs two external client apps");
HLID_HINT(kScopesOfIntegrationUser, "the integration user's app: ", org::kAppScopes, " must include ");
HLID_HINT(kUiScopes, org::kAppUiScopes, ", requested at sign-in");
HLID_HINT(kInactive, "it has expired, was revoked or is not known here, or it is another app's: ", org::kAppIntrospectAll);
HLID_HINT(kApiOnly, "it has expired, or the user is API Only (PermissionSet.PermissionsApiUserOnly): such a user has no pages");
HLID_HINT(kNoScopeAtToken, "this library sends a scope only with the sign-in: something in between adds one to the token call");
HLID_HINT(kIssuingHost, "`site` must be the site at which the token was issued");
HLID_HINT(kOpaqueGuest, "the guest token is opaque: turn on ", org::kAppGuestJwt);
HLID_HINT(kOpaqueUser, "the access token is opaque: turn on ", org::kAppNamedJwt);

// ---- the device flow and client registration ----
HLID_HINT(kDeviceCode, "if the code is new and was not used: ", org::kAppDeviceFlow, "; from 30 November 2026 ",
          org::kAppLocalWithCallback, "; ", org::kAppEnabled);
HLID_HINT(kDeviceSwitch, org::kAppDeviceFlow, "; from 30 November 2026 ", org::kAppLocalWithCallback, "; ", org::kAppEnabled);
// Neither has a name in the Metadata API.
HLID_HINT(kInitialAccess,
          "an initial access token is made in Setup > App Manager > a connected app > View > Initial Access Token for Dynamic "
          "Client Registration > Generate; generating another one invalidates it");
HLID_HINT(kConnectedApps,
          "registration creates a connected app, which an org can do since Spring '26 only where Salesforce Support has allowed "
          "it");

// ---- signed assertions about a user ----
inline constexpr std::string_view kHostSigns = "or the host signs: the setting signed_by host";
HLID_HINT(kBearerCertificate, org::kAppBearerCertificate,
          ". A certificate that was deployed without its key is replaced by one of Salesforce's own: read it back and compare");
HLID_HINT(
    kBearerAudience,
    "the parameter audience: https://login.salesforce.com, for a sandbox https://test.salesforce.com, or the org's My Domain "
    "address, without a path or a slash at the end; `site` must be a host of the same org");
HLID_HINT(kBearerAssertion,
          HLID_USER_NAME
          "this machine's clock and the setting assertion_lifetime_s, which decide when the assertion expires; client_id; ",
          org::kAppBearerCertificate);
#undef HLID_USER_NAME
HLID_HINT(kBearerScopes, org::kAppBearerScopes, "; the app must be installed, and the user approved: ", org::kAppPermittedUsers);
HLID_HINT(kBearerSwitch, org::kAppBearerCertificate, "; ", org::kAppEnabled);

// ---- asset tokens ----
HLID_HINT(kAssetSwitch, org::kAppAssetTokens, "; ", org::kAppEnabled);
HLID_HINT(kAssetScopes, org::kAppAssetScopes);
HLID_HINT(kActorToken,
          "the actor token must be signed with RS256 by the key whose public half is its cnf.jwk, and name the device in did");

// ---- hybrid apps, token exchange, client credentials, username and password ----
HLID_HINT(kHybridRotation,
          "if the token is new: a hybrid flow does not support JWT-based access tokens together with refresh token rotation; "
          "turn off one of ",
          org::kAppNamedJwt, " and ", org::kAppRotation);
HLID_HINT(kJwtOrRotation, "turn off one of ", org::kAppNamedJwt, " and ", org::kAppRotation);
HLID_HINT(kHybridScopes,
          "`scope` must hold web, or be empty; every scope in it must be selected on the app: ", org::kAppHybridScopes);
HLID_HINT(kHybridCode,
          "if the code is new: a hybrid flow does not support JWT-based access tokens together with refresh token rotation; "
          "turn off one of ",
          org::kAppNamedJwt, " and ", org::kAppRotation);

// ---- what else an org can refuse ----
HLID_HINT(kAppEnabled, org::kAppEnabled);
// The same, and the switch of the flow itself: the server does not say which of them it is.
HLID_HINT(kHeadlessSwitches, org::kHeadlessFlows, "; ", org::kAppHeadlessFlow, "; ", org::kAppEnabled);
HLID_HINT(kRefreshClient, "the consumer secret, or the certificate of private_key; ", org::kAppRefreshSecret);
HLID_HINT(kRefreshSwitch, org::kAppRefreshScope, "; ", org::kAppEnabled);
HLID_HINT(
    kBlocked,
    "Setup > Connected Apps OAuth Usage: the app must not be blocked, and must be installed, or the user needs Approve Uninstalled "
    "Connected Apps; ",
    org::kAppEnabled);
HLID_HINT(
    kInstalled,
    "Setup > External Client App Manager (or Connected Apps OAuth Usage): the app must be installed in this org, with the right "
    "distribution state (ExternalClientApplication.distributionState) and its policies (ExtlClntAppOauthConfigurablePolicies)");
HLID_HINT(kSessionLevel, org::kAppSessionLevel, ": a high assurance session cannot come from a flow without a browser");
HLID_HINT(kDpop, org::kAppDpop, ": turn it off, because this library does not support DPoP");
HLID_HINT(
    kExperienceId,
    "the site does not know this experience id: check `site`, the parameter expid or the expid of extra_parameters, and the site's "
    "dynamic branding");
HLID_HINT(kBasicHeader,
          "the settings credentials_placement, basic_alphabet and token_endpoint_auth_method; nothing in between may change the "
          "Authorization header");
HLID_HINT(
    kAssertionType,
    "the setting token_endpoint_auth_method: with private_key_jwt the app must have the certificate that belongs to private_key (Use "
    "digital signatures), otherwise the secret is sent; this machine's clock");
HLID_HINT(
    kClientAssertion,
    "the app must have the certificate that belongs to private_key (Use digital signatures): none may be there, or another one, or an "
    "expired one; the assertion's aud is the token endpoint of `site`, or the setting attestation_audience; this machine's clock must "
    "be right, because an assertion is valid for a few minutes");
HLID_HINT(kMobileAttestation,
          "the app requires a mobile device's attestation, which this library does not send: turn it off on the app");
HLID_HINT(
    kRequest,
    "the settings extra_headers and extra_parameters must not send anything unknown to the endpoint; nothing in between (a proxy, "
    "a firewall) may change the request; `site` must be https");
HLID_HINT(
    kProofKey,
    "every request carries code_challenge (S256): nothing in between may remove it; if the server requires the method by name, "
    "the setting send_code_challenge_method. It is required by ",
    org::kProofKey, "; ", org::kAppProofKey);
HLID_HINT(kUserAgentSwitch, org::kUserAgentFlow, "; ", org::kAppEnabled);
HLID_HINT(
    kRegistrationOfClients,
    "the app must be registered in the org by its consumer key; dynamic client registration is off or has reached its limit");
HLID_HINT(kClientCredentialsSwitch, org::kAppClientCredentials, "; ", org::kAppEnabled);
HLID_HINT(kMachineScopes, org::kAppScopes,
          ": name the scopes one by one, such as api. Since Winter '26 this flow grants neither web, refresh_token nor full");
HLID_HINT(kRunAsInternal, org::kAppRunAsUser, ": an internal user with the permission API Only, not a portal user");
HLID_HINT(kTokenExchangeSwitch, org::kAppTokenExchange, "; ", org::kAppEnabled);
HLID_HINT(kTokenExchangeClient, org::kAppTokenExchangeSecret, "; and client_secret must be this app's");
HLID_HINT(
    kHandlerFound, org::kTokenExchangeHandler,
    ". Without the parameter token_handler: no handler is enabled for the app, or none is its default. With it: the handler and "
    "its Apex class must have that name");
HLID_HINT(kHybridSubject,
          "if the subject token is good: this flow is documented for opaque access tokens, and JWT-based ones never go together ",
          "with refresh token rotation; turn off ", org::kAppNamedJwt, ", or else ", org::kAppRotation,
          "; the Apex log of the handler's run-as user says more (ApexLog.Operation = OauthTokenExchangeApexExec)");
HLID_HINT(kHandlerLog, "the Apex log of the handler's run-as user says why (ApexLog.Operation = OauthTokenExchangeApexExec); ",
          org::kTokenExchangeHandler);
HLID_HINT(
    kUsernamePasswordCauses, org::kUsernamePassword,
    " must allow the flow. The server words all causes alike: the username or password is wrong, the user is locked, or the "
    "security token is missing where the caller's address is not trusted. The org's Login History tells them apart");
HLID_HINT(kActiveUser, "the user must be active, not frozen, and of this org: Setup > Users");
HLID_HINT(kNoAccess, "the user's profile or permission sets must grant access to this, and so must the token's scopes");
HLID_HINT(kLoginRules, org::kUserLoginRules, "; ", org::kAppIpRelaxation);
HLID_HINT(kPermittedRequest,
          "Setup > CORS, and the site's and the app's own policies; the method and the address of the request");
HLID_HINT(kFeature, "the org's edition and licences must include this feature, and it must be switched on");
HLID_HINT(kGuestHeaders, "something between this program and the site removes the Auth-Request-Type or Uvid-Hint header");
HLID_HINT(kChangePassword,
          "the person must set a new password first: on the site's page in a browser, or by a password reset; then start "
          "again");
HLID_HINT(kLoginFlowOff, org::kUserLoginFlow, ": none may apply to the user's profile on this site");

HLID_HINT(
    kSamlAssertion, org::kSamlSso,
    "; Recipient must be token_url or the login URL of that configuration, Audience its entity ID; an assertion is valid once "
    "and for minutes; the SAML Assertion Validator on that page, and the user's login history, say what was wrong");
HLID_HINT(kSamlEndpoint, "token_url must be the OAuth 2.0 Token Endpoint, with its query; ", org::kSamlSso);

#undef HLID_HINT

}  // namespace hlid::hints
