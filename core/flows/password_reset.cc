// A forgotten password: a one-time password and the new one, both to one endpoint. It ends without a session.
#include "flows/fields.h"
#include "flows/otp_flow.h"
#include "flows/registry.h"
#include "oauth/init_response.h"

namespace hlid {
namespace {

constexpr char kPath[] = "/services/auth/headless/forgot_password";

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,       kLoginHintParameter,     kCustomdataParameter,       kRecaptchaParameter,
    kRecaptchaEventParameter, kEmailTemplateParameter, kIntegrationTokenParameter,
};
constexpr ValueSpec kAsks[] = {
    kOtpAsk,
    {.name = "new_password",
     .form = Form::utf8,
     .secret = true,
     .max_bytes = kMaxPassword,
     .doc = "The new password, byte for byte. What the org's password policy says against it is in the problem's server_text, "
            "and is meant for the person.",
     .chosen = true},
};
constexpr ResultSpec kPasswordReset = {"PasswordReset", "The password is changed. There is no session: sign in with it.", {}};

constexpr OrgSetting kOrgSettings[] = {
    {"Login & Registration: Headless Forgot Password: require authentication, or reCAPTCHA (one of the two at least)",
     "NetworkAuthApiSettings.DoesForgotPasswordRequireAuth, IsRecaptchaRequiredForgotPwd"},
    {"Login & Registration: Headless Forgot Password: maximum attempts", "NetworkAuthApiSettings.MaxPasswordResetAttempts"},
};

enum State : uint8_t { kGate, kBearer, kForgot, kAskOtp, kAskPassword, kReset, kDone, kResetGate, kResetBearer };

Result<void> check(Work& work) { return check_who(work); }

Result<void> forgot(Work& work) {
  begin_json_request(work, "forgot_password", kPath, false);
  if (auto added = add_integration_bearer(work, "forgot_password"); !added) return added;
  JsonBody body = json_of(work);
  add_who(work, body);
  add_recaptcha(work, body);
  if (const auto id = work.parameter("email_template")) body.add("emailtemplate", *id);
  body.end();
  return {};
}

ForgotResponse read(Work& work) {
  const bool had_recaptcha = work.parameter("recaptcha") || work.parameter("recaptcha_event");
  return read_forgot_response(work.response, {Endpoint::forgot_password, Asker::password_reset, true},
                              {had_recaptcha, has_bearer(work)}, work.now_ms);
}

Result<Branch> sent(Work& work) {
  ForgotResponse response = read(work);
  if (!response.error) {
    work.drop_single_use();
    return Branch::then;
  }
  if (is_bearer_refusal(*response.error) && renew_bearer(work)) return Branch::otherwise;
  return std::move(*response.error);
}

Result<void> ask_new_password(Work& work) {
  work.ask.name = "new_password";
  work.ask.secret = true;
  return {};
}

// A ticket keeps no token: a flow that came out of one fetches it for its second step.
Branch to_reset(const Work& work) { return wants_bearer(work) && !has_bearer(work) ? Branch::otherwise : Branch::then; }

Result<Branch> take_password(Work& work) {
  work.keep(Slot::password, std::move(work.given));
  return to_reset(work);
}

// The server tells the second step from the first by these two members. A reCAPTCHA token only goes along if
// the caller has set a new one.
Result<void> reset(Work& work) {
  begin_json_request(work, "reset_password", kPath, false);
  if (auto added = add_integration_bearer(work, "forgot_password"); !added) return added;
  JsonBody body = json_of(work);
  if (const auto username = work.parameter("username")) body.add("username", *username);
  if (const auto hint = work.parameter("login_hint")) body.add("login_hint", *hint);
  body.add_secret("otp", work.slot(Slot::otp));
  body.add_secret("newpassword", work.slot(Slot::password));
  add_recaptcha(work, body);
  body.end();
  return {};
}

// A password that the policy refuses leaves the one-time password as it was; anything else asks for both again.
Result<Branch> finished(Work& work) {
  ForgotResponse response = read(work);
  work.drop_single_use();
  if (!response.error) return Branch::then;
  work.forget(Slot::password);
  if (!is_for_person(*response.error)) return std::move(*response.error);
  response.error->edit().advice = Advice::ask_again;
  if (std::string_view(response.error->data().reason) != "password_policy") work.forget(Slot::otp);
  work.ask.problem = std::move(response.error);
  return Branch::otherwise;
}

// Where the person begins again: at the one-time password, unless the flow still has it.
Result<void> ask_again(Work& work) { return work.slot(Slot::otp).empty() ? ask_otp(work) : ask_new_password(work); }

Result<Branch> take_again(Work& work) {
  const bool was_otp = work.slot(Slot::otp).empty();
  work.keep(was_otp ? Slot::otp : Slot::password, std::move(work.given));
  return was_otp ? Branch::then : Branch::otherwise;
}

Result<Branch> leave_reset_gate(Work& work) {
  if (to_reset(work) == Branch::then) {
    work.waiting_since_ms = 0;
    return Branch::then;
  }
  return leave_gate(work);
}

Result<Branch> no_response(Work& work) {
  work.forget(Slot::password);
  return ask_otp_again(work);
}

Result<Branch> renew(Work& work) {
  work.forget(Slot::otp);
  return wants_bearer(work) ? Branch::then : Branch::otherwise;
}

Result<uint8_t> start(Work& work) { return static_cast<uint8_t>(wants_bearer(work) ? kGate : kForgot); }

constexpr StateSpec kStates[] = {
    {"gate", Step::wait, enter_gate},
    {"bearer", Step::send, begin_bearer},
    {"forgot_password", Step::send, forgot},
    {"ask_otp", Step::ask, ask_again},
    {"ask_new_password", Step::ask, ask_new_password},
    {"reset_password", Step::send, reset},
    {"done", Step::done, nullptr},
    {"reset_gate", Step::wait, enter_gate},
    {"reset_bearer", Step::send, begin_bearer},
};
constexpr Row kRows[] = {
    {kGate, Event::time, leave_gate, kForgot, kBearer},
    {kBearer, Event::response, read_bearer, kForgot, kForgot},
    {kForgot, Event::response, sent, kAskOtp, kGate},
    {kAskOtp, Event::value, take_again, kAskPassword, kResetGate},
    {kAskOtp, Event::resend, renew, kGate, kForgot},
    {kAskPassword, Event::value, take_password, kReset, kResetGate},
    {kResetGate, Event::time, leave_reset_gate, kReset, kResetBearer},
    {kResetBearer, Event::response, read_bearer, kReset, kReset},
    {kAskPassword, Event::resend, renew, kGate, kForgot},
    {kReset, Event::response, finished, kDone, kAskOtp},
    {kReset, Event::no_response, no_response, kAskOtp, kAskOtp},
};
constexpr RequestSpec kRequests[] = {
    kBearerRequest,
    {"forgot_password", "POST", kPath, false},
    {"reset_password", "POST", kPath, false},
};

}  // namespace

constexpr FlowSpec kPasswordResetFlow = {
    .name = "password_reset",
    .summary = "Changes a forgotten password with a one-time password from a message.",
    .description =
        "A first call has the message sent, and answers the same whether the user exists or not: show it as no proof of "
        "an account. The flow then asks for the one-time password and the new password, again where one of them is "
        "refused. It ends without a session: sign in with the new password.",
    .source = "Salesforce Help: remoteaccess_headless_forgot_password_flow",
    .accepts_guest = false,
    .parameters = kParameters,
    .requests = kRequests,
    .asks = kAsks,
    .org_settings = kOrgSettings,
    .result = &kPasswordReset,
    .check = check,
    .states = kStates,
    .rows = kRows,
    .start = start,
};

}  // namespace hlid
