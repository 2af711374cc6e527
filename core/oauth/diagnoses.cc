#include "oauth/diagnoses.h"

#include "base/text.h"
#include "oauth/hints.h"

namespace hlid {
namespace {

using namespace hints;

constexpr std::string_view kWrongOtp = "the one-time password is wrong, or has ended";

constexpr Diagnosis kDiagnoses[] = {
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org, "the site wants a reCAPTCHA token with this call, or another one", kRecaptchaAtRegistration, Asker::registration},
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org, "the site wants a reCAPTCHA token with this call, or another one", kRecaptchaAtPasswordless, Asker::passwordless},
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org, "the site wants a reCAPTCHA token with this call, or another one", kRecaptchaAtLogin},
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
    {"", "scope parameter not supported", Endpoint::token, "scope_not_supported", Advice::fix_org, "the token endpoint accepts no scope", kNoScopeAtToken},
    {"", "no valid scopes", Endpoint::token, "integration_scope_missing", Advice::fix_org, "the integration user's app has no scope that this flow gives", kIntegrationScopes, Asker::integration},
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

}  // namespace

const Diagnosis* find_diagnosis(std::string_view code, std::string_view text, Refusal about) {
  for (const Diagnosis& row : kDiagnoses) {
    if (matches(row, code, text, about)) return &row;
  }
  return nullptr;
}

}  // namespace hlid
