#include "oauth/oauth_error.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"

namespace hlid {
namespace {

constexpr std::string_view kFlowSwitch =
    "Setup > OAuth and OpenID Connect Settings > Allow Authorization Code and Credentials Flows "
    "(OauthOidcSettings.oAuthCdCrdtFlowEnable); on the app: Enable Authorization Code and Credentials Flow "
    "(ExtlClntAppGlobalOauthSettings.isCodeCredFlowEnabled)";
constexpr std::string_view kGuestSwitch =
    "the app's policies > Enable Code and Credentials Flow for Guest Users "
    "(ExtlClntAppOauthConfigurablePolicies.isGuestCodeCredFlowEnabled); switching the client credentials flow can clear "
    "it. Is the site's own address used, not the org's?";
constexpr std::string_view kPreAuthorized =
    "the app's policies > Permitted Users: Admin approved users are pre-authorized "
    "(ExtlClntAppOauthConfigurablePolicies.permittedUsersPolicyType), and the user's profile or permission set on the app "
    "(commaSeparatedProfile, commaSeparatedPermissionSet)";
constexpr std::string_view kClientKey =
    "the consumer key belongs to this org and the app is installed there; an app that was just made takes about 10 minutes";
constexpr std::string_view kCallback =
    "the app's Callback URL (ExtlClntAppGlobalOauthSettings.callbackUrl), byte for byte, and that the consumer key "
    "belongs to this org";
constexpr std::string_view kUvidHint =
    "a version 4 UUID, or a guest token that has not ended; over HTTP/1.1 the guest token call is known to fail with this "
    "text: let the client speak HTTP/2";
constexpr std::string_view kScopes = "the app's OAuth Scopes (ExtlClntAppOauthSettings.commaSeparatedOauthScopes) against `scope`";
constexpr std::string_view kNothingBetween =
    "`site` is the Experience Cloud site's own address, and nothing in between (a proxy, a firewall) answers for it";
constexpr std::string_view kActiveSite =
    "`site` is the Experience Cloud site's address with its path prefix, and the site is active (Network.status = Live)";
constexpr std::string_view kClientSecret =
    "the consumer secret, and the app's Require Secret for Web Server Flow "
    "(ExtlClntAppGlobalOauthSettings.isConsumerSecretOptional)";

// One row a diagnosis, tried in order. Empty texts match everything.
struct Diagnosis {
  std::string_view code;
  std::string_view text;  // part of the description, in any case
  std::optional<Endpoint> endpoint;
  const char* reason;
  Advice advice;
  std::string_view message;
  std::string_view hint;
  std::optional<Asker> asker = {};
};

constexpr std::string_view kApiEnabled =
    "the user's profile or permission set: API Enabled (Profile.userPermissions, PermissionsApiEnabled)";
constexpr std::string_view kSiteHost =
    "a guest's token is good at the site's own host only, a named user's at instance_url as well";
constexpr std::string_view kWrongOtp = "the one-time password is wrong, or has ended";
constexpr std::string_view kRunAsUser =
    "the integration user's app > policies > Client Credentials Flow: enable it, and a run-as user "
    "(ExtlClntAppOauthConfigurablePolicies.clientCredentialsFlowUser)";
constexpr std::string_view kIntegration =
    "integration_client_id and its secret or key, integration_site (mostly the org's My Domain) and, with a key, "
    "integration_username and integration_audience; the user is approved for that app";

constexpr std::string_view kFirstParty =
    "the app is a first-party app (Metadata API: ExtlClntAppGlobalOauthSettings.isFirstPartyAppEnabled), and Setup > Digital "
    "Experiences > the site > Login & Registration > Allow off-platform apps to access the OAuth 2.0 authorization challenge "
    "endpoint (NetworkAuthApiSettings.isFirstPartyAppsAllowed)";
constexpr std::string_view kAttestation =
    "the certificate of the attestation's key on the app (Metadata API: ExtlClntAppGlobalOauthSettings.clientAssertionCertificate); "
    "the settings attestation_audience, attestation_subject and attestation_lifetime_s; this machine's clock";
constexpr std::string_view kRecaptcha =
    "Setup > Digital Experiences > the site > Login & Registration: Require reCAPTCHA (NetworkAuthApiSettings.RecaptchaSecretKey, "
    "RecaptchaScoreThreshold); a token is good for two minutes and one request";
constexpr std::string_view kUiScopes =
    "the app's OAuth Scopes: Manage user data via Web browsers (web) or Full access (full) "
    "(ExtlClntAppOauthSettings.commaSeparatedOauthScopes), asked for at sign-in";
constexpr std::string_view kApiOnly =
    "it has ended, or the user is API Only (PermissionSet.PermissionsApiUserOnly): such a user has no pages";
constexpr std::string_view kIssuingHost = "`site` is the site at which the token was issued";

constexpr Diagnosis kDiagnoses[] = {
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org, "the site wants a reCAPTCHA token with this call, or another one", kRecaptcha},
    {"invalid_session", "", Endpoint::challenge, "invalid_session", Advice::restart, "the challenge's session has ended, or is not known", ""},
    {"redirect_to_web", "", Endpoint::challenge, "redirect_to_web", Advice::none, "the server wants this sign-in to happen in a browser", ""},
    {"invalid_client", "", Endpoint::challenge, "attestation_refused", Advice::fix_org, "the server does not take the client's attestation", kAttestation},
    {"invalid_client_assertion", "", Endpoint::challenge, "attestation_refused", Advice::fix_org, "the server does not take the client's attestation", kAttestation},
    {"unauthorized_client", "", Endpoint::challenge, "first_party_not_enabled", Advice::fix_org, "first-party flows are not enabled for this app", kFirstParty},
    {"invalid_grant", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, "the user name or the password is wrong", "", Asker::named},
    {"inactive_user", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, "the user name or the password is wrong", "", Asker::named},
    {"invalid_grant", "", Endpoint::challenge, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"inactive_user", "", Endpoint::challenge, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"insufficient_authorization", "", Endpoint::token, "insufficient_authorization", Advice::sign_in_again, "the server wants the person to prove more: sign in again", "", Asker::refresh},
    {"insufficient_authorization", "", {}, "insufficient_authorization", Advice::restart, "the server wants the person to prove more", ""},
    {"", "already being processed", Endpoint::token, "refresh_in_progress", Advice::retry_later, "this refresh token is in use by another request at this moment", ""},
    {"invalid_grant", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, "the refresh token has ended, was revoked, or was used before", "", Asker::refresh},
    {"access_denied", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was cancelled or denied", kPreAuthorized, Asker::session},
    {"Invalid_Scope", "", Endpoint::single_access, "invalid_scope", Advice::fix_org, "the token has neither the scope web nor full", kUiScopes},
    {"Invalid_Param", "", Endpoint::single_access, "invalid_path", Advice::fix_argument, "the server does not take the path", ""},
    {"Missing_OAuth_Token", "", Endpoint::single_access, "token_missing", Advice::fix_org, "the server did not see the access token", kNothingBetween},
    {"Bad_OAuth_Token", "", Endpoint::single_access, "invalid_token", Advice::sign_in_again, "the access token is not taken", kApiOnly},
    {"No_Access", "", Endpoint::single_access, "wrong_org", Advice::fix_org, "the access token is of another host", kIssuingHost},
    {"Wrong_Org", "", Endpoint::single_access, "wrong_org", Advice::fix_org, "the access token is of another host", kIssuingHost},
    {"", "is not installed", {}, "unknown_client", Advice::fix_org, "the app is not installed in this org", kClientKey},
    {"", "app not found", {}, "unknown_client", Advice::fix_org, "the app is not found in this org", kClientKey},
    {"", "admin approved", {}, "not_admin_approved", Advice::fix_org, "the user is not approved for this app", kPreAuthorized},
    {"", "approved this consumer", {}, "not_admin_approved", Advice::fix_org, "the user is not approved for this app", kPreAuthorized},
    {"", "client credentials user", {}, "no_run_as_user", Advice::fix_org, "the app has no user for the client credentials flow", kRunAsUser},
    {"", "audience", {}, "integration_refused", Advice::fix_org, "the server does not take the JWT's audience", kIntegration, Asker::integration},
    {"invalid_grant", "", {}, "integration_refused", Advice::fix_org, "the server gives the integration user no token", kIntegration, Asker::integration},
    {"invalid_client", "", {}, "integration_refused", Advice::fix_org, "the server does not take the integration user's client", kIntegration, Asker::integration},
    {"invalid_client_id", "", {}, "integration_refused", Advice::fix_org, "the server does not know the integration user's client", kIntegration, Asker::integration},
    {"invalid_grant", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, kWrongOtp, "", Asker::passwordless},
    {"inactive_user", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, kWrongOtp, "", Asker::passwordless},
    {"invalid_grant", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, kWrongOtp, "", Asker::registration},
    {"", "guest flow not enabled", {}, "guest_flow_not_enabled", Advice::fix_org, "the guest flow is not enabled for this app", kGuestSwitch},
    {"", "uvid invalid", {}, "uvid_invalid", Advice::fix_org, "the server does not take the visitor's UVID", kUvidHint},
    {"", "invalid headers", {}, "invalid_headers", Advice::fix_org, "the server does not take the headless headers", kFlowSwitch},
    {"invalid_app_access", "", {}, "not_admin_approved", Advice::fix_org, "the user is not approved for this app", kPreAuthorized},
    {"API_CURRENTLY_DISABLED", "", {}, "api_disabled", Advice::fix_org, "the user may not use the API", kApiEnabled},
    {"API_DISABLED_FOR_ORG", "", {}, "api_disabled", Advice::fix_org, "the org may not use the API", kApiEnabled},
    {"INVALID_ISS", "", {}, "wrong_host", Advice::fix_org, "the token is not good at this host", kSiteHost},
    {"INVALID_AUTH_HEADER", "", {}, "wrong_host", Advice::fix_org, "the token is not good at this host", kSiteHost},
    {"invalid_client_id", "", {}, "unknown_client", Advice::fix_org, "the server does not know this client_id", kClientKey},
    {"invalid_client", "", {}, "invalid_client", Advice::fix_org, "the server does not take the client's secret", kClientSecret},
    {"redirect_uri_mismatch", "", {}, "redirect_uri_mismatch", Advice::fix_org, "the redirect_uri is not registered for this app", kCallback},
    {"unsupported_response_type", "", {}, "flow_not_enabled", Advice::fix_org, "the flow is not enabled for this app", kFlowSwitch},
    {"unsupported_grant_type", "", {}, "flow_not_enabled", Advice::fix_org, "the token endpoint does not take this grant", kFlowSwitch},
    {"invalid_scope", "", {}, "invalid_scope", Advice::fix_org, "a scope that was asked for is not selected on the app", kScopes},
    {"inactive_org", "", {}, "inactive_org", Advice::fix_org, "the org is not active", "the org is locked, closed or suspended"},
    {"rate_limit_exceeded", "", {}, "rate_limited", Advice::retry_later, "the server has had too many requests", ""},
    {"temporarily_unavailable", "", {}, "server_error", Advice::retry_later, "the server cannot answer now", ""},
    {"invalid_grant", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, "the user name or the password is wrong", ""},
    {"inactive_user", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, "the user name or the password is wrong", ""},
    {"invalid_grant", "", Endpoint::token, "code_refused", Advice::restart, "the server does not take the authorization code", ""},
    {"invalid_request", "", Endpoint::token, "code_refused", Advice::restart, "the server does not take the token request", ""},
    {"access_denied", "", {}, "access_denied", Advice::fix_org, "the server denies access", kPreAuthorized},
    {"access-denied", "", {}, "access_denied", Advice::fix_org, "the server denies access", kPreAuthorized},
    {"invalid_token", "", Endpoint::revoke, "invalid_token", Advice::none, "the token is not known, or is revoked already", ""},
    {"unsupported_token_type", "", {}, "unsupported_token_type", Advice::none, "tokens of this kind cannot be revoked", ""},
    {"Bad_OAuth_Token", "", {}, "invalid_token", Advice::sign_in_again, "the access token is not taken", ""},
    {"invalid_token", "", {}, "invalid_token", Advice::sign_in_again, "the access token is not taken", ""},
    {"INVALID_SESSION_ID", "", {}, "invalid_token", Advice::sign_in_again, "the access token is not taken", ""},
};

bool matches(const Diagnosis& row, std::string_view code, std::string_view text, const Refusal& about) {
  return (row.code.empty() || row.code == code) && (row.text.empty() || contains_ignoring_case(text, row.text)) &&
         (!row.endpoint || *row.endpoint == about.endpoint) && (!row.asker || *row.asker == about.asker);
}

bool is_no_endpoint(int32_t status) { return status == 404 || status == 405 || status == 410 || status == 415; }

// Neither a success nor an OAuth error: all that is known is the status.
Error by_status(const Answer& answer, const Refusal& about) {
  const std::string_view endpoint = name_of(about.endpoint);
  const int32_t status = answer.status;
  if (answer.is_redirect()) {
    return Error::protocol("unexpected_redirect", join({"the ", endpoint, " endpoint answers with a redirect, which is not followed"}))
        .advise(Advice::fix_org)
        .hint("`site` is the Experience Cloud site's own address, with its path prefix, as it is shown in Setup > Digital "
              "Experiences > All Sites (Network.urlPathPrefix)")
        .http_status(status);
  }
  if (is_no_endpoint(status)) {
    return Error::refused("no_endpoint", join({"the ", endpoint, " endpoint does not exist there or does not take the request: HTTP ", std::to_string(status)}))
        .advise(Advice::fix_org)
        .hint(about.endpoint == Endpoint::challenge ? kFirstParty : kActiveSite)
        .http_status(status);
  }
  if (status == 401) {
    return Error::refused("unauthorized", join({"the ", endpoint, " endpoint wants another authentication than OAuth's"}))
        .advise(about.endpoint == Endpoint::userinfo ? Advice::sign_in_again : Advice::fix_org)
        .hint(about.endpoint == Endpoint::userinfo ? std::string_view() : kClientSecret)
        .http_status(status);
  }
  const bool page = answer.is_html() && !answer.body.empty();
  return Error::protocol("bad_answer", join({"the ", endpoint, " endpoint answers HTTP ", std::to_string(status), " without an OAuth error"}))
      .advise(status >= 400 || page ? Advice::fix_org : about.single_use ? Advice::restart : Advice::none)
      .hint(status >= 400 || page ? kNothingBetween : std::string_view())
      .http_status(status);
}

// Views into the document: what a server says may be what it was told, and belongs in no string of ours.
struct ServerWords {
  std::string_view code;
  std::string_view text;
};

// {error, error_description}, or REST's [{errorCode, message}].
std::optional<ServerWords> read_words(const JsonValue& root) {
  ServerWords words;
  if (root.is_array()) {
    const auto items = root.items();
    if (items.empty()) return std::nullopt;
    words.code = items.front().text("errorCode").value_or("");
    words.text = items.front().text("message").value_or("");
  } else {
    words.code = root.text("error").value_or("");
    words.text = root.text("error_description").value_or("");
    if (words.code.empty()) words.code = root.text("errorCode").value_or("");
    if (words.text.empty()) words.text = root.text("message").value_or("");
    if (words.code.empty() && root.find("error")) words.code = "unknown";
  }
  if (words.code.empty() && words.text.empty()) return std::nullopt;
  return words;
}

}  // namespace

std::string_view name_of(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::authorize: return "authorize";
    case Endpoint::token: return "token";
    case Endpoint::revoke: return "revoke";
    case Endpoint::userinfo: return "userinfo";
    case Endpoint::keys: return "keys";
    case Endpoint::init: return "init";
    case Endpoint::forgot_password: return "forgot password";
    case Endpoint::challenge: return "authorization challenge";
    case Endpoint::introspect: return "introspection";
    case Endpoint::single_access: return "single access";
  }
  return "";
}

