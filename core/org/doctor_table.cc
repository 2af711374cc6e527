// The tables of doctor.h. A code or a text is here only if Salesforce documents it or live orgs were seen to send it for what is
// concluded from it; where an org's own order of checks matters, a second request shows it.
#include <iterator>

#include "oauth/org_settings.h"
#include "org/doctor.h"

namespace hlid::org {
namespace {

#define HLID_TOKEN "/services/oauth2/token"
#define HLID_AUTHORIZE "/services/oauth2/authorize"
#define HLID_HEADLESS "/services/auth/headless/"

constexpr Argument kCodeGrant[] = {{"grant_type", "authorization_code"}};
constexpr Argument kCodeNone[] = {{"grant_type", "authorization_code"}, {"secret", "none"}};
constexpr Argument kCodeWrong[] = {{"grant_type", "authorization_code"}, {"secret", "wrong"}};
constexpr Argument kRefreshNone[] = {{"grant_type", "refresh_token"}, {"secret", "none"}};
constexpr Argument kRefreshWrong[] = {{"grant_type", "refresh_token"}, {"secret", "wrong"}};
constexpr Argument kExchange[] = {{"grant_type", "token_exchange"}};
constexpr Argument kExchangeNone[] = {{"grant_type", "token_exchange"}, {"secret", "none"}};
constexpr Argument kExchangeWrong[] = {{"grant_type", "token_exchange"}, {"secret", "wrong"}};
constexpr Argument kDevicePoll[] = {{"grant_type", "device"}};
constexpr Argument kPasswordGrant[] = {{"grant_type", "password"}};

constexpr Argument kMadeUpCallback[] = {{"response_type", "code"}, {"callback", "made_up"}, {"code_challenge", "right"}};
constexpr Argument kRightCallback[] = {{"response_type", "code"}, {"callback", "right"}, {"code_challenge", "right"}};
constexpr Argument kNoChallenge[] = {{"response_type", "code"}, {"callback", "right"}, {"code_challenge", "none"}};
constexpr Argument kImplicit[] = {{"response_type", "token"}, {"callback", "right"}, {"code_challenge", "none"}};
constexpr Argument kWithScope[] = {
    {"response_type", "code"}, {"callback", "right"}, {"code_challenge", "right"}, {"scope", "full"}};

constexpr Argument kNamedBody[] = {{"auth_request_type", "Named-User"}, {"placement", "body"}};
constexpr Argument kNamedHeader[] = {{"auth_request_type", "Named-User"}, {"placement", "header"}};
constexpr Argument kGuestHint[] = {{"auth_request_type", "guest"}};
constexpr Argument kRegistration[] = {{"endpoint", "registration"}};
constexpr Argument kPasswordless[] = {{"endpoint", "passwordless"}};
constexpr Argument kForgot[] = {{"endpoint", "forgot_password"}};

constexpr Question kQuestions[] = {
    {.name = "discovery",
     .flow = "discovery",
     .method = "GET",
     .path = "/.well-known/openid-configuration",
     .why = "Reads what the server says about itself, which shows whether the address is right."},
    {.name = "keys", .flow = "jwks", .method = "GET", .path = "/id/keys", .why = "Reads the keys that verify its tokens."},
    {.name = "code",
     .flow = "inquiry_token",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "Sends a made-up authorization code as the app would, which shows whether the server knows the app and its secret.",
     .arguments = kCodeGrant},
    {.name = "code_with_wrong_secret",
     .flow = "inquiry_token_unproven",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "The same with a made-up secret, which shows whether the server looks at the app before the code.",
     .arguments = kCodeWrong},
    {.name = "code_without_secret",
     .flow = "inquiry_token_unproven",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "The same without a secret, which shows whether the app requires one.",
     .arguments = kCodeNone},
    {.name = "refresh_with_wrong_secret",
     .flow = "inquiry_token_unproven",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "Sends a made-up refresh token with a made-up secret, to compare the next response with.",
     .arguments = kRefreshWrong},
    {.name = "refresh_without_secret",
     .flow = "inquiry_token_unproven",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "The same without a secret, which shows whether a refresh requires one.",
     .arguments = kRefreshNone},
    {.name = "exchange",
     .flow = "inquiry_token",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "Sends a made-up token to exchange, which shows whether the app may, and whether a handler looks at it.",
     .arguments = kExchange},
    {.name = "exchange_with_wrong_secret",
     .flow = "inquiry_token_unproven",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "The same with a made-up secret, to compare the next response with.",
     .arguments = kExchangeWrong},
    {.name = "exchange_without_secret",
     .flow = "inquiry_token_unproven",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "The same without a secret, which shows whether a token exchange requires one.",
     .arguments = kExchangeNone},
    {.name = "device",
     .flow = "inquiry_token",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "Polls for a made-up device code, which shows whether the app may use the device flow.",
     .arguments = kDevicePoll},
    {.name = "password",
     .flow = "inquiry_token",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "Sends an empty username and password, which shows whether the server says that the flow is off.",
     .arguments = kPasswordGrant,
     .only_for = "username_password"},
    {.name = "callback_made_up",
     .flow = "inquiry_authorize",
     .method = "GET",
     .path = HLID_AUTHORIZE,
     .why = "Asks for a sign-in that ends at a made-up callback, which no app may have.",
     .arguments = kMadeUpCallback,
     .wants = Wants::callback},
    {.name = "callback",
     .flow = "inquiry_authorize",
     .method = "GET",
     .path = HLID_AUTHORIZE,
     .why = "The same with the app's callback, which shows whether it is registered.",
     .arguments = kRightCallback,
     .wants = Wants::callback},
    {.name = "no_challenge",
     .flow = "inquiry_authorize",
     .method = "GET",
     .path = HLID_AUTHORIZE,
     .why = "The same without a proof key, which shows whether one is required.",
     .arguments = kNoChallenge,
     .wants = Wants::callback},
    {.name = "user_agent",
     .flow = "inquiry_authorize",
     .method = "GET",
     .path = HLID_AUTHORIZE,
     .why = "The same with response_type token, which shows whether the user-agent flow is blocked.",
     .arguments = kImplicit,
     .wants = Wants::callback},
    {.name = "scope",
     .flow = "inquiry_authorize",
     .method = "GET",
     .path = HLID_AUTHORIZE,
     .why = "The same with a scope, of each that is asked for or needed: shows whether the server refuses it to the app.",
     .arguments = kWithScope,
     .wants = Wants::callback,
     .only_for = "-"},
    {.name = "headless",
     .flow = "inquiry_headless",
     .method = "POST",
     .path = HLID_AUTHORIZE,
     .why = "Sends a headless sign-in with an empty username and password, which shows whether headless flows are on.",
     .arguments = kNamedBody,
     .wants = Wants::callback},
    {.name = "headless_guest",
     .flow = "inquiry_headless",
     .method = "POST",
     .path = HLID_AUTHORIZE,
     .why = "The same of a guest without a visitor's ID.",
     .arguments = kGuestHint,
     .wants = Wants::callback},
    {.name = "headless_header",
     .flow = "inquiry_headless",
     .method = "POST",
     .path = HLID_AUTHORIZE,
     .why =
         "The same with the empty credentials in the Authorization header, which shows whether the app wants them in the body.",
     .arguments = kNamedHeader,
     .wants = Wants::callback},
    {.name = "guest",
     .flow = "guest",
     .method = "POST",
     .path = HLID_AUTHORIZE ", then " HLID_TOKEN,
     .why = "Gets the token of a guest, a new visitor, which shows whether guests are allowed and their tokens are JWTs.",
     .wants = Wants::callback,
     .only_for = "guest"},
    {.name = "guest_end",
     .flow = "revocation",
     .method = "POST",
     .path = "/services/oauth2/revoke",
     .why = "Revokes that token.",
     .only_for = "guest",
     .follows = "guest"},
    {.name = "client_credentials",
     .flow = "client_credentials",
     .method = "POST",
     .path = HLID_TOKEN,
     .why = "Gets a token of the app's run-as user, which shows whether the client credentials flow is on.",
     .wants = Wants::secret,
     .only_for = "client_credentials"},
    {.name = "client_credentials_end",
     .flow = "revocation",
     .method = "POST",
     .path = "/services/oauth2/revoke",
     .why = "Revokes that token.",
     .wants = Wants::secret,
     .only_for = "client_credentials",
     .follows = "client_credentials"},
    {.name = "registration",
     .flow = "inquiry_init",
     .method = "POST",
     .path = HLID_HEADLESS "init/registration",
     .why =
         "Sends an empty registration without a token and reCAPTCHA, which may show what the site requires. It sends no message.",
     .arguments = kRegistration},
    {.name = "passwordless",
     .flow = "inquiry_init",
     .method = "POST",
     .path = HLID_HEADLESS "init/passwordless/login",
     .why = "Begins a passwordless login of a user that does not exist, without a token and reCAPTCHA, which shows what the site "
            "requires. It sends no message.",
     .arguments = kPasswordless},
    {.name = "forgot_password",
     .flow = "inquiry_init",
     .method = "POST",
     .path = HLID_HEADLESS "forgot_password",
     .why = "Begins a password reset of a user that does not exist, without a token and reCAPTCHA, which shows what the site "
            "requires. It sends no message.",
     .arguments = kForgot},
    {.name = "challenge",
     .flow = "inquiry_challenge",
     .method = "POST",
     .path = "/services/oauth2/v1/authorization_challenge",
     .why = "Sends the client_id alone, which shows whether the endpoint responds."},
    {.name = "first_party",
     .flow = "first_party_login",
     .method = "POST",
     .path = "/services/oauth2/v1/authorization_challenge",
     .why =
         "Sends a login of a user that does not exist, signed with the app's key, which shows whether the attestation is accepted.",
     .wants = Wants::key,
     .only_for = "first_party_login first_party_passwordless first_party_registration",
     .makes_up_user = true},
    {.name = "jwt_bearer",
     .flow = "jwt_bearer",
     .method = "POST",
     .path = HLID_TOKEN,
     .why =
         "Sends an assertion for a user that does not exist, signed with the app's key, which shows whether the certificate fits.",
     .wants = Wants::key,
     .only_for = "jwt_bearer",
     .makes_up_user = true},
    {.name = "introspection",
     .flow = "inquiry_introspection",
     .method = "POST",
     .path = "/services/oauth2/introspect",
     .why = "Asks about a made-up token, which shows whether the endpoint responds to the app.",
     .wants = Wants::secret,
     .only_for = "introspection"},
    {.name = "revocation",
     .flow = "inquiry_revocation",
     .method = "POST",
     .path = "/services/oauth2/revoke",
     .why = "Revokes a made-up token, which shows whether the endpoint responds.",
     .only_for = "revocation logout"},
    {.name = "user",
     .flow = "login",
     .method = "POST",
     .path = HLID_AUTHORIZE,
     .why =
         "Signs the given user in with a made-up password, which may show whether the app keeps the user out. The org counts one failed login.",
     .wants = Wants::user},
};

// ---- conclusions ----

constexpr Sign kCodeIsLookedAt{.question = "code", .codes = "invalid_grant"};
constexpr Sign kAppIsFirst{.question = "code_with_wrong_secret", .codes = "invalid_client invalid_client_credentials"};
constexpr Sign kAppIsFirstAtRefresh{.question = "refresh_with_wrong_secret",
                                    .codes = "invalid_client invalid_client_credentials"};
constexpr Sign kAppIsFirstAtExchange{.question = "exchange_with_wrong_secret",
                                     .codes = "invalid_client invalid_client_credentials"};
constexpr Sign kGuestDone{.question = "guest", .shape = Shape::granted};
constexpr Sign kServerDone{.question = "client_credentials", .shape = Shape::granted};
// What a switch that is off makes of the code alone is not known: these words come from behind the switches.
constexpr Sign kLoginRefused{.question = "headless", .codes = "invalid_grant"};
constexpr Sign kNoVisitor{.question = "headless_guest", .says = "uvid invalid"};
constexpr Sign kNoGuests{.question = "headless_guest", .says = "guest flow not enabled"};
constexpr Sign kHeadlessWords{.question = "headless"};
constexpr Sign kResponds{.question = "discovery", .shape = Shape::granted};
constexpr Sign kHeadlessPage{.question = "headless", .shape = Shape::page};
constexpr Sign kGuestPage{.question = "headless_guest", .shape = Shape::page};
constexpr Sign kFirstPartyKnown{.question = "first_party", .codes = "reason:invalid_credentials"};

constexpr const char* kIsHeadless = "Authorize responds as an API, not with a page.";
constexpr const char* kIsPage = "Authorize responds with a page: this switch, or the other, is off.";
constexpr const char* kSaysOff = "The server says that it is off.";
constexpr const char* kIssued = "The server issued a token.";
constexpr const char* kNeedsSecret = "Without a secret the server refuses the app.";
constexpr const char* kNeedsNone = "Without a secret the server looks at the grant; it refuses a wrong secret before that.";
constexpr const char* kAttested = "The endpoint accepts the app's attestation: it refused a user that does not exist.";
constexpr const char* kChallengeLater =
    "The server shows its login page without a proof key, but may ask for one only after that.";
constexpr const char* kOpenToAll = "The endpoint accepts the request, although it has neither a token nor reCAPTCHA.";

#define HLID_INIT(allowed, auth, recaptcha, name)                                                                            \
  {&(allowed), State::on, {.question = (name), .shape = Shape::granted}, {}, nullptr, "The endpoint accepts the request."},  \
      {&(auth), State::on, {.question = (name), .codes = "invalid_token INVALID_SESSION_ID INVALID_AUTH_HEADER status:401"}, \
       {},      nullptr,   "The endpoint asks for a token."},                                                                \
      {&(auth), State::off, {.question = (name), .shape = Shape::granted}, {}, nullptr, kOpenToAll, {}, true},               \
      {&(recaptcha), State::on, {.question = (name), .says = "captcha", .but_not = "authenticat"},                           \
       {},           nullptr,   "The endpoint asks for a reCAPTCHA token."},                                                 \
  {                                                                                                                          \
    &(recaptcha), State::off, {.question = (name), .shape = Shape::granted}, {}, nullptr, kOpenToAll                         \
  }

// clang-format off
constexpr Conclusion kConclusions[] = {
    {&kAppEnabled, State::off, {.question = "code", .codes = "oauth_flow_disabled"}, {}, nullptr, kSaysOff},
    {&kAppEnabled, State::on, kGuestDone, {}, nullptr, kIssued},
    {&kAppEnabled, State::on, kServerDone, {}, nullptr, kIssued},
    {&kAppEnabled, State::on, kCodeIsLookedAt, kAppIsFirst, nullptr, "The server looks at the app first, and then at the code."},

    {&kAppDpop, State::on, {.question = "code", .codes = "invalid_dpop_proof use_dpop_nonce"}, {}, nullptr, "The server asks for a proof of possession."},
    {&kAppDpop, State::off, kGuestDone, {}, nullptr, "The server issued a token without a proof of possession."},
    {&kAppDpop, State::off, kServerDone, {}, nullptr, "The server issued a token without a proof of possession."},

    {&kAppSecret, State::on, {.question = "code_without_secret", .codes = "invalid_client invalid_client_credentials"}, {}, nullptr, kNeedsSecret},
    {&kAppSecret, State::off, {.question = "code_without_secret", .codes = "invalid_grant"}, kAppIsFirst, nullptr, kNeedsNone},
    {&kAppRefreshSecret, State::on, {.question = "refresh_without_secret", .codes = "invalid_client invalid_client_credentials"}, {}, nullptr, kNeedsSecret},
    {&kAppRefreshSecret, State::off, {.question = "refresh_without_secret", .codes = "invalid_grant"}, kAppIsFirstAtRefresh, nullptr, kNeedsNone},
    {&kAppTokenExchangeSecret, State::on, {.question = "exchange_without_secret", .codes = "invalid_client invalid_client_credentials"}, {}, nullptr, kNeedsSecret},
    {&kAppTokenExchangeSecret, State::off, {.question = "exchange_without_secret", .says = "token handler"}, kAppIsFirstAtExchange, nullptr, kNeedsNone},

    {&kAppTokenExchange, State::off, {.question = "exchange", .codes = "unsupported_grant_type"}, {}, nullptr, "The server does not know this grant for the app."},
    {&kAppTokenExchange, State::on, {.question = "exchange", .says = "token handler"}, {}, nullptr, "The server looks for the handler."},
    {&kTokenExchangeHandler, State::wrong, {.question = "exchange", .says = "token handler not found"}, {}, nullptr, "The server finds no handler for the app."},
    {&kTokenExchangeHandler, State::right, {.question = "exchange", .says = "token handler validation failed"}, {}, nullptr, "A handler refused the made-up token."},

    {&kAppDeviceFlow, State::one_off, {.question = "device", .codes = "oauth_flow_disabled"}, {}, &kAppLocalWithCallback, "The server says that the app may not use the flow."},
    {&kAppDeviceFlow, State::on, {.question = "device", .codes = "invalid_request", .says = "device code"}, {}, nullptr, "The server looks for the device code."},
    {&kAppLocalWithCallback, State::one_off, {.question = "device", .codes = "oauth_flow_disabled"}, {}, &kAppDeviceFlow, "The server says that the app may not use the flow."},

    {&kAppClientCredentials, State::on, kServerDone, {}, nullptr, kIssued},
    {&kAppClientCredentials, State::one_off, {.question = "client_credentials", .says = "no client credentials user enabled"}, {}, &kAppRunAsUser, "The server finds no run-as user of an app for which the flow is enabled."},
    {&kAppClientCredentials, State::on, {.question = "client_credentials", .says = "no valid scopes"}, {}, nullptr, "The server looks at the scopes."},
    {&kAppRunAsUser, State::right, kServerDone, {}, nullptr, kIssued},
    {&kAppRunAsUser, State::one_off, {.question = "client_credentials", .says = "no client credentials user enabled"}, {}, &kAppClientCredentials, "The server finds no run-as user of an app for which the flow is enabled."},
    {&kAppRunAsUser, State::wrong, {.question = "client_credentials", .codes = "access_denied"}, {}, nullptr, "The server denies access to this user: it must not be an external one."},
    {&kAppOwnScopes, State::right, kServerDone, {}, nullptr, kIssued},
    {&kAppOwnScopes, State::wrong, {.question = "client_credentials", .says = "no valid scopes"}, {}, nullptr, "The server finds no scope that the flow can grant."},

    {&kAppCallback, State::wrong, {.question = "callback", .codes = "redirect_uri_mismatch redirect_uri_missing"}, {}, nullptr, "The server says that the app has no such callback."},
    {&kAppCallback, State::right, {.question = "callback", .shape = Shape::page}, {.question = "callback_made_up", .codes = "redirect_uri_mismatch"}, nullptr, "The server shows its login page for it, and refuses a made-up one."},
    {&kAppCallback, State::right, {.question = "callback", .shape = Shape::granted}, {.question = "callback_made_up", .codes = "redirect_uri_mismatch"}, nullptr, "The server leads to it, and refuses a made-up one."},

    {&kProofKey, State::one_on, {.question = "no_challenge", .codes = "invalid_request", .says = "code challenge"}, {}, &kAppProofKey, "The server refuses a sign-in without a proof key."},
    {&kProofKey, State::unknown, {.question = "no_challenge", .shape = Shape::page}, {}, nullptr, kChallengeLater},
    {&kAppProofKey, State::one_on, {.question = "no_challenge", .codes = "invalid_request", .says = "code challenge"}, {}, &kProofKey, "The server refuses a sign-in without a proof key."},
    {&kAppProofKey, State::unknown, {.question = "no_challenge", .shape = Shape::page}, {}, nullptr, kChallengeLater},

    {&kUserAgentFlow, State::off, {.question = "user_agent", .codes = "oauth_flow_disabled unsupported_response_type"}, {.question = "callback", .shape = Shape::page}, nullptr, "The server refuses the response type token."},
    {&kUserAgentFlow, State::unknown, {.question = "user_agent", .shape = Shape::page}, {}, nullptr, "The server shows its login page for it, but may look at the switch only after that."},
    {&kUsernamePassword, State::off, {.question = "password", .codes = "oauth_flow_disabled unsupported_grant_type"}, {}, nullptr, kSaysOff},

    {&kHeadlessFlows, State::on, kGuestDone, {}, nullptr, kIssued},
    {&kHeadlessFlows, State::one_off, {.question = "headless", .codes = "oauth_flow_disabled unsupported_response_type"}, {}, &kAppHeadlessFlow, "The server refuses headless sign-ins: this switch, or the other, is off."},
    {&kHeadlessFlows, State::on, kLoginRefused, {}, nullptr, kIsHeadless},
    {&kHeadlessFlows, State::on, kNoVisitor, {}, nullptr, kIsHeadless},
    {&kHeadlessFlows, State::on, kNoGuests, {}, nullptr, kIsHeadless},
    {&kHeadlessFlows, State::one_off, kHeadlessPage, kGuestPage, &kAppHeadlessFlow, kIsPage, kResponds},
    {&kAppHeadlessFlow, State::on, kGuestDone, {}, nullptr, kIssued},
    {&kAppHeadlessFlow, State::one_off, {.question = "headless", .codes = "oauth_flow_disabled unsupported_response_type"}, {}, &kHeadlessFlows, "The server refuses headless sign-ins: this switch, or the other, is off."},
    {&kAppHeadlessFlow, State::on, kLoginRefused, {}, nullptr, kIsHeadless},
    {&kAppHeadlessFlow, State::on, kNoVisitor, {}, nullptr, kIsHeadless},
    {&kAppHeadlessFlow, State::on, kNoGuests, {}, nullptr, kIsHeadless},
    {&kAppHeadlessFlow, State::one_off, kHeadlessPage, kGuestPage, &kHeadlessFlows, kIsPage, kResponds},
    {&kAppPostOnly, State::on, {.question = "headless_header", .shape = Shape::page}, kHeadlessWords, nullptr, "Authorize responds with a page to credentials in the header, and as an API to those in the body.", kNoVisitor},
    {&kAppPostOnly, State::on, {.question = "headless_header", .shape = Shape::page}, kHeadlessWords, nullptr, "Authorize responds with a page to credentials in the header, and as an API to those in the body.", kNoGuests},
    {&kAppPostOnly, State::off, {.question = "headless_header"}, kHeadlessWords, nullptr, "Authorize responds as an API to credentials in the header.", kNoVisitor},
    {&kAppPostOnly, State::off, {.question = "headless_header"}, kHeadlessWords, nullptr, "Authorize responds as an API to credentials in the header.", kNoGuests},
    {&kAppGuestFlow, State::on, kGuestDone, {}, nullptr, kIssued},
    {&kAppGuestFlow, State::off, {.question = "guest", .says = "guest flow not enabled"}, {}, nullptr, kSaysOff},
    {&kAppGuestFlow, State::off, {.question = "headless_guest", .says = "guest flow not enabled"}, {}, nullptr, kSaysOff},
    {&kAppGuestJwt, State::unknown, {.question = "guest", .shape = Shape::granted, .codes = "format:opaque"}, {}, nullptr, "The guest's token is not a JWT; whether the setting is the cause is not known."},
    {&kAppGuestJwt, State::on, {.question = "guest", .shape = Shape::granted, .codes = "format:jwt"}, {}, nullptr, "The guest's token is a JWT."},

    {&kAppFirstParty, State::on, kFirstPartyKnown, {}, nullptr, kAttested},
    {&kSiteFirstParty, State::on, kFirstPartyKnown, {}, nullptr, kAttested},
    {&kAppCertificate, State::right, kFirstPartyKnown, {}, nullptr, kAttested},
    {&kLoginRecaptcha, State::on, {.question = "first_party", .says = "captcha", .but_not = "authenticat"}, {}, nullptr, "The endpoint asks for a reCAPTCHA token."},
    {&kLoginRecaptcha, State::off, kFirstPartyKnown, {}, nullptr, "The endpoint looked at the password without a reCAPTCHA token."},

    {&kAppBearerCertificate, State::wrong, {.question = "jwt_bearer", .codes = "invalid_client"}, {}, nullptr, "The server does not accept the signature of the profile's private_key."},
    {&kAppBearerCertificate, State::right, {.question = "jwt_bearer", .says = "approved"}, {}, nullptr, "The server accepts the signature: it refused a user that does not exist."},
    {&kAppBearerCertificate, State::right, {.question = "jwt_bearer", .says = "refresh_token scope"}, {}, nullptr, "The server accepts the signature, and looks at the scopes."},
    {&kAppBearerScopes, State::wrong, {.question = "jwt_bearer", .says = "refresh_token scope"}, {}, nullptr, "The server asks for the scope refresh_token."},
    {&kAppPermittedUsers, State::wrong, {.question = "user", .codes = "invalid_app_access"}, {}, nullptr, "The server says that the user is not admin approved."},

    {&kSiteActive, State::on, kGuestDone, {}, nullptr, kIssued},
    {&kSiteActive, State::on, kLoginRefused, {}, nullptr, "The site serves headless sign-ins."},
    {&kSiteActive, State::on, kNoVisitor, {}, nullptr, "The site serves headless sign-ins."},
    {&kSiteActive, State::on, kNoGuests, {}, nullptr, "The site serves headless sign-ins."},
    {&kSiteActive, State::off, {.question = "discovery", .codes = "reason:site_not_active"}, {}, nullptr, "The site says that it is not active."},

    HLID_INIT(kRegistrationAllowed, kRegistrationAuth, kRegistrationRecaptcha, "registration"),
    HLID_INIT(kPasswordlessAllowed, kPasswordlessAuth, kPasswordlessRecaptcha, "passwordless"),
    HLID_INIT(kForgotPasswordAllowed, kForgotPasswordAuth, kForgotPasswordRecaptcha, "forgot_password"),
    {&kRegistrationHandler, State::unknown, {.question = "registration"}, {}, nullptr, ""},
};
// clang-format on

struct Untold {
  const OrgSetting* setting;
  const char* why;
  bool until_asked = false;  // it is about a request that was not sent
};
constexpr const char* kOther = "Another check comes first, or the server says the same either way.";
constexpr Untold kUntold[] = {
    {&kAppPermittedUsers, "Only the sign-in of a user with the right password shows it."},
    {&kAppNamedJwt, "Only a user's token shows it."},
    {&kUsernamePassword, "The server says the same of a wrong password."},
    {&kAppRefreshPolicy, "Only a session that is refreshed shows it."},
    {&kAppRotation, "Only a session that is refreshed shows it."},
    {&kAppIntrospectAll, "Only another app's token shows it."},
    {&kAppGuestJwt, "Only a guest's token shows it.", true},
    {&kAppDpop, "Only the request for a token that is valid otherwise shows it."},
    {&kAppLocalWithCallback, "The server may not enforce it yet."},
    {&kConnectedApps, "Only a registration shows it, which would make an app."},
    {&kInitialAccessToken, "Only a registration shows it, which would make an app."},
    {&kSamlSso, "Only an assertion of the identity provider shows it."},
    {&kSiteProviders, "Only the site's login page in a browser shows it."},
    {&kRegistrationHandler, "Only a registration that is complete shows it, which would make a user."},
    {&kAppFirstParty, kOther},
    {&kSiteFirstParty, kOther},
    {&kAppCertificate, "Only a request that is signed with the profile's private_key shows it.", true},
    {&kAppBearerCertificate, "Only a request that is signed with the profile's private_key shows it.", true},
    {&kAppAssetTokens, "Only a user's token shows it."},
    {&kSiteActive, "Only a headless sign-in shows it.", true},
    {&kAppClientCredentials, "Only the profile's client_secret can show it.", true},
    {&kAppRunAsUser, "Only the profile's client_secret can show it.", true},
};

}  // namespace

std::span<const Question> all_questions() { return kQuestions; }
std::span<const Conclusion> all_conclusions() { return kConclusions; }

std::string_view why_untold(const OrgSetting& setting, bool asked) {
  for (const Untold& one : kUntold) {
    if (std::string_view(one.setting->id) == setting.id) return asked && one.until_asked ? kOther : one.why;
  }
  const std::string_view id = setting.id;
  for (const Conclusion& one : kConclusions) {
    if (id == one.setting->id) return kOther;
  }
  return "No request without a user shows it.";
}

}  // namespace hlid::org
