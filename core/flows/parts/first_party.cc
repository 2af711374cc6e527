#include "flows/parts/first_party.h"

#include <optional>

#include "engine/assertion.h"
#include "flows/parts/bearer.h"
#include "jose/assertion.h"
#include "oauth/pkce.h"

namespace hlid {
namespace {

// Challenges that one session may go through: a server that asks without end is not obeyed without end (F27).
constexpr int64_t kMaxChallenges = 10;

// The first challenge begins a session; what the last one left must not meet it.
void forget_session(Context& flow) {
  flow.forget(kAuthSession);
  flow.forget(kOtp);
  flow.keep_number(kChallenges, 0);
}

Error wrong_value(const ChallengeResponse& response, int32_t http_status, bool was_otp) {
  Error error = was_otp ? Error::refused("invalid_otp", "the one-time password is wrong or has expired")
                        : Error::refused("invalid_credentials", "the username or the password is wrong");
  return std::move(error)
      .advise(Advice::ask_again)
      .server(response.server_code.view(), response.server_text.view())
      .http_status(http_status);
}

bool ends_the_flow(const Error& error) {
  return std::string_view(error.data().reason) == "registration_refused" || !is_for_person(error);
}

// Keeps the newest session, and counts.
Result<void> keep_session(Context& flow, ChallengeResponse& response) {
  flow.keep_number(kChallenges, flow.number(kChallenges) + 1);
  if (flow.number(kChallenges) > kMaxChallenges) {
    return Error::protocol("too_many_challenges", "the server issued more than ten challenges")
        .advise(Advice::restart)
        .http_status(flow.response.status);
  }
  if (!response.auth_session.empty()) {
    flow.forget(kAuthSession);  // not only overwritten: the server's words may still say it back
    flow.keep(kAuthSession, std::move(response.auth_session));
  }
  if (flow.has(kAuthSession)) return {};
  return Error::protocol("bad_auth_session", "the challenge response has no auth_session to continue with")
      .advise(Advice::restart)
      .http_status(flow.response.status);
}

Question keep_first_party_code(Context& flow, ChallengeResponse& response) {
  flow.keep(kCode, std::move(response.code));
  forget_session(flow);
  flow.forget(kPassword);
  return Question::none;
}

}  // namespace

Result<void> check_first_party(const App& app) {
  if (!app.host_signs && !app.private_key) {
    return Error(Error::argument("private_key", "is missing: first-party flows prove the client with it"))
        .hint(hints::kHostSigns);
  }
  if (app.client_auth == ClientAuth::none) {
    return Error::argument("client_secret",
                           "is missing: first-party flows are for private clients (a secret, or private_key_jwt)");
  }
  if (app.first_party_redirect_uri && app.redirect_uri.empty()) {
    return Error::argument("redirect_uri", "is missing: the setting first_party_redirect_uri sends it");
  }
  return {};
}

Result<void> ask_signature(Context& flow) {
  auto input = client_assertion_input(flow, flow.app.site);
  if (!input) return std::move(input).error();
  flow.keep(kAssertion, input->view());
  *flow.sign = {"RS256", std::move(*input)};
  return {};
}

Result<void> keep_signature(Context& flow) {
  if (auto good = check_signature(flow); !good) return good;
  flow.keep(kAssertion, assertion_of(flow.slot(kAssertion), flow.given.view()));
  return {};
}

// PKCE begins with the first challenge here, not with an authorize call: a new pair for each.
template <typename FormOrJson>
Result<void> begin_challenge(Context& flow, FormOrJson& body) {
  forget_session(flow);
  auto pkce = make_pkce_pair();
  if (!pkce) return std::move(pkce).error();
  flow.keep(kVerifier, std::move(pkce->verifier));
  if (flow.app.first_party_response_type) body.add("response_type", "code");
  body.add("client_id", flow.app.client_id);
  body.add_secret("client_assertion", flow.slot(kAssertion));
  add_challenge_and_scope(flow, body, pkce->challenge.view());
  return {};
}
template Result<void> begin_challenge(Context& flow, FormWriter& body);
template Result<void> begin_challenge(Context& flow, JsonBody& body);

Result<Question> read_challenge(Context& flow, bool asks_password) {
  flow.forget(kAssertion);  // its jti is used up
  return next_question(flow, read_challenge_response(flow.response, flow.refusal(), flow.now_ms), asks_password);
}

Result<Question> next_question(Context& flow, Result<ChallengeResponse> response, bool asks_password) {
  flow.drop_single_use();
  if (!response) {
    if (!asks_password || ends_the_flow(response.error())) return std::move(response).error();
    ask_again(flow, std::move(response).error());
    return Question::password;
  }
  if (response->says == ChallengeResponse::Says::code) return keep_first_party_code(flow, *response);
  const bool wrong = response->says == ChallengeResponse::Says::wrong;
  if (wrong && !asks_password) return wrong_value(*response, flow.response.status, false);
  if (auto kept = keep_session(flow, *response); !kept) return std::move(kept).error();
  if (!wrong) return Question::otp;
  ask_again(flow, wrong_value(*response, flow.response.status, false));
  return Question::password;
}

Result<void> fill_proceed(Context& flow) {
  FormWriter form = form_of(flow);
  form.add_secret("auth_session", flow.slot(kAuthSession));
  if (flow.has(kPassword)) {
    form.add_secret("password", flow.slot(kPassword));
  } else {
    form.add_secret("login_otp", flow.slot(kOtp));
  }
  return {};
}

Result<Question> read_proceed(Context& flow) {
  const bool was_otp = !flow.has(kPassword);
  const Question asked = was_otp ? Question::otp : Question::password;
  flow.forget(kPassword);
  flow.forget(kOtp);
  auto response = read_challenge_response(flow.response, flow.refusal(), flow.now_ms);
  if (!response) {
    if (ends_the_flow(response.error())) return std::move(response).error();
    ask_again(flow, std::move(response).error());
    return asked;
  }
  if (response->says == ChallengeResponse::Says::code) return keep_first_party_code(flow, *response);
  if (auto kept = keep_session(flow, *response); !kept) return std::move(kept).error();
  // A one-time password that is asked for again was not the right one.
  if (response->says == ChallengeResponse::Says::otp_sent && !was_otp) return Question::otp;
  ask_again(flow, wrong_value(*response, flow.response.status, was_otp));
  return asked;
}

Question forget_value(Context& flow) {
  const Question asked = flow.has(kPassword) ? Question::password : Question::otp;
  flow.forget(kPassword);
  flow.forget(kOtp);
  ask_again(flow, std::move(*flow.failure));
  return asked;
}

// According to the draft: without a redirect there is no redirect_uri to send.
Result<void> exchange_first_party_code(Context& flow) {
  return flow.app.first_party_redirect_uri ? exchange_code(flow) : exchange_code_without_redirect(flow);
}

bool is_about_integration_token(const Error& error) {
  const std::string_view reason = error.data().reason;
  return reason == "invalid_token" || reason == "unauthorized";
}

}  // namespace hlid
