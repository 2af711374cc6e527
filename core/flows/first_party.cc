#include "flows/first_party.h"

#include <utility>

#include "flows/attestation.h"
#include "flows/otp_flow.h"
#include "jose/assertion.h"
#include "oauth/pkce.h"

namespace hlid {
namespace {

// PKCE begins with the first challenge here, not with an authorize call: a new pair for each.
Result<void> prove(Work& work) {
  auto pkce = make_pkce_pair();
  if (!pkce) return std::move(pkce).error();
  work.keep(Slot::verifier, std::move(pkce->verifier));
  if (work.app.host_signs) return {};
  auto assertion = signed_attestation(work);
  if (!assertion) return std::move(assertion).error();
  work.keep(Slot::assertion, std::move(*assertion));
  return {};
}

template <typename Body>
void add_proof(Work& work, Body& body) {
  if (work.app.first_party_response_type) body.add("response_type", "code");
  body.add("client_id", work.app.client_id);
  body.add_secret("client_assertion", work.slot(Slot::assertion));
  body.add("code_challenge", code_challenge_of(work.slot(Slot::verifier)).view());
  if (work.app.send_code_challenge_method) body.add("code_challenge_method", "S256");
  const std::string_view scope = work.parameter("scope").value_or(work.app.scope);
  if (!scope.empty()) body.add("scope", scope);
}

void add_extra_headers(Work& work) {
  for (const auto& [name, value] : work.app.extra_headers) add_secret_header(work, name, value.view());
}

// The first challenge begins a session; what the last one left must not meet it.
void forget_session(Work& work) {
  work.forget(Slot::auth_session);
  work.forget(Slot::otp);
  work.rounds = 0;
}

bool asked_for_password(const Work& work) { return !work.slot(Slot::password).empty(); }

Error wrong_value(const ChallengeResponse& response, int32_t http_status, bool was_otp) {
  Error error = was_otp ? Error::refused("invalid_otp", "the one-time password is wrong, or has ended")
                        : Error::refused("invalid_credentials", "the user name or the password is wrong");
  return std::move(error)
      .advise(Advice::ask_again)
      .server(response.server_code.view(), response.server_text.view())
      .http_status(http_status);
}

// The next question, and what was wrong with the last value.
Branch ask(Work& work, const char* what, std::optional<Error> problem) {
  work.ask.name = what;
  if (problem) problem->edit().advice = Advice::ask_again;
  work.ask.problem = std::move(problem);
  return Branch::then;
}

bool ends_the_flow(const Error& error) {
  return std::string_view(error.data().reason) == "registration_refused" || !is_for_person(error);
}

// A token that is not taken can only be the integration user's: no other goes with a challenge.
bool is_about_bearer(const Error& error) {
  const std::string_view reason = error.data().reason;
  return reason == "invalid_token" || reason == "unauthorized";
}

Error bearer_error(const Work& work, Error error) {
  auto& data = error.edit();
  data.reason = has_bearer(work) ? "integration_token_refused" : "integration_token_required";
  data.message = has_bearer(work) ? "the site does not take the integration user's token"
                                  : "the site wants an integration user's token with this call";
  data.advice = Advice::fix_org;
  data.hint =
      "Setup > Digital Experiences > the site > Login & Registration > Headless Registration: Require Authentication "
      "(NetworkAuthApiSettings.DoesRegistrationRequireAuth), and an integration user's token whose scopes include "
      "user_registration_api (settings integration_client_id and its secret or key, or the parameter integration_token)";
  return error;
}

// Keeps the newest session, and counts.
Result<void> keep_session(Work& work, ChallengeResponse& response) {
  if (++work.rounds > kMaxChallenges) {
    return Error::protocol("too_many_challenges", "the server asks again and again: ten times is the maximum")
        .advise(Advice::restart)
        .http_status(work.response.status);
  }
  if (!response.auth_session.empty()) {
    work.forget(Slot::auth_session);  // not only overwritten: the server's words may still say it back
    work.keep(Slot::auth_session, std::move(response.auth_session));
  }
  if (!work.slot(Slot::auth_session).empty()) return {};
  return Error::protocol("bad_auth_session", "the challenge response has no auth_session to go on with")
      .advise(Advice::restart)
      .http_status(work.response.status);
}

Branch keep_code(Work& work, ChallengeResponse& response) {
  work.keep(Slot::code, std::move(response.code));
  forget_session(work);
  work.forget(Slot::password);
  return Branch::then;
}

}  // namespace

Result<void> check_first_party(const App& app) {
  if (!app.host_signs && !app.attestation_key) {
    return Error::argument("attestation_key",
                           "is missing: first-party flows prove the client with it (or with attestation_signer host)");
  }
  if (app.client_auth == ClientAuth::none) {
    return Error::argument("client_secret",
                           "is missing: first-party flows are for private clients (a secret, or private_key_jwt)");
  }
  return {};
}

Result<void> begin_challenge(Work& work) {
  if (auto proved = prove(work); !proved) return proved;
  forget_session(work);
  begin_request(work, "challenge", "POST", kChallengePath, false);
  FormWriter form = form_of(work);
  add_proof(work, form);
  return {};
}

void end_challenge(Work& work) {
  add_visitor(work);
  finish_authorize(work);
}

Result<void> begin_json_challenge(Work& work, std::string_view scope) {
  if (auto proved = prove(work); !proved) return proved;
  forget_session(work);
  begin_json_request(work, "challenge", kChallengePath, false);
  add_extra_headers(work);
  return add_integration_bearer(work, scope);
}

void add_json_challenge(Work& work, JsonBody& body) {
  add_proof(work, body);
  if (const auto uvid = add_visitor_header(work); !uvid.empty()) body.add_secret("uvid_hint", uvid.view());
  body.end();
}

Result<Branch> read_challenge(Work& work, Asker asker) {
  const bool asked = asked_for_password(work);
  work.forget(Slot::password);
  work.forget(Slot::assertion);  // its jti is used up
  auto response = read_challenge_response(work.response, asker, work.now_ms);
  if (!response) {
    if (asker == Asker::registration && is_about_bearer(response.error())) {
      // Nothing has been sent to a person yet, and the reCAPTCHA token was not looked at.
      return has_bearer(work) && renew_bearer(work) ? Result<Branch>(Branch::otherwise)
                                                    : bearer_error(work, std::move(response).error());
    }
    work.drop_single_use();
    if (!asked || ends_the_flow(response.error())) return std::move(response).error();
    return ask(work, "password", std::move(response).error());
  }
  work.drop_single_use();
  if (response->says == ChallengeResponse::Says::code) return keep_code(work, *response);
  if (response->says == ChallengeResponse::Says::wrong && !asked) return wrong_value(*response, work.response.status, false);
  if (auto kept = keep_session(work, *response); !kept) return std::move(kept).error();
  if (response->says == ChallengeResponse::Says::otp_sent) return ask(work, "otp", std::nullopt);
  return ask(work, "password", wrong_value(*response, work.response.status, false));
}

Result<void> wait_for_nothing(Work& work) {
  work.wait_until_ms = work.now_ms;
  return {};
}

Result<Branch> host_signs(Work& work) { return work.app.host_signs ? Branch::then : Branch::otherwise; }

Result<void> ask_signature(Work& work) {
  auto input = attestation_input(work);
  if (!input) return std::move(input).error();
  work.sign.algorithm = "RS256";
  work.keep(Slot::assertion, input->view());
  work.sign.input = std::move(*input);
  return {};
}

// The key is the host's; that RSA of 2,048 to 8,192 bits made this can still be seen.
Result<Branch> take_signature(Work& work) {
  if (work.given.size() < 256 || work.given.size() > 1024) {
    return Error::argument("signature", "is not of 256 to 1024 bytes: give the bytes of RS256 as they are, not as text");
  }
  work.keep(Slot::assertion, assertion_of(work.slot(Slot::assertion), work.given.view()));
  return Branch::then;
}

Result<Branch> has_code(Work& work) { return work.slot(Slot::code).empty() ? Branch::otherwise : Branch::then; }

Result<Branch> asks_otp(Work& work) { return std::string_view(work.ask.name) == "otp" ? Branch::then : Branch::otherwise; }

Result<void> ask_first_party_password(Work& work) {
  work.ask.name = "password";
  work.ask.secret = true;
  return {};
}

Result<Branch> take_first_party_password(Work& work) {
  work.keep(Slot::password, std::move(work.given));
  return work.slot(Slot::auth_session).empty() ? Branch::otherwise : Branch::then;
}

Result<void> ask_first_party_otp(Work& work) { return ask_otp(work); }

Result<Branch> take_first_party_otp(Work& work) { return take_otp(work); }

Result<Branch> resend_first_party(Work& work) { return wants_bearer(work) ? Branch::then : Branch::otherwise; }

Result<void> proceed(Work& work) {
  begin_request(work, "challenge", "POST", kChallengePath, false);
  add_extra_headers(work);
  FormWriter form = form_of(work);
  form.add_secret("auth_session", work.slot(Slot::auth_session));
  if (asked_for_password(work)) {
    form.add_secret("password", work.slot(Slot::password));
  } else {
    form.add_secret("login_otp", work.slot(Slot::otp));
  }
  return {};
}

Result<Branch> read_proceed(Work& work, Asker asker) {
  const bool was_otp = !asked_for_password(work);
  const char* asked = was_otp ? "otp" : "password";
  work.forget(Slot::password);
  work.forget(Slot::otp);
  auto response = read_challenge_response(work.response, asker, work.now_ms);
  if (!response) {
    if (ends_the_flow(response.error())) return std::move(response).error();
    return ask(work, asked, std::move(response).error());
  }
  if (response->says == ChallengeResponse::Says::code) return keep_code(work, *response);
  if (auto kept = keep_session(work, *response); !kept) return std::move(kept).error();
  // A one-time password that is asked for once more was not the right one.
  if (response->says == ChallengeResponse::Says::otp_sent && !was_otp) return ask(work, "otp", std::nullopt);
  return ask(work, asked, wrong_value(*response, work.response.status, was_otp));
}

// Only a password that a person gave can be asked for again. What had a message sent is not repeated (F11).
Result<Branch> no_response_to_challenge(Work& work) {
  Error error = std::move(*work.ask.problem);
  work.ask.problem.reset();
  const bool asked = asked_for_password(work);
  work.forget(Slot::password);
  if (!asked) return error;
  return ask(work, "password", std::move(error));
}

// The attempt may have been counted. The session may still be good, and the person decides.
Result<Branch> no_response_to_value(Work& work) {
  const char* asked = asked_for_password(work) ? "password" : "otp";
  work.forget(Slot::password);
  work.forget(Slot::otp);
  return ask(work, asked, std::move(work.ask.problem));
}

Result<void> exchange_first_party_code(Work& work) {
  // There was no redirect, so there is none to name, says the draft.
  if (auto begun = begin_token(work, work.app.first_party_redirect_uri ? RedirectUri::send : RedirectUri::leave_out); !begun)
    return begun;
  finish_token(work);
  return {};
}

}  // namespace hlid
