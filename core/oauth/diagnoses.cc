#include "oauth/diagnoses.h"

#include <array>
#include <cstddef>
#include <iterator>

#include "base/text.h"
#include "oauth/hints.h"

namespace hlid {
namespace {

using namespace hints;

constexpr std::string_view kWrongOtp = "the one-time password is wrong, or has ended";
constexpr std::string_view kWrongCredentials = "the user name or the password is wrong";
constexpr std::string_view kEndedRefresh = "the refresh token has ended, was revoked, or was used before";
constexpr std::string_view kNotApproved = "the user is not approved for this app";
constexpr std::string_view kNotInstalled = "the app is not installed in this org as it should be";
constexpr std::string_view kWrongToken = "the access token is not taken";
constexpr std::string_view kNotEnabled = "the flow is not enabled for this app";
constexpr std::string_view kBusy = "the server has had too many requests";
constexpr std::string_view kDown = "the server cannot answer now";
constexpr std::string_view kNoRegistration = "the site's registration handler does not take this registration";

// The server itself is at fault, or has had too much: nothing else counts then, whatever the text beside it.
constexpr Diagnosis kOutages[] = {
    {"server_error", "", {}, "server_error", Advice::retry_later, "the server failed", ""},
    {"temporarily_unavailable", "", {}, "server_error", Advice::retry_later, kDown, ""},
    {"service_unavailable", "", {}, "server_error", Advice::retry_later, kDown, ""},
    {"system_down", "", {}, "server_error", Advice::retry_later, kDown, ""},
    {"SERVER_UNAVAILABLE", "", {}, "server_error", Advice::retry_later, kDown, ""},
    {"FUNCTIONALITY_TEMPORARILY_UNAVAILABLE", "", {}, "server_error", Advice::retry_later, kDown, ""},
    {"UNKNOWN_EXCEPTION", "", {}, "server_error", Advice::retry_later, "the server failed", ""},
    {"QUERY_TIMEOUT", "", {}, "server_error", Advice::retry_later, "the server took too long", ""},
    {"REQUEST_RUNNING_TOO_LONG", "", {}, "server_error", Advice::retry_later, "the server took too long", ""},
    {"UNABLE_TO_LOCK_ROW", "", {}, "server_error", Advice::retry_later, "the server is busy with the same record", ""},
    {"ORG_MAINTENANCE", "", {}, "server_error", Advice::retry_later, kDown, ""},
    {"rate_limit_exceeded", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"too_many_requests", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"slow_down", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"LOGIN_RATE_EXCEEDED", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"REQUEST_LIMIT_EXCEEDED", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"CONCURRENT_REQUESTS_LIMIT_EXCEEDED", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"CONCURRENT_API_LIMIT_EXCEEDED", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"LIMIT_EXCEEDED", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"EXCEEDED_QUOTA", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"BANDWIDTH_EXCEEDED", "", {}, "rate_limited", Advice::retry_later, kBusy, ""},
};

// Of the rows that fit, the one that asks for most counts (rank_of); where a row stands in the table does not matter.
constexpr Diagnosis kDiagnoses[] = {
    // What only the text tells.
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org, "the site wants a reCAPTCHA token with this call, or another one", kRecaptchaAtRegistration, Asker::registration},
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org, "the site wants a reCAPTCHA token with this call, or another one", kRecaptchaAtPasswordless, Asker::passwordless},
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org, "the site wants a reCAPTCHA token with this call, or another one", kRecaptchaAtLogin},
    {"", "scope parameter not supported", Endpoint::token, "scope_not_supported", Advice::fix_org, "the token endpoint accepts no scope", kNoScopeAtToken},
    {"", "no valid scopes", Endpoint::token, "integration_scope_missing", Advice::fix_org, "the integration user's app has no scope that this flow gives", kIntegrationScopes, Asker::integration},
    {"", "already being processed", Endpoint::token, "refresh_in_progress", Advice::retry_later, "this refresh token is in use by another request at this moment", ""},
    {"", "is not installed", {}, "unknown_client", Advice::fix_org, "the app is not installed in this org", kClientKey},
    {"", "app not found", {}, "unknown_client", Advice::fix_org, "the app is not found in this org", kClientKey},
    {"", "admin approved", {}, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"", "approved this consumer", {}, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"", "client credentials user", {}, "no_run_as_user", Advice::fix_org, "the app has no user for the client credentials flow", kRunAsUser},
    {"", "audience", {}, "integration_refused", Advice::fix_org, "the server does not take the JWT's audience", kIntegration, Asker::integration},
    {"", "guest flow not enabled", {}, "guest_flow_not_enabled", Advice::fix_org, "the guest flow is not enabled for this app", kGuestSwitch},
    {"", "uvid invalid", {}, "uvid_invalid", Advice::fix_org, "the server does not take the visitor's UVID", kUvidHint},
    {"", "invalid headers", {}, "invalid_headers", Advice::fix_org, "the server does not take the headless headers", kFlowSwitch},
    {"", "code challenge", Endpoint::authorize, "pkce_refused", Advice::fix_org, "the server misses PKCE's code challenge, or does not take it", kProofKey},
    {"", "code challenge", Endpoint::challenge, "pkce_refused", Advice::fix_org, "the server misses PKCE's code challenge, or does not take it", kProofKey},
    {"", "session not valid for", {}, "wrong_host", Advice::fix_org, "the token is not good at this host", kSiteHost},
    {"", "activation secret", {}, "activation_ended", Advice::restart, "the verification of the person's device or identity has ended", ""},
    {"invalid_grant", "rate exceeded", {}, "rate_limited", Advice::retry_later, kBusy, ""},
    {"invalid_grant", "rate limit exceeded", {}, "rate_limited", Advice::retry_later, kBusy, ""},

    // The integration user's own token.
    {"invalid_grant", "", {}, "integration_refused", Advice::fix_org, "the server gives the integration user no token", kIntegration, Asker::integration},
    {"inactive_user", "", {}, "integration_refused", Advice::fix_org, "the server gives the integration user no token", kIntegration, Asker::integration},
    {"invalid_request", "", {}, "integration_refused", Advice::fix_org, "the server gives the integration user no token", kIntegration, Asker::integration},
    {"invalid_client", "", {}, "integration_refused", Advice::fix_org, "the server does not take the integration user's client", kIntegration, Asker::integration},
    {"invalid_client_credentials", "", {}, "integration_refused", Advice::fix_org, "the server does not take the integration user's client", kIntegration, Asker::integration},
    {"invalid_client_id", "", {}, "integration_refused", Advice::fix_org, "the server does not know the integration user's client", kIntegration, Asker::integration},
    {"bad_jti_claim", "", {}, "integration_refused", Advice::fix_org, "the server does not take the integration user's JWT", kIntegration, Asker::integration},
    {"invalid_assertion_type", "", {}, "integration_refused", Advice::fix_org, "the server does not take the integration user's JWT", kIntegration, Asker::integration},
    {"unsupported_grant_type", "", {}, "integration_refused", Advice::fix_org, "the server does not give tokens by this flow", kIntegration, Asker::integration},
    {"oauth_flow_disabled", "", {}, "integration_refused", Advice::fix_org, "the flow of the integration user's app is not enabled", kRunAsUser, Asker::integration},

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
    {"invalid_grant", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, kWrongCredentials, "", Asker::named},
    {"inactive_user", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, kWrongCredentials, "", Asker::named},
    {"login_error", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, kWrongCredentials, "", Asker::named},
    {"invalid_credentials", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, kWrongCredentials, "", Asker::named},
    {"INVALID_LOGIN", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, kWrongCredentials, "", Asker::named},
    {"PASSWORD_LOCKOUT", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, kWrongCredentials, "", Asker::named},
    {"invalid_grant", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, kWrongOtp, "", Asker::passwordless},
    {"inactive_user", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, kWrongOtp, "", Asker::passwordless},
    {"login_error", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, kWrongOtp, "", Asker::passwordless},
    {"invalid_grant", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, kWrongOtp, "", Asker::registration},
    {"login_error", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, kWrongOtp, "", Asker::registration},
    {"invalid_otp", "", {}, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"otp_error", "", {}, "invalid_otp", Advice::ask_again, kWrongOtp, ""},
    {"INVALID_OPERATION_WITH_EXPIRED_PASSWORD", "", {}, "change_password", Advice::restart, "the person's password has expired", kChangePassword},
    // Nobody to ask: the browser, or the guest, brought nothing that could be wrong.
    {"invalid_grant", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", "", Asker::session},
    {"inactive_user", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", "", Asker::session},
    {"access_denied", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was cancelled or denied", kPreAuthorized, Asker::session},
    {"login_error", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", "", Asker::session},
    {"invalid_grant", "", Endpoint::authorize, "access_denied", Advice::fix_org, "the server denies access", kGuestSwitch, Asker::guest},
    {"inactive_user", "", Endpoint::authorize, "access_denied", Advice::fix_org, "the server denies access", kGuestSwitch, Asker::guest},
    {"login_error", "", Endpoint::authorize, "access_denied", Advice::fix_org, "the server denies access", kGuestSwitch, Asker::guest},

    // A registration, in the words of the site's own code.
    {"invalid_request", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},
    {"inactive_user", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},
    {"unknown_error", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},
    {"failed_registration", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},
    {"registration_error", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},
    {"invalid_request", "", Endpoint::challenge, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},
    {"unknown_error", "", Endpoint::challenge, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},
    {"failed_registration", "", Endpoint::challenge, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},
    {"registration_error", "", Endpoint::challenge, "registration_refused", Advice::ask_again, kNoRegistration, "", Asker::registration},

    // The challenge of a first-party app.
    {"invalid_session", "", Endpoint::challenge, "invalid_session", Advice::restart, "the challenge's session has ended, or is not known", ""},
    {"redirect_to_web", "", Endpoint::challenge, "redirect_to_web", Advice::none, "the server wants this sign-in to happen in a browser", ""},
    {"invalid_client", "", Endpoint::challenge, "attestation_refused", Advice::fix_org, "the server does not take the client's attestation", kAttestation},
    {"invalid_client_assertion", "", Endpoint::challenge, "attestation_refused", Advice::fix_org, "the server does not take the client's attestation", kAttestation},
    {"invalid_assertion_type", "", Endpoint::challenge, "attestation_refused", Advice::fix_org, "the server does not take the client's attestation", kAttestation},
    {"bad_jti_claim", "", Endpoint::challenge, "attestation_refused", Advice::fix_org, "the server does not take the client's attestation", kAttestation},
    {"unauthorized_client", "", Endpoint::challenge, "first_party_not_enabled", Advice::fix_org, "first-party flows are not enabled for this app", kFirstParty},
    {"oauth_flow_disabled", "", Endpoint::challenge, "first_party_not_enabled", Advice::fix_org, "first-party flows are not enabled for this app", kFirstParty},
    {"insufficient_authorization", "", {}, "insufficient_authorization", Advice::restart, "the server wants the person to prove more", ""},

    // A refresh: only what says that the token itself is over ends a session.
    {"invalid_grant", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEndedRefresh, "", Asker::refresh},
    {"invalid_token", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEndedRefresh, "", Asker::refresh},
    {"inactive_user", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEndedRefresh, "", Asker::refresh},
    {"INVALID_SESSION_ID", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEndedRefresh, "", Asker::refresh},
    {"insufficient_authorization", "", Endpoint::token, "insufficient_authorization", Advice::sign_in_again, "the server wants the person to prove more: sign in again", "", Asker::refresh},
    {"immediate_unsuccessful", "", Endpoint::token, "interaction_required", Advice::sign_in_again, "the server wants the person to sign in or to approve", "", Asker::refresh},
    {"invalid_request", "", Endpoint::token, "invalid_request", Advice::fix_org, "the server does not take the refresh as it is written", kRequest, Asker::refresh},
    {"unsupported_grant_type", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, "the token endpoint does not take a refresh token", kRefreshSwitch, Asker::refresh},
    {"oauth_flow_disabled", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, kNotEnabled, kRefreshSwitch, Asker::refresh},
    {"unauthorized_client", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, kNotEnabled, kRefreshSwitch, Asker::refresh},

    // The exchange of a code.
    {"invalid_grant", "", Endpoint::token, "code_refused", Advice::restart, "the server does not take the authorization code", ""},
    {"invalid_request", "", Endpoint::token, "code_refused", Advice::restart, "the server does not take the token request", ""},
    {"inactive_user", "", Endpoint::token, "code_refused", Advice::restart, "the server does not take the authorization code", ""},
    {"unsupported_grant_type", "", {}, "flow_not_enabled", Advice::fix_org, "the token endpoint does not take this grant", kHeadlessSwitches},
    {"unknown_error", "", {}, "guest_headers_missing", Advice::fix_org, "the server did not see the guest headers of the token call", kGuestHeaders, Asker::guest},

    // Single access.
    {"Invalid_Scope", "", Endpoint::single_access, "invalid_scope", Advice::fix_org, "the token has neither the scope web nor full", kUiScopes},
    {"Invalid_Param", "", Endpoint::single_access, "invalid_path", Advice::fix_argument, "the server does not take the path", ""},
    {"Missing_OAuth_Token", "", {}, "token_missing", Advice::fix_org, "the server did not see the access token", kNothingBetween},
    {"Bad_OAuth_Token", "", Endpoint::single_access, "invalid_token", Advice::sign_in_again, kWrongToken, kApiOnly},
    {"No_Access", "", {}, "wrong_org", Advice::fix_org, "the access token is of another host", kIssuingHost},
    {"Wrong_Org", "", {}, "wrong_org", Advice::fix_org, "the access token is of another host", kIssuingHost},

    // A token at an endpoint that wants one, or is asked about one.
    {"invalid_token", "", Endpoint::revoke, "invalid_token", Advice::none, "the token is not known, or is revoked already", ""},
    {"invalid_grant", "", Endpoint::revoke, "invalid_token", Advice::none, "the token is not known, or is revoked already", ""},
    {"unsupported_token_type", "", {}, "unsupported_token_type", Advice::none, "tokens of this kind cannot be revoked", ""},
    {"Bad_OAuth_Token", "", {}, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"invalid_token", "", {}, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"invalid_grant", "", {}, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"inactive_user", "", {}, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"INVALID_SESSION_ID", "", {}, "invalid_token", Advice::sign_in_again, kWrongToken, ""},
    {"invalid_token", "", Endpoint::authorize, "invalid_token", Advice::restart, kWrongToken, ""},
    {"invalid_token", "", Endpoint::challenge, "invalid_token", Advice::restart, kWrongToken, ""},
    {"INVALID_SESSION_ID", "", Endpoint::authorize, "invalid_token", Advice::restart, kWrongToken, ""},
    {"INVALID_SESSION_ID", "", Endpoint::challenge, "invalid_token", Advice::restart, kWrongToken, ""},

    // The app: not there, blocked, or without what this flow needs.
    {"app_blocked", "", {}, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"fail_close_app_blocked", "", {}, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"client_blocked", "", {}, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"OAUTH_APP_BLOCKED", "", {}, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"OAUTH_AUTHORIZATION_BLOCKED", "", {}, "app_blocked", Advice::fix_org, "the app is blocked in this org", kBlocked},
    {"OAUTH_APP_ACCESS_DENIED", "", {}, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"OAUTH_EC_APP_NOT_FOUND", "", {}, "unknown_client", Advice::fix_org, "the app is not found in this org", kClientKey},
    {"OAUTH_APPROVAL_ERROR_GENERIC", "", {}, "access_denied", Advice::fix_org, "the server denies access", kPreAuthorized},
    {"CLIENT_NOT_ACCESSIBLE_FOR_USER", "", {}, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"app_not_found", "", {}, "unknown_client", Advice::fix_org, "the app is not found in this org", kClientKey},
    {"invalid_client_id", "", {}, "unknown_client", Advice::fix_org, "the server does not know this client_id", kClientKey},
    {"installation_error", "", {}, "app_not_installed", Advice::fix_org, kNotInstalled, kInstalled},
    {"invalid_distribution_state", "", {}, "app_not_installed", Advice::fix_org, kNotInstalled, kInstalled},
    {"ecapp_policy_not_found", "", {}, "app_not_installed", Advice::fix_org, "the app has no policies in this org", kInstalled},
    {"oauth_policy_not_found", "", {}, "app_not_installed", Advice::fix_org, "the app has no policies in this org", kInstalled},
    {"invalid_app_access", "", {}, "not_admin_approved", Advice::fix_org, kNotApproved, kPreAuthorized},
    {"app_attest_failed", "", {}, "mobile_attestation", Advice::fix_org, "the server wants a mobile device's attestation", kMobileAttestation},
    {"app_attest_failed_retry", "", {}, "mobile_attestation", Advice::retry_later, "the server could not check the device's attestation now", kMobileAttestation},
    {"invalid_client", "", {}, "invalid_client", Advice::fix_org, "the server does not take the client's secret", kClientSecret},
    {"invalid_client_credentials", "", {}, "invalid_client", Advice::fix_org, "the server does not take the client's secret", kClientSecret},
    {"invalid_client_assertion", "", {}, "invalid_client", Advice::fix_org, "the server does not take the client's signed assertion", kAssertionType},
    {"invalid_assertion_type", "", {}, "invalid_client", Advice::fix_org, "the server does not take the kind of the client's assertion", kAssertionType},
    {"bad_jti_claim", "", {}, "invalid_client", Advice::restart, "the server has seen the client's assertion before, or cannot read its jti", kAssertionType},
    {"invalid_basic_auth_header", "", {}, "invalid_basic_header", Advice::fix_org, "the server cannot read the Authorization: Basic header", kBasicHeader},
    {"redirect_uri_mismatch", "", {}, "redirect_uri_mismatch", Advice::fix_org, "the redirect_uri is not registered for this app", kCallback},
    {"redirect_uri_missing", "", {}, "redirect_uri_mismatch", Advice::fix_org, "the app has no callback, or the server did not see one", kCallback},
    {"invalid_redirect_uri", "", {}, "redirect_uri_mismatch", Advice::fix_org, "the redirect_uri is not registered for this app", kCallback},
    {"oauth_flow_disabled", "", {}, "flow_not_enabled", Advice::fix_org, kNotEnabled, kHeadlessSwitches},
    {"oauth_flow_disabled", "", {}, "guest_flow_not_enabled", Advice::fix_org, "the guest flow is not enabled for this app", kGuestSwitch, Asker::guest},
    {"unauthorized_client", "", {}, "flow_not_enabled", Advice::fix_org, kNotEnabled, kHeadlessSwitches},
    {"unsupported_response_type", "", {}, "flow_not_enabled", Advice::fix_org, kNotEnabled, kHeadlessSwitches},
    {"FUNCTIONALITY_NOT_ENABLED", "", {}, "flow_not_enabled", Advice::fix_org, "the org does not have this feature", kFeature},
    {"invalid_scope", "", {}, "invalid_scope", Advice::fix_org, "a scope that was asked for is not selected on the app", kScopes},
    {"insufficient_scope", "", {}, "invalid_scope", Advice::fix_org, "the token lacks a scope that this call needs", kScopes},
    {"invalid_request", "", {}, "invalid_request", Advice::fix_org, "the server does not take the request as it is written", kRequest},
    {"invalid_session_level", "", {}, "session_level", Advice::fix_org, "the app demands a session of high assurance", kSessionLevel},
    {"invalid_dpop_proof", "", {}, "dpop_required", Advice::fix_org, "the server wants tokens that are bound by DPoP", kDpop},
    {"use_dpop_nonce", "", {}, "dpop_required", Advice::fix_org, "the server wants tokens that are bound by DPoP", kDpop},
    {"invalid_expid", "", {}, "invalid_experience_id", Advice::fix_org, "the server does not know the experience id", kExperienceId},
    {"unsupported_expid", "", {}, "invalid_experience_id", Advice::fix_org, "the server does not take an experience id here", kExperienceId},
    {"exceeded_registration_limit", "", {}, "client_registration", Advice::fix_org, "the server registers no more clients", kRegistrationOfClients},
    {"failed_registration", "", {}, "client_registration", Advice::fix_org, "the server does not register the client", kRegistrationOfClients},
    {"registration_error", "", {}, "client_registration", Advice::fix_org, "the server does not register the client", kRegistrationOfClients},
    {"authorization_pending", "", {}, "authorization_pending", Advice::retry_later, "the person has not approved yet", ""},
    {"immediate_unsuccessful", "", {}, "interaction_required", Advice::restart, "the server wants the person to sign in or to approve", ""},
    {"interaction_required", "", {}, "interaction_required", Advice::restart, "the server wants the person to sign in or to approve", ""},
    {"login_required", "", {}, "interaction_required", Advice::restart, "the server wants the person to sign in or to approve", ""},
    {"consent_required", "", {}, "interaction_required", Advice::restart, "the server wants the person to sign in or to approve", ""},
    {"access_denied", "", {}, "access_denied", Advice::fix_org, "the server denies access", kPreAuthorized},
    {"unknown_error", "", {}, "server_error", Advice::retry_later, "the server failed, and does not say why", ""},
    {"login_error", "", {}, "access_denied", Advice::restart, "the sign-in was refused", ""},

    // The org, and REST's own codes.
    {"inactive_org", "", {}, "inactive_org", Advice::fix_org, "the org is not active", "the org is locked, closed or suspended"},
    {"ORG_LOCKED", "", {}, "inactive_org", Advice::fix_org, "the org is not active", "the org is locked, closed or suspended"},
    {"TRIAL_EXPIRED", "", {}, "inactive_org", Advice::fix_org, "the org is not active", "the org's trial has ended"},
    {"API_CURRENTLY_DISABLED", "", {}, "api_disabled", Advice::fix_org, "the user may not use the API", kApiEnabled},
    {"API_DISABLED_FOR_ORG", "", {}, "api_disabled", Advice::fix_org, "the org may not use the API", kApiEnabled},
    {"INVALID_ISS", "", {}, "wrong_host", Advice::fix_org, "the token is not good at this host", kSiteHost},
    {"INVALID_AUTH_HEADER", "", {}, "wrong_host", Advice::fix_org, "the token is not good at this host", kSiteHost},
    {"URL_NOT_RESET", "", {}, "wrong_host", Advice::fix_org, "the request belongs to another host of the org", kSiteHost},
    {"INSUFFICIENT_ACCESS", "", {}, "access_denied", Advice::fix_org, "the user has no access to this", kNoAccess},
    {"FORBIDDEN", "", {}, "access_denied", Advice::fix_org, "the user has no access to this", kNoAccess},
    {"LOGIN_DURING_RESTRICTED_DOMAIN", "", {}, "login_restricted", Advice::fix_org, "the user may not sign in from here", kLoginRules},
    {"LOGIN_DURING_RESTRICTED_TIME", "", {}, "login_restricted", Advice::fix_org, "the user may not sign in now", kLoginRules},
    {"NOT_FOUND", "", {}, "no_endpoint", Advice::fix_org, "the endpoint does not exist there", kActiveSite},
    {"METHOD_NOT_ALLOWED", "", {}, "no_endpoint", Advice::fix_org, "the endpoint does not take the request", kPermittedRequest},
    {"UNSUPPORTED_MEDIA_TYPE", "", {}, "no_endpoint", Advice::fix_org, "the endpoint does not take the request", kPermittedRequest},
    {"JSON_PARSER_ERROR", "", {}, "invalid_request", Advice::fix_org, "the server does not take the request as it is written", kRequest},
    {"MISSING_ARGUMENT", "", {}, "invalid_request", Advice::fix_org, "the server does not take the request as it is written", kRequest},
    {"INVALID_ARGUMENT", "", {}, "invalid_request", Advice::fix_org, "the server does not take the request as it is written", kRequest},
};

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '-' ? '_' : c; }

// `access-denied` is access_denied, and REST writes what OAuth writes in capitals.
constexpr bool is_same_code(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

// The more a row asks for, the more it knows: a text beats all, then who asked, then where, then the bare code.
constexpr int rank_of(const Diagnosis& row) {
  return (row.text.empty() ? 0 : 8) + (row.asker ? 4 : 0) + (row.endpoint ? 2 : 0) + (row.code.empty() ? 0 : 1);
}

constexpr bool overlap(const Diagnosis& a, const Diagnosis& b) {
  const bool texts = a.text == b.text || (!a.text.empty() && !b.text.empty() &&
                                          (a.text.find(b.text) != std::string_view::npos || b.text.find(a.text) != std::string_view::npos));
  return rank_of(a) == rank_of(b) && is_same_code(a.code, b.code) && a.asker == b.asker && a.endpoint == b.endpoint && texts;
}

// No two rows of one rank say something about the same words, so that no row hides another by where it stands.
template <size_t N>
constexpr bool is_without_order(const Diagnosis (&rows)[N]) {
  for (size_t i = 0; i < N; ++i) {
    for (size_t j = i + 1; j < N; ++j) {
      if (overlap(rows[i], rows[j])) return false;
    }
  }
  return true;
}
static_assert(is_without_order(kOutages) && is_without_order(kDiagnoses));

bool matches(const Diagnosis& row, std::string_view code, std::string_view text, const Refusal& about) {
  return (row.code.empty() || is_same_code(row.code, code)) && (row.text.empty() || contains_ignoring_case(text, row.text)) &&
         (!row.endpoint || *row.endpoint == about.endpoint) && (!row.asker || *row.asker == about.asker);
}

// What gateways, load balancers and maintenance pages write, in a body, a title or a text.
struct OutageWords {
  std::string_view words;
  const Diagnosis* means;
};
constexpr Diagnosis kTooMany = {"", "", {}, "rate_limited", Advice::retry_later, kBusy, ""};
constexpr Diagnosis kFailed = {"", "", {}, "server_error", Advice::retry_later, kDown, ""};
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

const Diagnosis* find_diagnosis(std::string_view code, std::string_view text, Refusal about) {
  for (const Diagnosis& row : kOutages) {
    if (matches(row, code, text, about)) return &row;
  }
  const Diagnosis* best = nullptr;
  for (const Diagnosis& row : kDiagnoses) {
    if (matches(row, code, text, about) && (best == nullptr || rank_of(row) > rank_of(*best))) best = &row;
  }
  return best;
}

const Diagnosis* find_outage(std::string_view text) {
  for (const OutageWords& row : kOutageWords) {
    if (contains_ignoring_case(text, row.words)) return row.means;
  }
  return nullptr;
}

}  // namespace hlid
