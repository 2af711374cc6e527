// The rows of needs_table.cc that several flows share. For that file alone: it leaves its macros defined.
#pragma once

#include "oauth/org_settings.h"
#include "org/needs.h"

namespace hlid::org {

#define HLID_GLOBAL "ExtlClntAppGlobalOauthSettings."
#define HLID_OAUTH "ExtlClntAppOauthSettings."
#define HLID_POLICIES "ExtlClntAppOauthConfigurablePolicies."
#define HLID_PLUGINS "ExtlClntAppConfigurablePolicies."
#define HLID_OIDC "OauthOidcSettings."
#define HLID_NETWORK "Network."
#define HLID_SITE "Network.networkAuthApiSettings."

inline constexpr Need kHeadlessSwitch{.setting = &kHeadlessFlows,
                                      .wish = Wish::is,
                                      .element = HLID_OIDC "oAuthCdCrdtFlowEnable",
                                      .value = "true",
                                      .doc = "The org permits no headless flow without it."};
inline constexpr Need kHeadlessApp{.setting = &kAppHeadlessFlow,
                                   .level = Level::opens,
                                   .wish = Wish::is,
                                   .element = HLID_GLOBAL "isCodeCredFlowEnabled",
                                   .value = "true",
                                   .doc = "The authorize endpoint shows its login page otherwise."};
inline constexpr Need kApproved{.setting = &kAppPermittedUsers,
                                .wish = Wish::is,
                                .element = HLID_POLICIES "permittedUsersPolicyType",
                                .value = "AdminApprovedPreAuthorized",
                                .doc = "There is no page on which a user could approve the app."};
// Where a browser is there anyway, users can approve the app themselves.
inline constexpr Need kApproval{.setting = &kAppApproval,
                                .level = Level::any,
                                .element = HLID_POLICIES "permittedUsersPolicyType",
                                .doc = "Decides whether users approve the app themselves or an admin does."};
inline constexpr Need kJwtForGuests{.setting = &kAppNamedJwt,
                                    .level = Level::should,
                                    .when = When::after_guest,
                                    .wish = Wish::is,
                                    .element = HLID_GLOBAL "isNamedUserJwtEnabled",
                                    .value = "true",
                                    .rule = "guest_is_not_carried",
                                    .doc = "Only a JWT carries the visitor's UVID into the user's session."};
inline constexpr Need kNoJwtWithRotation{.setting = &kAppNamedJwt,
                                         .wish = Wish::is,
                                         .element = HLID_GLOBAL "isNamedUserJwtEnabled",
                                         .value = "false",
                                         .or_element = HLID_GLOBAL "isRefreshTokenRotationEnabled",
                                         .rule = "hybrid_with_jwt_and_rotation",
                                         .doc = "Hybrid flows do not support JWT-based access tokens together with rotation."};
// Only the hybrid web server and the hybrid refresh flow do, since Spring '25.
inline constexpr Need kNoJwt{.setting = &kAppNamedJwt,
                             .wish = Wish::is,
                             .element = HLID_GLOBAL "isNamedUserJwtEnabled",
                             .value = "false",
                             .doc = "This flow does not support JWT-based access tokens."};
inline constexpr Need kRotation{.setting = &kAppRotation,
                                .level = Level::any,
                                .element = HLID_GLOBAL "isRefreshTokenRotationEnabled",
                                .doc = "Each refresh brings a new refresh token; not together with JWT-based access tokens."};
inline constexpr Need kWebScope{.setting = &kAppHybridScopes,
                                .wish = Wish::all_scopes,
                                .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                .value = "Web",
                                .doc = "Web is the precondition for the sessions of all web domains."};
inline constexpr Need kDomainScopes{.setting = &kAppHybridScopes,
                                    .level = Level::should,
                                    .wish = Wish::any_scope,
                                    .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                    .value = "Lightning Content CustomApplications",
                                    .doc = "Lightning, Content and CustomApplications each bring the session of one web domain."};
inline constexpr Need kCallback{.setting = &kAppCallback,
                                .wish = Wish::present,
                                .element = HLID_GLOBAL "callbackUrl",
                                .doc = "The code is sent to no other address."};
inline constexpr Need kAnyScope{.setting = &kAppScopes,
                                .wish = Wish::any_scope,
                                .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                .rule = "no_scopes",
                                .doc = "An app without scopes gets no token."};
inline constexpr Need kRefreshWanted{.setting = &kAppRefreshScope,
                                     .level = Level::should,
                                     .wish = Wish::any_scope,
                                     .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                     .value = "RefreshToken OfflineAccess",
                                     .doc = "There is no refresh token otherwise."};
inline constexpr Need kRefreshNeeded{.setting = &kAppRefreshScope,
                                     .wish = Wish::any_scope,
                                     .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                     .value = "RefreshToken OfflineAccess",
                                     .doc = "There is no refresh token otherwise."};
inline constexpr Need kRefreshPolicy{.setting = &kAppRefreshPolicy,
                                     .wish = Wish::is_not,
                                     .element = HLID_POLICIES "refreshTokenPolicyType",
                                     .value = "Zero",
                                     .doc = "A refresh token would end at once."};
inline constexpr Need kPublicSecret{.setting = &kAppSecret,
                                    .when = When::public_client,
                                    .wish = Wish::is,
                                    .element = HLID_GLOBAL "isConsumerSecretOptional",
                                    .value = "true",
                                    .rule = "public_client_secret_required",
                                    .doc = "A public client has no secret."};
inline constexpr Need kPrivateSecret{.setting = &kAppSecret,
                                     .level = Level::should,
                                     .when = When::private_client,
                                     .wish = Wish::is,
                                     .element = HLID_GLOBAL "isConsumerSecretOptional",
                                     .value = "false",
                                     .rule = "private_client_secret_optional",
                                     .doc = "Anybody who has the client_id could redeem a code otherwise."};
inline constexpr Need kPublicRefreshSecret{.setting = &kAppRefreshSecret,
                                           .when = When::public_client,
                                           .wish = Wish::is,
                                           .element = HLID_GLOBAL "isSecretRequiredForRefreshToken",
                                           .value = "false",
                                           .rule = "public_client_secret_required",
                                           .doc = "A public client has no secret."};
inline constexpr Need kPrivateRefreshSecret{.setting = &kAppRefreshSecret,
                                            .level = Level::should,
                                            .when = When::private_client,
                                            .wish = Wish::is,
                                            .element = HLID_GLOBAL "isSecretRequiredForRefreshToken",
                                            .value = "true",
                                            .rule = "private_client_secret_optional",
                                            .doc = "A stolen refresh token alone would do otherwise."};
inline constexpr Need kProofKeyOfApp{.setting = &kAppProofKey,
                                     .level = Level::any,
                                     .element = HLID_GLOBAL "isPkceRequired",
                                     .doc = "This library always sends a proof key."};
inline constexpr Need kProofKeyOfOrg{.setting = &kProofKey,
                                     .level = Level::any,
                                     .element = HLID_OIDC "isPkceRequired",
                                     .doc = "This library always sends a proof key."};
inline constexpr Need kProviders{.setting = &kSiteProviders, .level = Level::any, .doc = "Setup alone says it."};
inline constexpr Need kUserAgentSwitch{.setting = &kUserAgentFlow,
                                       .wish = Wish::is,
                                       .element = HLID_OIDC "blockOAuthUsrAgtFlow",
                                       .value = "false",
                                       .doc = "true blocks it for all apps."};
inline constexpr Need kUserFacts{.setting = &kUserVerified, .level = Level::any, .doc = "A matter of the user, not of files."};
inline constexpr Need kUserApi{.setting = &kUserApiEnabled, .level = Level::any, .doc = "A matter of the user's profile."};
inline constexpr Need kUserRules{.setting = &kUserLoginRules, .level = Level::any, .doc = "A matter of the user's profile."};

inline constexpr Need kRegistrationOpen{.setting = &kRegistrationAllowed,
                                        .wish = Wish::is,
                                        .element = HLID_SITE "isHeadlessUserRegistrationAllowed",
                                        .value = "true",
                                        .doc = "The site refuses registrations of apps otherwise."};
inline constexpr Need kRegistrationGuarded{.setting = &kRegistrationAuth,
                                           .wish = Wish::is,
                                           .element = HLID_SITE "doesRegistrationRequireAuth",
                                           .value = "true",
                                           .or_element = HLID_SITE "isRecaptchaRequiredRgstr",
                                           .rule = "endpoint_unguarded",
                                           .doc = "The site must require a token of an integration user, reCAPTCHA, or both."};
inline constexpr Need kRegistrationCaptcha{.setting = &kRegistrationRecaptcha,
                                           .level = Level::any,
                                           .element = HLID_SITE "isRecaptchaRequiredRgstr",
                                           .doc = "With it, the app must send a reCAPTCHA token."};
inline constexpr Need kRegistrationClass{.setting = &kRegistrationHandler,
                                         .wish = Wish::present,
                                         .element = HLID_SITE "registrationHandler",
                                         .rule = "registration_without_handler",
                                         .doc = "The class makes the user."};
inline constexpr Need kRegistrationUser{.setting = &kRegistrationHandler,
                                        .wish = Wish::present,
                                        .element = HLID_SITE "registrationExecutionUser",
                                        .rule = "registration_without_handler",
                                        .doc = "The class runs as this user."};
inline constexpr Need kPasswordlessOpen{.setting = &kPasswordlessAllowed,
                                        .wish = Wish::is,
                                        .element = HLID_SITE "isPwdlessLoginAllowed",
                                        .value = "true",
                                        .doc = "The site refuses passwordless logins of apps otherwise."};
inline constexpr Need kPasswordlessGuarded{.setting = &kPasswordlessAuth,
                                           .wish = Wish::is,
                                           .element = HLID_SITE "doesPwdlessLoginRequireAuth",
                                           .value = "true",
                                           .or_element = HLID_SITE "isRecaptchaRequiredPwdlessLogin",
                                           .rule = "endpoint_unguarded",
                                           .doc = "The site must require a token of an integration user, reCAPTCHA, or both."};
inline constexpr Need kPasswordlessCaptcha{.setting = &kPasswordlessRecaptcha,
                                           .level = Level::any,
                                           .element = HLID_SITE "isRecaptchaRequiredPwdlessLogin",
                                           .doc = "With it, the app must send a reCAPTCHA token."};

inline constexpr Need kExchangeInApp{.setting = &kAppTokenExchange,
                                     .level = Level::opens,
                                     .wish = Wish::is,
                                     .element = HLID_GLOBAL "isTokenExchangeEnabled",
                                     .value = "true",
                                     .doc = "The app's half of the switch."};
inline constexpr Need kExchangeInPolicies{.setting = &kAppTokenExchange,
                                          .wish = Wish::is,
                                          .element = HLID_POLICIES "isTokenExchangeFlowEnabled",
                                          .value = "true",
                                          .rule = "switch_on_one_side",
                                          .doc = "The policies' half of the switch."};
inline constexpr Need kExchangeHandler{.setting = &kTokenExchangeHandler,
                                       .wish = Wish::handler,
                                       .element = "OauthTokenExchangeHandler.enablements",
                                       .doc = "Its class finds the user for the token."};
inline constexpr Need kPublicExchangeSecret{.setting = &kAppTokenExchangeSecret,
                                            .when = When::public_client,
                                            .wish = Wish::is,
                                            .element = HLID_GLOBAL "isSecretRequiredForTokenExchange",
                                            .value = "false",
                                            .rule = "public_client_secret_required",
                                            .doc = "A public client has no secret."};

inline constexpr Need kFirstPartyKind{
    .setting = &kAppFirstParty, .wish = Wish::client_app, .doc = "Connected apps have no first-party flows."};
inline constexpr Need kFirstParty{.setting = &kAppFirstParty,
                                  .level = Level::opens,
                                  .wish = Wish::is,
                                  .element = HLID_OAUTH "isFirstPartyAppEnabled",
                                  .value = "true",
                                  .doc = "The authorization challenge endpoint serves first-party apps alone."};
inline constexpr Need kAttestation{.setting = &kAppCertificate,
                                   .wish = Wish::present,
                                   .element = HLID_OAUTH "clientAssertionCertificate",
                                   .rule = "first_party_without_certificate",
                                   .doc = "It validates the app's attestation."};
inline constexpr Need kFirstPartySite{.setting = &kSiteFirstParty,
                                      .wish = Wish::is,
                                      .element = HLID_SITE "isFirstPartyAppsAllowed",
                                      .value = "true",
                                      .doc = "The site's authorization challenge endpoint is closed otherwise."};
inline constexpr Need kIdentityScopes{.setting = &kAppIdentityScopes,
                                      .wish = Wish::any_scope,
                                      .element = HLID_OAUTH "commaSeparatedOauthScopes",
                                      .value = "OpenID Basic",
                                      .doc = "The token may not read the user's data otherwise."};

// Registration and passwordless login take no template that is not listed; a reset takes one only if the list is switched on.
inline constexpr Need kTemplates{.setting = &kEmailTemplates,
                                 .when = When::templates,
                                 .wish = Wish::present,
                                 .element = HLID_SITE "emailTmplsAllowlist.emailTemplate",
                                 .doc = "The site accepts no template that is not listed."};

inline constexpr Need kDiscovery{.setting = &kDiscoveryHandler,
                                 .when = When::login_hint,
                                 .wish = Wish::present,
                                 .element = HLID_SITE "headlessDiscoveryHandler",
                                 .doc = "The class finds the user for a login_hint."};
// For headless and first-party logins alike.
inline constexpr Need kDiscoveryAtLogin{.setting = &kDiscoveryHandler,
                                        .when = When::login_hint,
                                        .wish = Wish::is,
                                        .element = HLID_SITE "isUserDisambiguationAllowedUsernamePwd",
                                        .value = "true",
                                        .doc = "The site takes no login_hint at a login with a password otherwise."};
inline constexpr Need kDiscoveryAtReset{.setting = &kDiscoveryHandler,
                                        .when = When::login_hint,
                                        .wish = Wish::is,
                                        .element = HLID_SITE "isUserDisambiguationAllowedForgotPwd",
                                        .value = "true",
                                        .doc = "The site takes no login_hint at a reset otherwise."};

}  // namespace hlid::org