Error diagnose(std::string_view code, std::string_view text, int32_t http_status, int32_t http_version, Refusal about) {
  for (const Diagnosis& row : kDiagnoses) {
    if (!matches(row, code, text, about)) continue;
    Error error = Error::refused(row.reason, row.message).advise(row.advice).hint(row.hint).server(code, text).http_status(http_status);
    if (row.hint == kUvidHint && about.endpoint == Endpoint::token && (http_version == 10 || http_version == 11)) {
      error.edit().hint = "this answer came over HTTP/1.1, over which the guest token call is known to fail: let the client "
                          "speak HTTP/2 (setting http_version, and no proxy that speaks HTTP/1.1 only). Else: a version 4 "
                          "UUID, or a guest token that has not ended";
    }
    return error;
  }
  if (about.asker == Asker::guest && code == "unknown_error") {
    return Error::refused("guest_headers_missing", "the server did not see the guest headers of the token call")
        .advise(Advice::fix_org)
        .hint("something between this program and the site takes the Auth-Request-Type or Uvid-Hint header away")
        .server(code, text)
        .http_status(http_status);
  }
  // Whatever the site's own code throws while it creates the user arrives here, in its own words.
  const bool creates_user = about.endpoint == Endpoint::authorize || about.endpoint == Endpoint::challenge;
  if (about.asker == Asker::registration && creates_user && http_status < 500) {
    return Error::refused("registration_refused", "the site's registration handler does not take this registration")
        .advise(Advice::ask_again)
        .server(code, text)
        .http_status(http_status);
  }
  const bool server_side = code == "server_error" || code == "unknown_error" || http_status >= 500;
  return Error::refused(server_side ? "server_error" : "refused",
                        join({"the ", name_of(about.endpoint), " endpoint refuses the request"}))
      .advise(server_side ? Advice::restart : Advice::none)
      .server(code, text)
      .http_status(http_status);
}

