#include "oauth/diagnoses.h"

#include <array>
#include <cstddef>
#include <iterator>

#include "base/text.h"
#include "oauth/hints.h"

namespace hlid {
namespace {

using namespace hints;
using namespace words;

constexpr std::string_view kNotApproved = "the user is not approved for this app";
constexpr std::string_view kNotInstalled = "the app is not properly installed in this org";
constexpr std::string_view kBusy = "the server received too many requests";
constexpr std::string_view kDown = "the server cannot respond now";

// The server itself is at fault or overloaded: then nothing else counts, whatever its text says.
constexpr Diagnosis kOutages[] = {
    {"server_error", "", kAnywhere, "server_error", Advice::retry_later, "the server failed", ""},
    {"temporarily_unavailable", "", kAnywhere, "server_error", Advice::retry_later, kDown, ""},
    {"service_unavailable", "", kAnywhere, "server_error", Advice::retry_later, kDown, ""},
    {"system_down", "", kAnywhere, "server_error", Advice::retry_later, kDown, ""},
    {"SERVER_UNAVAILABLE", "", kAnywhere, "server_error", Advice::retry_later, kDown, ""},
    {"FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", "", kAnywhere, "server_error", Advice::retry_later, kDown, ""},
    {"UNKNOWN_EXCEPTION", "", kAnywhere, "server_error", Advice::retry_later, "the server failed", ""},
    {"QUERY_TIMEOUT", "", kAnywhere, "server_error", Advice::retry_later, "the server took too long", ""},
    {"REQUEST_RUNNING_TOO_LONG", "", kAnywhere, "server_error", Advice::retry_later, "the server took too long", ""},
    {"UNABLE_TO_LOCK_ROW", "", kAnywhere, "server_error", Advice::retry_later, "the server is busy with the same record", ""},
    {"ORG_MAINTENANCE", "", kAnywhere, "server_error", Advice::retry_later, kDown, ""},
    {"rate_limit_exceeded", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"too_many_requests", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"slow_down", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"LOGIN_RATE_EXCEEDED", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"REQUEST_LIMIT_EXCEEDED", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"CONCURRENT_REQUESTS_LIMIT_EXCEEDED", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"CONCURRENT_API_LIMIT_EXCEEDED", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"LIMIT_EXCEEDED", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"EXCEEDED_QUOTA", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"BANDWIDTH_EXCEEDED", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
};

// Of the rows that fit, the one that asks for most counts (rank_of); the order of the table does not matter.
constexpr Diagnosis kDiagnoses[] = {
    // What only the text tells.
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org,
     "the site requires a reCAPTCHA token with this call, or a different one", kRecaptchaAtLogin},
    {"", "scope parameter not supported", kAnywhere, "scope_not_supported", Advice::fix_org,
     "the token endpoint does not accept a scope", kNoScopeAtToken},
    {"", "is not installed", kAnywhere, "unknown_client", Advice::fix_org, "the app is not installed in this org", kInstalledKey},
    {"", "app not found", kAnywhere, "unknown_client", Advice::fix_org, "the app was not found in this org", kClientKey},
    {"", "admin approved", kAnywhere, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"", "approved this consumer", kAnywhere, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"", "client credentials user", kAnywhere, "no_run_as_user", Advice::fix_org,
     "the app has no user for the client credentials flow", kRunAsUser},
    {"", "uvid invalid", kAnywhere, "uvid_invalid", Advice::fix_org, "the server rejected the visitor's UVID", kUvidHint},
    {"", "invalid headers", kAnywhere, "invalid_headers", Advice::fix_org, "the server rejected the headless headers",
     kFlowSwitch},
    {"", "code challenge", Endpoint::authorize, "pkce_refused", Advice::fix_org,
     "the server found no PKCE code challenge, or rejected it", kProofKey},
    {"", "code challenge", Endpoint::challenge, "pkce_refused", Advice::fix_org,
     "the server found no PKCE code challenge, or rejected it", kProofKey},
    {"", "session not valid for", kAnywhere, "wrong_host", Advice::fix_org, "the token is not valid at this host", kSiteHost},
    {"", "request not supported on this domain", kAnywhere, "wrong_host", Advice::fix_org, "this host does not serve the flow",
     kServedHosts},
    {"", "immediate is not supported", Endpoint::authorize, "wrong_host", Advice::fix_org,
     "this host does not support `immediate`",
     "leave `immediate` out at an Experience Cloud site: only My Domain and login hosts have it"},
    {"", "activation secret", kAnywhere, "activation_ended", Advice::restart,
     "the verification of the person's device or identity has expired", ""},
    {"invalid_grant", "rate exceeded", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},
    {"invalid_grant", "rate limit exceeded", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""},

    // The integration user's own token.

    // A person's own values.
    {"invalid_grant", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, kWrongCredentials, ""},
    {"inactive_user", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, kWrongCredentials, ""},
    {"login_error", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, kWrongCredentials, ""},
    {"invalid_credentials", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, kWrongCredentials, ""},
    {"INVALID_LOGIN", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, kWrongCredentials, ""},
    {"PASSWORD_LOCKOUT", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, kWrongCredentials, ""},
    {"LOGIN_DURING_RESTRICTED_DOMAIN", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, kWrongCredentials, ""},
    {"LOGIN_DURING_RESTRICTED_TIME", "", Endpoint::authorize, "invalid_credentials", Advice::ask_again, kWrongCredentials, ""},
    {"invalid_grant", "", Endpoint::challenge, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"inactive_user", "", Endpoint::challenge, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"login_error", "", Endpoint::challenge, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"invalid_otp", "", kAnywhere, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"otp_error", "", kAnywhere, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "", kAnywhere, "change_password", Advice::restart,
     "the person's password has expired", kChangePassword},

    // The challenge of a first-party app.
    {"invalid_session", "", Endpoint::challenge, "invalid_session", Advice::restart,
     "the challenge's session has expired, or is unknown", ""},
    {"redirect_to_web", "", Endpoint::challenge, "redirect_to_web", Advice::none,
     "the server requires this sign-in to happen in a browser", ""},
    {"invalid_client", "", Endpoint::challenge, "attestation_refused", Advice::fix_org,
     "the server rejected the client's attestation", kAttestation},
    {"invalid_client_assertion", "", Endpoint::challenge, "attestation_refused", Advice::fix_org,
     "the server rejected the client's attestation", kAttestation},
    {"invalid_assertion_type", "", Endpoint::challenge, "attestation_refused", Advice::fix_org,
     "the server rejected the client's attestation", kAttestation},
    {"bad_jti_claim", "", Endpoint::challenge, "attestation_refused", Advice::fix_org,
     "the server rejected the client's attestation", kAttestation},
    {"unauthorized_client", "", Endpoint::challenge, "first_party_not_enabled", Advice::fix_org,
     "first-party flows are not enabled for this app", kFirstParty},
    {"oauth_flow_disabled", "", Endpoint::challenge, "first_party_not_enabled", Advice::fix_org,
     "first-party flows are not enabled for this app", kFirstParty},
    {"insufficient_authorization", "", kAnywhere, "insufficient_authorization", Advice::restart,
     "the server requires further proof from the person", ""},

    // The exchange of a code; and what else the token endpoint is asked, where the flow has no row of its own.
    {"invalid_grant", "", Endpoint::code, "code_refused", Advice::restart, "the server rejected the authorization code",
     kCodeOnce},
    {"invalid_request", "", Endpoint::code, "code_refused", Advice::restart, "the server rejected the token request", kCodeOnce},
    {"inactive_user", "", Endpoint::code, "code_refused", Advice::restart, "the server rejected the authorization code",
     kActiveUser},
    {"invalid_grant", "", Endpoint::token, "grant_refused", Advice::restart, "the server rejected the grant", ""},
    {"inactive_user", "", Endpoint::token, "inactive_user", Advice::fix_org, "the user is not active", kActiveUser},
    {"unsupported_grant_type", "", kAnywhere, "flow_not_enabled", Advice::fix_org, "the token endpoint rejected this grant",
     kHeadlessSwitches},

    // A token at a host that is not its own.
    {"Missing_OAuth_Token", "", kAnywhere, "token_missing", Advice::fix_org, "the server did not see the access token",
     kNothingBetween},
    {"No_Access", "", kAnywhere, "wrong_org", Advice::fix_org, "the access token is of another host", kIssuingHost},
    {"Wrong_Org", "", kAnywhere, "wrong_org", Advice::fix_org, "the access token is of another host", kIssuingHost},

    // A token at an endpoint that wants one, or is asked about one.
    {"invalid_token", "", Endpoint::revoke, "invalid_token", Advice::none, "the token is not known, or is revoked already", ""},
    {"invalid_grant", "", Endpoint::revoke, "invalid_token", Advice::none, "the token is not known, or is revoked already", ""},
    {"unsupported_token_type", "", kAnywhere, "unsupported_token_type", Advice::none, "tokens of this kind cannot be revoked",
     ""},
    {"Bad_OAuth_Token", "", kAnywhere, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"invalid_token", "", kAnywhere, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"invalid_grant", "", kAnywhere, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"inactive_user", "", kAnywhere, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"INVALID_SESSION_ID", "", kAnywhere, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"invalid_token", "", Endpoint::authorize, "invalid_token", Advice::restart, kWrongToken, ""},
    {"invalid_token", "", Endpoint::challenge, "invalid_token", Advice::restart, kWrongToken, ""},
    {"INVALID_SESSION_ID", "", Endpoint::authorize, "invalid_token", Advice::restart, kWrongToken, ""},
    {"INVALID_SESSION_ID", "", Endpoint::challenge, "invalid_token", Advice::restart, kWrongToken, ""},

    // The app: not there, blocked, or without what this flow needs.
    {"app_blocked", "", kAnywhere, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"fail_close_app_blocked", "", kAnywhere, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"client_blocked", "", kAnywhere, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"OAUTH_APP_BLOCKED", "", kAnywhere, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"OAUTH_AUTHORIZATION_BLOCKED", "", kAnywhere, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"OAUTH_APP_ACCESS_DENIED", "", kAnywhere, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"OAUTH_EC_APP_NOT_FOUND", "", kAnywhere, "unknown_client", Advice::fix_org, "the app was not found in this org", kClientKey},
    {"OAUTH_APPROVAL_ERROR_GENERIC", "", kAnywhere, "access_denied", Advice::fix_org, "the server denies access", kPreAuthorized},
    {"CLIENT_NOT_ACCESSIBLE_FOR_USER", "", kAnywhere, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"app_not_found", "", kAnywhere, "unknown_client", Advice::fix_org, "the app was not found in this org", kInstalledKey},
    {"invalid_client_id", "", kAnywhere, "unknown_client", Advice::fix_org, "the server does not know this client_id",
     kClientKey},
    {"installation_error", "", kAnywhere, "app_not_installed", Advice::fix_org, kNotInstalled, kInstalled},
    {"invalid_distribution_state", "", kAnywhere, "app_not_installed", Advice::fix_org, kNotInstalled, kInstalled},
    {"ecapp_policy_not_found", "", kAnywhere, "app_not_installed", Advice::fix_org, "the app has no policies in this org",
     kInstalled},
    {"oauth_policy_not_found", "", kAnywhere, "app_not_installed", Advice::fix_org, "the app has no policies in this org",
     kInstalled},
    {"invalid_app_access", "", kAnywhere, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"app_attest_failed", "", kAnywhere, "mobile_attestation", Advice::fix_org,
     "the server requires a mobile device's attestation", kMobileAttestation},
    {"app_attest_failed_retry", "", kAnywhere, "mobile_attestation", Advice::retry_later,
     "the server could not check the device's attestation now", kMobileAttestation},
    {"invalid_client", "", Endpoint::code, "invalid_client", Advice::fix_org, kWrongSecret, kClientSecret},
    {"invalid_client_credentials", "", Endpoint::code, "invalid_client", Advice::fix_org, kWrongSecret, kClientSecret},
    {"invalid_client", "", kAnywhere, "invalid_client", Advice::fix_org, kWrongSecret, kConsumerSecret},
    {"invalid_client_credentials", "", kAnywhere, "invalid_client", Advice::fix_org, kWrongSecret, kConsumerSecret},
    {"invalid_client_assertion", "", kAnywhere, "invalid_client", Advice::fix_org,
     "the server rejected the client's signed assertion", kAssertionType},
    {"invalid_assertion_type", "", kAnywhere, "invalid_client", Advice::fix_org,
     "the server rejected the type of the client's assertion", kAssertionType},
    {"bad_jti_claim", "", kAnywhere, "invalid_client", Advice::restart,
     "the server has seen the client's assertion before, or cannot read its jti", kAssertionType},
    {"invalid_basic_auth_header", "", kAnywhere, "invalid_basic_header", Advice::fix_org,
     "the server cannot read the Authorization: Basic header", kBasicHeader},
    {"redirect_uri_mismatch", "", kAnywhere, "redirect_uri_mismatch", Advice::fix_org,
     "the redirect_uri is not registered for this app", kCallback},
    {"redirect_uri_missing", "", kAnywhere, "redirect_uri_mismatch", Advice::fix_org,
     "the app has no callback, or the server did not see one", kCallback},
    {"invalid_redirect_uri", "", kAnywhere, "redirect_uri_mismatch", Advice::fix_org,
     "the redirect_uri is not registered for this app", kCallback},
    {"oauth_flow_disabled", "", kAnywhere, "flow_not_enabled", Advice::fix_org, kNotEnabled, kHeadlessSwitches},
    {"unauthorized_client", "", kAnywhere, "flow_not_enabled", Advice::fix_org, kNotEnabled, kHeadlessSwitches},
    {"unsupported_response_type", "", kAnywhere, "flow_not_enabled", Advice::fix_org, kNotEnabled, kHeadlessSwitches},
    {"FUNCTIONALITY_NOT_ENABLED", "", kAnywhere, "flow_not_enabled", Advice::fix_org, "the org does not have this feature",
     kFeature},
    {"invalid_scope", "", kAnywhere, "invalid_scope", Advice::fix_org, "a scope that was asked for is not selected on the app",
     kScopes},
    {"insufficient_scope", "", kAnywhere, "invalid_scope", Advice::fix_org, "the token lacks a scope that this call needs",
     kScopes},
    {"invalid_request", "", kAnywhere, "invalid_request", Advice::fix_org, "the server rejected the form of the request",
     kRequest},
    {"invalid_session_level", "", kAnywhere, "session_level", Advice::fix_org, "the app demands a session of high assurance",
     kSessionLevel},
    {"invalid_dpop_proof", "", kAnywhere, "dpop_required", Advice::fix_org, "the server requires DPoP-bound tokens", kDpop},
    {"use_dpop_nonce", "", kAnywhere, "dpop_required", Advice::fix_org, "the server requires DPoP-bound tokens", kDpop},
    {"invalid_expid", "", kAnywhere, "invalid_experience_id", Advice::fix_org, "the server does not know the experience id",
     kExperienceId},
    {"unsupported_expid", "", kAnywhere, "invalid_experience_id", Advice::fix_org,
     "the server does not accept an experience id here", kExperienceId},
    {"exceeded_registration_limit", "", kAnywhere, "client_registration", Advice::fix_org, "the server registers no more clients",
     kRegistrationOfClients},
    {"failed_registration", "", kAnywhere, "client_registration", Advice::fix_org, "the server does not register the client",
     kRegistrationOfClients},
    {"registration_error", "", kAnywhere, "client_registration", Advice::fix_org, "the server does not register the client",
     kRegistrationOfClients},
    {"authorization_pending", "", kAnywhere, "authorization_pending", Advice::retry_later, "the person has not approved yet", ""},
    {"immediate_unsuccessful", "", kAnywhere, "interaction_required", Advice::restart,
     "the server requires the person to sign in or to approve", ""},
    {"interaction_required", "", kAnywhere, "interaction_required", Advice::restart,
     "the server requires the person to sign in or to approve", ""},
    {"login_required", "", kAnywhere, "interaction_required", Advice::restart,
     "the server requires the person to sign in or to approve", ""},
    {"consent_required", "", kAnywhere, "interaction_required", Advice::restart,
     "the server requires the person to sign in or to approve", ""},
    {"access_denied", "", kAnywhere, "access_denied", Advice::fix_org, "the server denies access", kPreAuthorized},
    {"unknown_error", "", kAnywhere, "server_error", Advice::retry_later, "the server failed, and does not say why", ""},
    {"login_error", "", kAnywhere, "access_denied", Advice::restart, "the sign-in was refused", ""},

    // The org, and REST's own codes.
    {"inactive_org", "", kAnywhere, "inactive_org", Advice::fix_org, "the org is not active",
     "the org is locked, closed or suspended"},
    {"ORG_LOCKED", "", kAnywhere, "inactive_org", Advice::fix_org, "the org is not active",
     "the org is locked, closed or suspended"},
    {"TRIAL_EXPIRED", "", kAnywhere, "inactive_org", Advice::fix_org, "the org is not active", "the org's trial has expired"},
    {"API_CURRENTLY_DISABLED", "", kAnywhere, "api_disabled", Advice::fix_org, "the user may not use the API", kApiEnabled},
    {"API_DISABLED_FOR_ORG", "", kAnywhere, "api_disabled", Advice::fix_org, "the org may not use the API", kApiEnabled},
    {"INVALID_ISS", "", kAnywhere, "wrong_host", Advice::fix_org, "the token is not valid at this host", kSiteHost},
    {"INVALID_AUTH_HEADER", "", kAnywhere, "wrong_host", Advice::fix_org, "the token is not valid at this host", kSiteHost},
    {"URL_NOT_RESET", "", kAnywhere, "wrong_host", Advice::fix_org, "the request belongs to another host of the org", kSiteHost},
    {"INSUFFICIENT_ACCESS", "", kAnywhere, "access_denied", Advice::fix_org, "the user has no access to this", kNoAccess},
    {"FORBIDDEN", "", kAnywhere, "access_denied", Advice::fix_org, "the user has no access to this", kNoAccess},
    {"LOGIN_DURING_RESTRICTED_DOMAIN", "", kAnywhere, "login_restricted", Advice::fix_org, "the user may not sign in from here",
     kLoginRules},
    {"LOGIN_DURING_RESTRICTED_TIME", "", kAnywhere, "login_restricted", Advice::fix_org, "the user may not sign in now",
     kLoginRules},
    {"NOT_FOUND", "", kAnywhere, "no_endpoint", Advice::fix_org, "the endpoint does not exist there", kActiveSite},
    {"METHOD_NOT_ALLOWED", "", kAnywhere, "no_endpoint", Advice::fix_org, "the endpoint rejected the request", kPermittedRequest},
    {"UNSUPPORTED_MEDIA_TYPE", "", kAnywhere, "no_endpoint", Advice::fix_org, "the endpoint rejected the request",
     kPermittedRequest},
    {"JSON_PARSER_ERROR", "", kAnywhere, "invalid_request", Advice::fix_org, "the server rejected the form of the request",
     kRequest},
    {"MISSING_ARGUMENT", "", kAnywhere, "invalid_request", Advice::fix_org, "the server rejected the form of the request",
     kRequest},
    {"INVALID_ARGUMENT", "", kAnywhere, "invalid_request", Advice::fix_org, "the server rejected the form of the request",
     kRequest},
};

static_assert(is_without_order(kOutages) && is_without_order(kDiagnoses));

bool matches(const Diagnosis& row, std::string_view code, std::string_view text, const Refusal& about) {
  return (row.code.empty() || is_same_code(row.code, code)) && (row.text.empty() || contains_ignoring_case(text, row.text)) &&
         (!row.endpoint || *row.endpoint == about.endpoint);
}

// What gateways, load balancers and maintenance pages write, in a body, a title or a text.
struct OutageWords {
  std::string_view words;
  const Diagnosis* means;
};
constexpr Diagnosis kTooMany = {"", "", kAnywhere, "rate_limited", Advice::retry_later, kBusy, ""};
constexpr Diagnosis kFailed = {"", "", kAnywhere, "server_error", Advice::retry_later, kDown, ""};
constexpr OutageWords kOutageWords[] = {
    {"rate limit", &kTooMany},
    {"rate exceeded", &kTooMany},
    {"request limit exceeded", &kTooMany},
    {"requests limit exceeded", &kTooMany},
    {"too many requests", &kTooMany},
    {"too many logins", &kTooMany},
    {"bandwidth exceeded", &kTooMany},
    {"throttl", &kTooMany},
    {"down for maintenance", &kFailed},
    {"scheduled maintenance", &kFailed},
    {"under maintenance", &kFailed},
    {"undergoing maintenance", &kFailed},
    {"maintenance mode", &kFailed},
    {"maintenance in progress", &kFailed},
    {"performing maintenance", &kFailed},
    {"temporarily unavailable", &kFailed},
    {"temporarily down", &kFailed},
    {"currently unavailable", &kFailed},
    {"service unavailable", &kFailed},
    {"server unavailable", &kFailed},
    {"bad gateway", &kFailed},
    {"gateway time-out", &kFailed},
    {"gateway timeout", &kFailed},
    {"upstream connect error", &kFailed},
    {"upstream request timeout", &kFailed},
    {"internal server error", &kFailed},
    {"be right back", &kFailed},
    {"server is too busy", &kFailed},
    {"server too busy", &kFailed},
};

}  // namespace

std::span<const Diagnosis> common_diagnoses() { return kDiagnoses; }

const Diagnosis* find_diagnosis(std::string_view code, std::string_view text, Refusal about) {
  for (const Diagnosis& row : kOutages) {
    if (matches(row, code, text, about)) return &row;
  }
  const Diagnosis* best = nullptr;
  int best_rank = -1;
  const auto look = [&](std::span<const Diagnosis> rows, int bonus) {
    for (const Diagnosis& row : rows) {
      if (!matches(row, code, text, about) || rank_of(row) + bonus <= best_rank) continue;
      best = &row;
      best_rank = rank_of(row) + bonus;
    }
  };
  look(kDiagnoses, 0);
  look(about.flow.diagnoses, kOwnRank);
  return best;
}

const Diagnosis* find_outage(std::string_view text) {
  for (const OutageWords& row : kOutageWords) {
    if (contains_ignoring_case(text, row.words)) return row.means;
  }
  return nullptr;
}

}  // namespace hlid
