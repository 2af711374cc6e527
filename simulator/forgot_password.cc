// forgot_password: both steps at one endpoint, told apart by otp and newpassword. Nothing in its responses depends on
// whether a user has the name that was given.
#include "simulator/endpoints.h"
#include "simulator/init.h"

namespace hlid_sim {
namespace {

Response failed(const Settings& settings, const char* code, json more = json::object()) {
  more["status_code"] = code;
  more["status"] = "failed";
  return json_response(settings.forgot_password_error_status, more);
}

Response send_code(Org& org, const InitCall& call, const std::string& name) {
  call.email_template();
  call.check_guarded();
  call.check_rate(name);
  const auto user = call.person(name);
  std::string username;
  std::string otp;
  // The address need not be verified: the owner of the password gave it.
  if (user && user->active && !user->api_only && !user->email.empty()) {
    username = user->username;
    otp = make_letters(call.settings().otp_length);
    call.send(user->email, "email", username, otp);
  }
  org.password_resets()->begin(name, std::move(username), std::move(otp), call.settings(), org.now_ms());
  return json_response(200, {{"status_code", "otp_sent"}, {"status", "success"}});
}

Response set_password(Org& org, const InitCall& call, const std::string& name) {
  if (call.has("emailtemplate")) call.refuse("invalid_request", "emailtemplate belongs to the first step");
  const std::string otp = call.require("otp");
  const std::string password = call.require("newpassword");
  // A request may bring a new reCAPTCHA token here, but the sources do not require one.
  call.check_protection(false);
  org.watch()->count_use("otps", name + ":" + otp);
  std::string username;
  switch (org.password_resets()->check(name, otp, call.settings(), org.now_ms(), username)) {
    case PasswordResets::Outcome::start_again: return failed(call.settings(), "regenerate_otp", {{"otp_error", "expired OTP"}});
    case PasswordResets::Outcome::wrong: return failed(call.settings(), "invalid_otp", {{"otp_error", "invalid OTP"}});
    case PasswordResets::Outcome::right: break;
  }
  if (const auto problem = password_problem(call.settings(), password))
    return failed(call.settings(), "password_policy_check_failure", {{"password_error", *problem}});
  org.password_resets()->end(name);
  org.directory()->set_password(username, password);
  return json_response(200, {{"status_code", "success"}, {"status", "success"}});
}

}  // namespace

Response forgot_password(Org& org, const Request& request) {
  const InitCall call(org, request, kForgotPasswordRules);
  if (!call.settings().is_forgot_pwd_allowed) call.refuse("invalid_request", "headless forgot password is not allowed");
  const std::string name = call.name(call.settings().is_user_disambiguation_allowed_forgot_pwd);
  return call.has("otp") || call.has("newpassword") ? set_password(org, call, name) : send_code(org, call, name);
}

}  // namespace hlid_sim