Error not_headless(std::string_view where, int32_t http_status, Refusal about) {
  if (about.endpoint == Endpoint::challenge) {
    return Error::protocol("not_headless", join({"the authorization challenge endpoint answers with ", where}))
        .advise(Advice::fix_org)
        .hint(kFirstParty)
        .http_status(http_status);
  }
  std::string hint = join({kFlowSwitch, "; every scope that is asked for selected on the app (commaSeparatedOauthScopes)"});
  if (about.asker != Asker::guest) {
    hint += "; with the header placement: Require user credentials in the POST body off (isCodeCredPostOnly)";
  } else {
    hint += join({"; ", kGuestSwitch});
  }
  return Error::protocol("not_headless", join({"the ", name_of(about.endpoint), " endpoint did not take this as a headless request: it answers with ", where}))
      .advise(Advice::fix_org)
      .hint(hint)
      .http_status(http_status);
}

bool holds_rest_error(const JsonValue& root) {
  const auto items = root.items();
  return !items.empty() && (items.front().text("errorCode") || items.front().text("message"));
}

Error no_json(const Answer& answer, JsonFault fault, Refusal about) {
  const auto bad = [&](const char* reason, std::string_view what, Advice advice) {
    return Error::protocol(reason, join({"the ", name_of(about.endpoint), " answer ", what})).advise(advice).http_status(answer.status);
  };
  switch (fault) {
    case JsonFault::cut: return bad("bad_json", "ends too early to be JSON", Advice::restart);
    case JsonFault::duplicate: return bad("bad_json", "names a member twice", Advice::none);
    case JsonFault::too_deep:
    case JsonFault::too_large: return bad("bad_json", "is over a maximum", Advice::none);
    case JsonFault::syntax:
    case JsonFault::none: break;
  }
  if (answer.is_html()) return not_headless("an HTML page", answer.status, about);
  std::string_view text = answer.body.view();
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const bool word = !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
  if (!word) return bad("bad_json", "is no JSON", Advice::none);
  return bad("no_json", "is in another form than JSON", Advice::fix_org).hint(kNothingBetween);
}

