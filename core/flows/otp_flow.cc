#include "flows/otp_flow.h"

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "oauth/init_response.h"

namespace hlid {

Result<void> check_who(const Work& work) {
  if (!work.parameter("username") && !work.parameter("login_hint"))
    return Error::argument("username", "or login_hint is missing");
  if (work.parameter("customdata") && !work.parameter("login_hint"))
    return Error::argument("customdata", "is for user discovery: it goes with login_hint");
  return {};
}

void add_who(Work& work, FormWriter& form) {
  if (const auto username = work.parameter("username")) form.add("username", *username);
  if (const auto hint = work.parameter("login_hint")) form.add("login_hint", *hint);
  if (const auto customdata = work.parameter("customdata")) form.add_secret("customdata", *customdata);
}

void add_who(Work& work, JsonBody& body) {
  if (const auto username = work.parameter("username")) body.add("username", *username);
  if (const auto hint = work.parameter("login_hint")) body.add("login_hint", *hint);
  if (const auto customdata = work.parameter("customdata")) body.add_json("customdata", *customdata);
}

void add_new_user(Work& work, JsonBody& body) {
  body.add_json("userdata", *work.parameter("userdata"));
  if (const auto customdata = work.parameter("customdata")) body.add_json("customdata", *customdata);
  if (const auto password = work.parameter("password")) body.add_secret("password", *password);
}

void add_recaptcha(Work& work, JsonBody& body) {
  if (const auto token = work.parameter("recaptcha")) body.add_secret("recaptcha", *token);
  if (const auto event = work.parameter("recaptcha_event")) body.add_json("recaptchaevent", *event);
}

bool is_for_person(const Error& error) {
  const auto& data = error.data();
  return data.advice == Advice::ask_again || data.outcome_unknown || data.advice == Advice::retry_later;
}

Result<Branch> read_init(Work& work, Asker asker) {
  const bool had_recaptcha = work.parameter("recaptcha") || work.parameter("recaptcha_event");
  auto identifier =
      read_init_response(work.response, {Endpoint::init, asker, true}, {had_recaptcha, has_bearer(work)}, work.now_ms);
  if (!identifier) {
    // Nothing has been sent to a person yet, and the reCAPTCHA token was not looked at.
    if (is_bearer_refusal(identifier.error()) && renew_bearer(work)) return Branch::otherwise;
    return std::move(identifier).error();
  }
  work.drop_single_use();
  work.rounds = 0;
  work.keep(Slot::identifier, std::move(*identifier));
  return Branch::then;
}

Result<void> ask_otp(Work& work) {
  work.ask.name = "otp";
  work.ask.secret = true;
  return {};
}

Result<Branch> take_otp(Work& work) {
  work.keep(Slot::otp, std::move(work.given));
  return Branch::then;
}

Result<void> authorize_with_otp(Work& work, std::string_view type) {
  if (auto begun = begin_authorize(work, type); !begun) return begun;
  add_header(work, "Auth-Verification-Type", *work.parameter("verification_method"));
  add_basic(work, work.slot(Slot::identifier), work.slot(Slot::otp), work.app.url_safe_basic);
  add_visitor(work);
  finish_authorize(work);
  return {};
}

Result<Branch> read_otp_authorize(Work& work, Asker asker) {
  auto read = read_authorize(work, asker);
  work.forget(Slot::otp);
  if (read) {
    work.forget(Slot::identifier);
    return Branch::then;
  }
  if (std::string_view(read.error().data().reason) == "registration_refused" || !is_for_person(read.error()))
    return std::move(read).error();
  forget_authorize(work);
  work.ask.problem = std::move(read).error();
  auto& problem = work.ask.problem->edit();
  problem.advice = Advice::ask_again;
  // The server calls the right password wrong as well, once its attempts are used up.
  if (std::string_view(problem.reason) == "invalid_otp" && ++work.rounds >= kOtpAttempts) {
    problem.reason = "regenerate_otp";
    problem.message =
        "the one-time password is wrong, and so many were that the server may accept none any more: have a new message sent";
  }
  return Branch::otherwise;
}

// The attempt may have been counted. The identifier is still good, and the person decides.
Result<Branch> ask_otp_again(Work& work) {
  work.forget(Slot::otp);
  forget_authorize(work);
  work.ask.problem->edit().advice = Advice::ask_again;
  return Branch::then;
}

Result<void> exchange_code(Work& work) {
  if (auto begun = begin_token(work); !begun) return begun;
  finish_token(work);
  return {};
}

}  // namespace hlid
