// The complete list of codes at every endpoint and for everyone who may ask: each has a kind, an advice, and a hint where
// it is the org's fault; and nothing that passes ever ends a session.
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/integration_token.h"
#include "flows/parts/init_response.h"
#include "flows/parts/password_reset.h"
#include "flows/parts/passwordless.h"
#include "flows/parts/registration.h"
#include "flows/registry.h"
#include "oauth/diagnoses.h"
#include "oauth/oauth_error.h"
#include "oauth/response.h"

namespace hlid {
namespace {

constexpr std::string_view kOAuthCodes[] = {"access_denied",
                                            "app_blocked",
                                            "fail_close_app_blocked",
                                            "app_not_found",
                                            "invalid_app_access",
                                            "installation_error",
                                            "invalid_distribution_state",
                                            "ecapp_policy_not_found",
                                            "oauth_policy_not_found",
                                            "app_attest_failed",
                                            "app_attest_failed_retry",
                                            "authorization_pending",
                                            "slow_down",
                                            "bad_jti_claim",
                                            "exceeded_registration_limit",
                                            "failed_registration",
                                            "registration_error",
                                            "immediate_unsuccessful",
                                            "invalid_assertion_type",
                                            "invalid_basic_auth_header",
                                            "invalid_client",
                                            "invalid_client_id",
                                            "invalid_dpop_proof",
                                            "use_dpop_nonce",
                                            "invalid_expid",
                                            "unsupported_expid",
                                            "invalid_grant",
                                            "invalid_otp",
                                            "otp_error",
                                            "login_error",
                                            "invalid_request",
                                            "invalid_scope",
                                            "invalid_session_level",
                                            "invalid_token",
                                            "unsupported_token_type",
                                            "oauth_flow_disabled",
                                            "redirect_uri_missing",
                                            "redirect_uri_mismatch",
                                            "server_error",
                                            "service_unavailable",
                                            "system_down",
                                            "unknown_error",
                                            "unsupported_grant_type",
                                            "unsupported_response_type",
                                            "inactive_user",
                                            "inactive_org",
                                            "rate_limit_exceeded",
                                            "invalid_client_credentials",
                                            "client_blocked",
                                            "temporarily_unavailable",
                                            "unauthorized_client",
                                            "insufficient_scope"};
constexpr std::string_view kRestCodes[] = {"INVALID_SESSION_ID",
                                           "API_CURRENTLY_DISABLED",
                                           "API_DISABLED_FOR_ORG",
                                           "REQUEST_LIMIT_EXCEEDED",
                                           "LOGIN_RATE_EXCEEDED",
                                           "CONCURRENT_REQUESTS_LIMIT_EXCEEDED",
                                           "SERVER_UNAVAILABLE",
                                           "UNKNOWN_EXCEPTION",
                                           "QUERY_TIMEOUT",
                                           "ORG_LOCKED",
                                           "TRIAL_EXPIRED",
                                           "INSUFFICIENT_ACCESS",
                                           "FORBIDDEN",
                                           "NOT_FOUND",
                                           "METHOD_NOT_ALLOWED",
                                           "FUNCTIONALITY_NOT_ENABLED",
                                           "INVALID_AUTH_HEADER",
                                           "JSON_PARSER_ERROR",
                                           "LOGIN_DURING_RESTRICTED_DOMAIN",
                                           "LOGIN_DURING_RESTRICTED_TIME"};
// A temporary fault or too many requests, whoever asks and wherever.
constexpr std::string_view kPassing[] = {"server_error",
                                         "service_unavailable",
                                         "system_down",
                                         "temporarily_unavailable",
                                         "slow_down",
                                         "rate_limit_exceeded",
                                         "REQUEST_LIMIT_EXCEEDED",
                                         "LOGIN_RATE_EXCEEDED",
                                         "CONCURRENT_REQUESTS_LIMIT_EXCEEDED",
                                         "SERVER_UNAVAILABLE",
                                         "UNKNOWN_EXCEPTION",
                                         "QUERY_TIMEOUT"};
// What only an admin can change, whoever asks and wherever.
constexpr std::string_view kOrgs[] = {"app_blocked",
                                      "fail_close_app_blocked",
                                      "client_blocked",
                                      "app_not_found",
                                      "invalid_app_access",
                                      "installation_error",
                                      "invalid_distribution_state",
                                      "ecapp_policy_not_found",
                                      "oauth_policy_not_found",
                                      "app_attest_failed",
                                      "invalid_basic_auth_header",
                                      "invalid_client_credentials",
                                      "invalid_client_id",
                                      "invalid_dpop_proof",
                                      "use_dpop_nonce",
                                      "invalid_expid",
                                      "unsupported_expid",
                                      "invalid_session_level",
                                      "oauth_flow_disabled",
                                      "redirect_uri_missing",
                                      "redirect_uri_mismatch",
                                      "unsupported_grant_type",
                                      "unsupported_response_type",
                                      "inactive_org"};

struct Place {
  Endpoint endpoint;
  const char* flow;
};

const ErrorSpec& errors_of(const char* flow) {
  const FlowSpec* spec = find_flow(flow);
  return spec == nullptr ? kIntegrationErrors : *spec->errors;
}

const InitSpec& init_of(const char* flow) {
  const std::string_view name = flow;
  return name == "registration" ? kRegistrationInit : name == "password_reset" ? kPasswordResetInit : kPasswordlessInit;
}
constexpr Place kInits[] = {
    {Endpoint::init, "registration"}, {Endpoint::init, "passwordless_login"}, {Endpoint::forgot_password, "password_reset"}};

enum class Shape { oauth, rest, word };

Response response_of(std::string_view code, Shape shape, int32_t status) {
  Response response;
  response.status = status;
  response.http_version = 20;
  response.headers.add("Content-Type", shape == Shape::word ? "text/html" : "application/json", false);
  const std::string name(code);
  response.body = Secret(shape == Shape::oauth  ? "{\"error\":\"" + name + "\",\"error_description\":\"as the server says\"}"
                         : shape == Shape::rest ? "[{\"errorCode\":\"" + name + "\",\"message\":\"as the server says\"}]"
                                                : name + "\r\n");
  return response;
}

std::string shown(std::string_view code, const Place& place, const Error& error) {
  const auto& data = error.data();
  return std::string(code) + " at " + std::string(name_of(place.endpoint)) + " in " + place.flow + ": " +
         std::string(name_of(data.advice)) + " " + data.reason;
}

Error refusal(std::string_view code, Shape shape, const Place& place, int32_t status = 400) {
  const Response response = response_of(code, shape, status);
  const Refusal about{place.endpoint, errors_of(place.flow), true};
  if (place.endpoint == Endpoint::init) return std::move(read_init_response(response, about, init_of(place.flow), {}, 0)).error();
  if (place.endpoint == Endpoint::forgot_password)
    return std::move(*read_forgot_response(response, about, init_of(place.flow), {}, 0).error);
  return read_refusal(response, about, 0);
}

// Wherever any flow sends a request, and the engine for it.
std::vector<Place> all_places() {
  std::vector<Place> out(std::begin(kInits), std::end(kInits));
  out.push_back({Endpoint::token, "integration"});
  out.push_back({Endpoint::keys, "login"});
  for (const FlowSpec* flow : all_flows()) {
    for (const StateSpec& state : flow->states) {
      if (state.request == nullptr || state.request->endpoint == Endpoint::init ||
          state.request->endpoint == Endpoint::forgot_password)
        continue;
      out.push_back({state.request->endpoint, flow->name});
    }
    if (flow->shows()) out.push_back({Endpoint::authorize, flow->name});
  }
  return out;
}

bool holds(const auto& list, std::string_view code) {
  for (const std::string_view own : list) {
    if (own == code) return true;
  }
  return false;
}

void expect_told(std::string_view code, const Place& place, const Error& error) {
  const auto& data = error.data();
  EXPECT_EQ(data.kind, Kind::refused) << shown(code, place, error);
  EXPECT_NE(std::string_view(data.reason), "refused") << shown(code, place, error);
  EXPECT_EQ(data.raw_code.view(), code) << shown(code, place, error);
  EXPECT_FALSE(data.message.empty()) << shown(code, place, error);
  EXPECT_TRUE(data.advice != Advice::fix_org || !data.hint.empty()) << shown(code, place, error);
  // Nothing to do: only for a token that is gone where it was to go, or that cannot be revoked.
  const std::string_view reason = data.reason;
  EXPECT_TRUE(data.advice != Advice::none || reason == "invalid_token" || reason == "unsupported_token_type")
      << shown(code, place, error);
}

TEST(Codes, are_told_at_every_endpoint_in_every_shape) {
  for (const Place& place : all_places()) {
    for (const std::string_view code : kOAuthCodes) {
      expect_told(code, place, refusal(code, Shape::oauth, place));
      if (place.endpoint != Endpoint::init && place.endpoint != Endpoint::forgot_password)
        expect_told(code, place, refusal(code, Shape::word, place));
    }
    for (const std::string_view code : kRestCodes) expect_told(code, place, refusal(code, Shape::rest, place, 403));
  }
}

TEST(Codes, g08_that_pass_say_come_back_later_everywhere) {
  for (const Place& place : all_places()) {
    for (const std::string_view code : kPassing) {
      for (const int32_t status : {200, 400, 401, 403}) {
        const Error error = refusal(code, Shape::oauth, place, status);
        EXPECT_EQ(error.data().advice, Advice::retry_later) << shown(code, place, error) << " " << status;
        EXPECT_EQ(refusal(code, Shape::rest, place, status).data().advice, Advice::retry_later)
            << shown(code, place, error) << " " << status;
      }
    }
  }
}

TEST(Codes, g08_never_end_a_session_with_a_status_that_passes) {
  for (const Place& place : all_places()) {
    for (const std::string_view code : kOAuthCodes) {
      for (const int32_t status : {408, 425, 429, 500, 502, 503, 504}) {
        const Error error = refusal(code, Shape::oauth, place, status);
        EXPECT_EQ(error.data().advice, Advice::retry_later) << shown(code, place, error) << " " << status;
      }
    }
  }
}

TEST(Codes, of_the_org_name_what_an_admin_can_change) {
  for (const Place& place : all_places()) {
    for (const std::string_view code : kOrgs) {
      // What a program registers is its own to correct.
      if (place.endpoint == Endpoint::register_client && code.starts_with("redirect_uri")) continue;
      const Error error = refusal(code, Shape::oauth, place);
      EXPECT_EQ(error.data().advice, Advice::fix_org) << shown(code, place, error);
    }
  }
}

// Only what says that the token itself is over.
TEST(Codes, that_end_a_session_are_few) {
  constexpr std::string_view kEnds[] = {"invalid_grant", "invalid_token", "inactive_user", "immediate_unsuccessful"};
  for (const std::string_view code : kOAuthCodes) {
    const Error error = refusal(code, Shape::oauth, {Endpoint::token, "refresh"});
    EXPECT_EQ(error.data().advice == Advice::sign_in_again, holds(kEnds, code)) << code;
  }
}

TEST(Codes, are_the_same_in_capitals_and_with_hyphens) {
  const Refusal about{Endpoint::token, errors_of("refresh"), true};
  EXPECT_EQ(find_diagnosis("App-Blocked", "", about), find_diagnosis("app_blocked", "", about));
  EXPECT_EQ(find_diagnosis("app_blocke", "", about), nullptr);
  EXPECT_EQ(find_diagnosis("app_blocked_", "", about), nullptr);
}

// Who asked counts before where, where before the bare code, and a text before all three; an outage before everything.
TEST(Codes, are_decided_by_the_row_that_knows_most) {
  const auto reason = [](std::string_view code, std::string_view text, Endpoint endpoint, const char* flow) {
    const Diagnosis* row = find_diagnosis(code, text, {endpoint, errors_of(flow), true});
    return std::string(row == nullptr ? "" : row->reason);
  };
  EXPECT_EQ(reason("invalid_grant", "", Endpoint::userinfo, "native_sso"), "invalid_token");
  EXPECT_EQ(reason("invalid_grant", "", Endpoint::code, "login"), "code_refused");
  EXPECT_EQ(reason("invalid_grant", "", Endpoint::token, "integration"), "integration_refused");
  EXPECT_EQ(reason("invalid_grant", "", Endpoint::token, "refresh"), "refresh_refused");
  EXPECT_EQ(reason("invalid_grant", "user is not admin approved", Endpoint::token, "refresh"), "not_admin_approved");
  EXPECT_EQ(reason("system_down", "user is not admin approved", Endpoint::token, "refresh"), "server_error");
}

}  // namespace
}  // namespace hlid
