// The rows of needs.h, flow by flow.
#include <algorithm>
#include <iterator>

#include "flows/registry.h"
#include "oauth/org_settings.h"
#include "org/needs_parts.h"

namespace hlid::org {
namespace {

// ---- flow by flow ----
constexpr Need kGuest[] = {kHeadlessSwitch,
                           kHeadlessApp,
                           {.setting = &kAppGuestFlow,
                            .level = Level::opens,
                            .wish = Wish::is,
                            .element = HLID_POLICIES "isGuestCodeCredFlowEnabled",
                            .value = "true",
                            .doc = "\"guest flow not enabled\" is the response otherwise."},
                           {.setting = &kAppGuestJwt,
                            .wish = Wish::present,
                            .element = HLID_POLICIES "guestJwtTimeout",
                            .or_element = HLID_POLICIES "guestJwtSessionTimeoutType",
                            .rule = "guest_without_jwt",
                            .doc = "A guest's token must be a JWT, which says how long it is valid."}};
constexpr Need kLogin[] = {kHeadlessSwitch,
                           kHeadlessApp,
                           kApproved,
                           kJwtForGuests,
                           {.setting = &kAppPostOnly,
                            .when = When::basic_header,
                            .wish = Wish::is,
                            .element = HLID_GLOBAL "isCodeCredPostOnly",
                            .value = "false",
                            .rule = "post_only_with_header",
                            .doc = "With POST only, the server ignores the Authorization header and shows its login page."},
                           kDiscovery,
                           kDiscoveryAtLogin};
constexpr Need kRegistration[] = {
    kHeadlessSwitch,      kHeadlessApp,         kApproved,          kJwtForGuests,     kRegistrationOpen,
    kRegistrationGuarded, kRegistrationCaptcha, kRegistrationClass, kRegistrationUser, kTemplates};
constexpr Need kPasswordlessLogin[] = {kHeadlessSwitch,      kHeadlessApp,         kApproved,  kJwtForGuests, kPasswordlessOpen,
                                       kPasswordlessGuarded, kPasswordlessCaptcha, kUserFacts, kTemplates,    kDiscovery};
constexpr Need kPasswordReset[] = {{.setting = &kForgotPasswordAllowed,
                                    .wish = Wish::is,
                                    .element = HLID_SITE "isForgotPwdAllowed",
                                    .value = "true",
                                    .doc = "The site refuses resets of apps otherwise."},
                                   {.setting = &kForgotPasswordAuth,
                                    .wish = Wish::is,
                                    .element = HLID_SITE "doesForgotPasswordRequireAuth",
                                    .value = "true",
                                    .or_element = HLID_SITE "isRecaptchaRequiredForgotPwd",
                                    .rule = "endpoint_unguarded",
                                    .doc = "The site must require a token of an integration user, reCAPTCHA, or both."},
                                   {.setting = &kForgotPasswordRecaptcha,
                                    .level = Level::any,
                                    .element = HLID_SITE "isRecaptchaRequiredForgotPwd",
                                    .doc = "With it, the app must send a reCAPTCHA token."},
                                   {.setting = &kForgotPasswordAttempts,
                                    .level = Level::any,
                                    .element = HLID_SITE "maxPasswordResetAttempts",
                                    .doc = "After that many wrong one-time passwords the flow starts again."},
                                   {.setting = &kForgotPasswordTemplates,
                                    .when = When::templates,
                                    .wish = Wish::is,
                                    .element = HLID_SITE "isForgotPwdEmailTemplateAllowlistingEnabled",
                                    .value = "true",
                                    .doc = "The site accepts no template otherwise."},
                                   kTemplates,
                                   kDiscovery,
                                   kDiscoveryAtReset};
constexpr Need kWebServer[] = {kAnyScope, kRefreshWanted, kProofKeyOfApp, kProofKeyOfOrg, kApproval, kProviders};
constexpr Need kNativeSso[] = {kProviders, kProofKeyOfApp, kApproval};
constexpr Need kUserAgent[] = {kUserAgentSwitch, kAnyScope, kApproval, kProviders};
constexpr Need kHybridUserAgent[] = {kUserAgentSwitch, kAnyScope, kWebScope, kDomainScopes, kNoJwt, kApproval, kProviders};
constexpr Need kHybridWebServer[] = {kAnyScope,          kWebScope, kDomainScopes, kProofKeyOfApp, kProofKeyOfOrg,
                                     kNoJwtWithRotation, kRotation, kApproval,     kProviders};
constexpr Need kHybridRefresh[] = {kRefreshNeeded, kRefreshPolicy, kPublicRefreshSecret, kPrivateRefreshSecret,
                                   kWebScope,      kDomainScopes,  kNoJwtWithRotation,   kRotation};
constexpr Need kHybridTokenExchange[] = {kExchangeInApp,   kExchangeInPolicies,
                                         kExchangeHandler, kPublicExchangeSecret,
                                         kApproved,        kAnyScope,
                                         kWebScope,        kDomainScopes,
                                         kNoJwt,           kRotation};
constexpr Need kTokenExchange[] = {kExchangeInApp,        kExchangeInPolicies, kExchangeHandler,
                                   kPublicExchangeSecret, kApproved,           kAnyScope};
constexpr Need kRefresh[] = {kRefreshNeeded, kRefreshPolicy, kPublicRefreshSecret, kPrivateRefreshSecret};
constexpr Need kDevice[] = {{.setting = &kAppDeviceFlow,
                             .level = Level::opens,
                             .wish = Wish::is,
                             .element = HLID_GLOBAL "isDeviceFlowEnabled",
                             .value = "true",
                             .doc = "The app may not use the device flow otherwise."},
                            {.setting = &kAppLocalWithCallback,
                             .wish = Wish::client_app,
                             .doc = "From 30 November 2026 connected apps cannot use the device flow."},
                            {.setting = &kAppLocalWithCallback,
                             .wish = Wish::is,
                             .element = "ExternalClientApplication.distributionState",
                             .value = "Local",
                             .doc = "From 30 November 2026 only local apps can use the device flow."},
                            {.setting = &kAppLocalWithCallback,
                             .wish = Wish::localhost,
                             .element = HLID_GLOBAL "callbackUrl",
                             .doc = "From 30 November 2026 the device flow requires a callback on localhost."},
                            kAnyScope,
                            kRefreshWanted};
constexpr Need kClientCredentials[] = {{.setting = &kAppClientCredentials,
                                        .level = Level::opens,
                                        .wish = Wish::is,
                                        .element = HLID_GLOBAL "isClientCredentialsFlowEnabled",
                                        .value = "true",
                                        .doc = "The app's half of the switch."},
                                       {.setting = &kAppClientCredentials,
                                        .wish = Wish::is,
                                        .element = HLID_POLICIES "isClientCredentialsFlowEnabled",
                                        .value = "true",
                                        .rule = "switch_on_one_side",
                                        .doc = "The policies' half of the switch."},
                                       {.setting = &kAppRunAsUser,
                                        .wish = Wish::present,
                                        .element = HLID_POLICIES "clientCredentialsFlowUser",
                                        .doc = "The token is this user's."},
                                       {.setting = &kAppScopes,
                                        .wish = Wish::own_scope,
                                        .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                        .value = "Web RefreshToken OfflineAccess Full",
                                        .doc = "The client credentials flow grants none of these."},
                                       kUserApi};
constexpr Need kBearer[] = {{.setting = &kAppBearerCertificate,
                             .when = When::public_client,
                             .wish = Wish::keeper,
                             .doc = "The assertion is signed with a private key, which a public client cannot keep."},
                            {.setting = &kAppBearerCertificate,
                             .level = Level::opens,
                             .wish = Wish::present,
                             .element = HLID_GLOBAL "certificate",
                             .doc = "It turns the bearer flows on, and validates the assertion."},
                            {.setting = &kAppBearerScopes,
                             .wish = Wish::any_scope,
                             .element = HLID_OAUTH "commaSeparatedOauthScopes",
                             .value = "RefreshToken OfflineAccess",
                             .doc = "The bearer flows require it, although they bring no refresh token."},
                            {.setting = &kAppBearerScopes,
                             .wish = Wish::own_scope,
                             .element = HLID_OAUTH "commaSeparatedOauthScopes",
                             .value = "RefreshToken OfflineAccess",
                             .doc = "The token is good for nothing otherwise."},
                            {.setting = &kAppPermittedUsers,
                             .level = Level::should,
                             .wish = Wish::is,
                             .element = HLID_POLICIES "permittedUsersPolicyType",
                             .value = "AdminApprovedPreAuthorized",
                             .doc = "Each user would have to approve the app in a browser first."},
                            {.setting = &kAppProfiles,
                             .level = Level::should,
                             .wish = Wish::present,
                             .element = HLID_POLICIES "commaSeparatedPermissionSet",
                             .or_element = HLID_POLICIES "commaSeparatedProfile",
                             .doc = "The users that have one of them are pre-authorized."},
                            {.setting = &kAppSessionLevel,
                             .wish = Wish::is_not,
                             .element = HLID_POLICIES "requiredSessionLevel",
                             .value = "HIGH_ASSURANCE",
                             .granted = true,
                             .rule = "high_assurance_session",
                             .doc = "A high assurance session cannot come from a flow without a browser."}};
constexpr Need kSamlAssertion[] = {{.setting = &kSamlSso,
                                    .wish = Wish::document,
                                    .element = "SamlSsoConfig",
                                    .doc = "Its certificate, issuer and entity ID must fit the assertion."}};
constexpr Need kSingleAccess[] = {{.setting = &kAppUiScopes,
                                   .wish = Wish::any_scope,
                                   .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                   .value = "Web Full",
                                   .doc = "The token opens no page otherwise."},
                                  {.setting = &kAppNamedJwt,
                                   .wish = Wish::is,
                                   .element = HLID_GLOBAL "isNamedUserJwtEnabled",
                                   .value = "false",
                                   .doc = "Only an opaque access token opens the UI."}};
constexpr Need kUserinfo[] = {kIdentityScopes};
constexpr Need kIntrospection[] = {{.setting = &kAppIntrospectAll,
                                    .when = When::other_apps,
                                    .wish = Wish::is,
                                    .element = HLID_GLOBAL "isIntrospectAllTokens",
                                    .value = "true",
                                    .doc = "Without it the app can ask about its own tokens alone."}};
constexpr Need kAssetToken[] = {{.setting = &kAppAssetTokens,
                                 .level = Level::opens,
                                 .wish = Wish::present,
                                 .element = HLID_OAUTH "assetTokenSigningCertificate",
                                 .doc = "The certificate signs the asset tokens."},
                                {.setting = &kAppAssetTokens,
                                 .wish = Wish::present,
                                 .element = HLID_OAUTH "assetTokenAudiences",
                                 .rule = "asset_tokens_incomplete",
                                 .doc = "The app issues no asset tokens without an audience."},
                                {.setting = &kAppAssetTokens,
                                 .wish = Wish::present,
                                 .element = HLID_OAUTH "assetTokenValidity",
                                 .rule = "asset_tokens_incomplete",
                                 .doc = "The app issues no asset tokens without it."},
                                {.setting = &kAppAssetScopes,
                                 .wish = Wish::all_scopes,
                                 .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                 .value = "Api OpenID",
                                 .doc = "The access token that is exchanged must have both."}};
constexpr Need kFirstPartyLogin[] = {kFirstPartyKind,
                                     kFirstParty,
                                     kAttestation,
                                     kFirstPartySite,
                                     {.setting = &kLoginRecaptcha,
                                      .level = Level::any,
                                      .element = HLID_SITE "doesPasswordLoginRequireAuth",
                                      .doc = "With it, the app must send a reCAPTCHA token, whatever the name says."},
                                     kApproved,
                                     kJwtForGuests,
                                     kDiscovery,
                                     kDiscoveryAtLogin};
constexpr Need kFirstPartyPasswordless[] = {kFirstPartyKind, kFirstParty,   kAttestation, kFirstPartySite,
                                            kApproved,       kJwtForGuests, kUserFacts,   kDiscovery};
constexpr Need kFirstPartyRegistration[] = {kFirstPartyKind,    kFirstParty,      kAttestation,         kFirstPartySite,
                                            kApproved,          kJwtForGuests,    kRegistrationGuarded, kRegistrationCaptcha,
                                            kRegistrationClass, kRegistrationUser};
constexpr Need kUsernamePasswordFlow[] = {{.setting = &kUsernamePassword,
                                           .wish = Wish::perhaps_connected_app,
                                           .doc = "No source says that external client apps have this flow."},
                                          {.setting = &kUsernamePassword,
                                           .wish = Wish::is,
                                           .element = HLID_OIDC "blockOAuthUnPwFlow",
                                           .value = "false",
                                           .doc = "true blocks it for all apps; orgs made since Summer '26 cannot allow it."},
                                          kUserApi,
                                          kUserRules};
constexpr Need kOauth1[] = {
    {.setting = &kConnectedAppCallback, .wish = Wish::connected_app, .doc = "Only connected apps have OAuth 1.0a."},
    {.setting = &kConnectedAppCallback,
     .wish = Wish::present,
     .element = HLID_GLOBAL "callbackUrl",
     .doc = "The verifier is sent to no other address."},
    kUserApi,
    kUserRules};
constexpr Need kClientRegistration[] = {
    {.setting = &kInitialAccessToken, .wish = Wish::connected_app, .doc = "Only a connected app has an initial access token."},
    {.setting = &kConnectedApps, .level = Level::any, .doc = "Registration creates a connected app, which few orgs still allow."},
    {.setting = &kInitialAccessToken, .level = Level::any, .doc = "An admin generates it on a connected app."}};

struct FlowNeeds {
  const FlowSpec* flow;
  std::span<const Need> needs;
};
constexpr FlowNeeds kFlows[] = {
    {&flows::guest, kGuest},
    {&flows::login, kLogin},
    {&flows::registration, kRegistration},
    {&flows::passwordless_login, kPasswordlessLogin},
    {&flows::password_reset, kPasswordReset},
    {&flows::web_server, kWebServer},
    {&flows::native_sso, kNativeSso},
    {&flows::user_agent, kUserAgent},
    {&flows::hybrid_user_agent, kHybridUserAgent},
    {&flows::hybrid_web_server, kHybridWebServer},
    {&flows::hybrid_refresh, kHybridRefresh},
    {&flows::hybrid_token_exchange, kHybridTokenExchange},
    {&flows::token_exchange, kTokenExchange},
    {&flows::refresh, kRefresh},
    {&flows::device, kDevice},
    {&flows::client_credentials, kClientCredentials},
    {&flows::jwt_bearer, kBearer},
    {&flows::saml_bearer, kBearer},
    {&flows::saml_assertion, kSamlAssertion},
    {&flows::single_access, kSingleAccess},
    {&flows::userinfo, kUserinfo},
    {&flows::identity, kUserinfo},
    {&flows::introspection, kIntrospection},
    {&flows::asset_token, kAssetToken},
    {&flows::first_party_login, kFirstPartyLogin},
    {&flows::first_party_passwordless, kFirstPartyPasswordless},
    {&flows::first_party_registration, kFirstPartyRegistration},
    {&flows::username_password, kUsernamePasswordFlow},
    {&flows::oauth1, kOauth1},
    {&flows::client_registration, kClientRegistration},
};

// ---- what follows from what a flow is ----
constexpr Need kEveryApp[] = {{.setting = &kAppEnabled,
                               .wish = Wish::is,
                               .element = HLID_PLUGINS "isEnabled",
                               .value = "true",
                               .granted = true,
                               .doc = "oauth_flow_disabled is the response otherwise."},
                              {.setting = &kAppEnabled,
                               .wish = Wish::is,
                               .element = HLID_PLUGINS "isOauthPluginEnabled",
                               .value = "true",
                               .granted = true,
                               .doc = "oauth_flow_disabled is the response otherwise."},
                              {.setting = &kAppDpop,
                               .wish = Wish::is,
                               .element = HLID_GLOBAL "isDPopEnabled",
                               .value = "false",
                               .granted = true,
                               .doc = "This library does not support DPoP."}};
constexpr Need kEveryCallback[] = {kCallback, kPublicSecret, kPrivateSecret};
// In a front channel nothing is redeemed.
constexpr Need kEveryFragment[] = {kCallback};
constexpr Need kEverySite[] = {{.setting = &kSiteActive,
                                .wish = Wish::is,
                                .element = HLID_NETWORK "status",
                                .value = "Live",
                                .granted = true,
                                .doc = "A site that is not live serves no flow."}};

// This library runs them with a secret or a signed assertion of the client's alone, as Salesforce says of them.
constexpr Need kEveryPrivate[] = {{.setting = &kAppSecret,
                                   .when = When::public_client,
                                   .wish = Wish::keeper,
                                   .doc = "This flow is for clients that can keep a secret."}};
constexpr const FlowSpec* kForPrivateClients[] = {&flows::introspection, &flows::first_party_login,
                                                  &flows::first_party_passwordless, &flows::first_party_registration};

// They use no app.
constexpr const FlowSpec* kWithoutApp[] = {&flows::saml_assertion, &flows::password_reset, &flows::discovery, &flows::jwks,
                                           &flows::client_registration};

bool has_name(std::span<const std::string_view> names, std::string_view name) {
  for (const std::string_view one : names) {
    if (one == name) return true;
  }
  return false;
}

bool is_among(const FlowSpec& flow, std::span<const FlowSpec* const> flows) {
  return std::find(flows.begin(), flows.end(), &flow) != flows.end();
}

void append(std::vector<const Need*>& out, std::span<const Need> rows) {
  for (const Need& row : rows) out.push_back(&row);
}

}  // namespace

std::span<const Need> own_needs(std::string_view flow) {
  for (const FlowNeeds& row : kFlows) {
    if (flow == row.flow->name) return row.needs;
  }
  return {};
}

std::vector<const Need*> needs_of(const FlowSpec& flow) {
  std::vector<const Need*> out;
  append(out, own_needs(flow.name));
  if (!is_among(flow, kWithoutApp)) append(out, kEveryApp);
  if (has_name(flow.needs, "client_secret") || is_among(flow, kForPrivateClients)) append(out, kEveryPrivate);
  if (has_name(flow.needs, "redirect_uri")) {
    append(out, flow.browser_brings_tokens ? std::span<const Need>(kEveryFragment) : kEveryCallback);
  }
  if (flow.hosts.size() == 1 && flow.hosts.front() == HostKind::site) append(out, kEverySite);
  return out;
}

bool depends_on(const FlowSpec& flow, const OrgSetting& setting) {
  const std::vector<const Need*> needs = needs_of(flow);
  return std::any_of(needs.begin(), needs.end(), [&](const Need* need) {
    return need->wish != Wish::keeper && std::string_view(need->setting->id) == setting.id;
  });
}

}  // namespace hlid::org