Error read_refusal(const Answer& answer, Refusal about, int64_t now_ms) {
  JsonDocument document;
  const JsonFault fault = answer.body.empty() ? JsonFault::syntax : document.parse(answer.body.view());
  const auto words = fault == JsonFault::none ? read_words(document.root()) : std::nullopt;
  Error error = words ? diagnose(words->code, words->text, answer.status, answer.http_version, about) : by_status(answer, about);
  if (words && is_no_endpoint(answer.status) && std::string_view(error.data().reason) == "refused") {
    error = by_status(answer, about).server(words->code, words->text);
  }
  const bool overload = answer.status == 429;
  if (overload || answer.status >= 500) {
    auto& data = error.edit();
    data.kind = Kind::refused;
    data.reason = overload ? "rate_limited" : "server_error";
    data.message = join({"the ", name_of(about.endpoint), " endpoint ", overload ? "has had too many requests" : "failed: HTTP ",
                         overload ? "" : std::to_string(answer.status)});
    data.advice = overload || !about.single_use ? Advice::retry_later : Advice::restart;
    data.hint.clear();
    data.outcome_unknown = !overload && about.single_use;
    data.retry_after_ms = retry_after_ms(answer, now_ms).value_or(-1);
  }
  const bool headless = about.endpoint == Endpoint::authorize || about.endpoint == Endpoint::token ||
                        about.endpoint == Endpoint::init || about.endpoint == Endpoint::forgot_password ||
                        about.endpoint == Endpoint::challenge;
  if (!words && answer.status == 200 && answer.is_html() && headless) {
    return not_headless("an HTML page", answer.status, about);
  }
  return error;
}

}  // namespace hlid
