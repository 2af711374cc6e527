// A forgotten password: a one-time password and the new one, both to one endpoint. It ends without a session.
#include "flows/parts/password_reset.h"
#include "engine/request.h"
#include "flows/parts/fields.h"
#include "flows/parts/init_response.h"
#include "flows/parts/person.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr char kPath[] = "/services/auth/headless/forgot_password";

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,       kLoginHintParameter,     kCustomdataParameter,       kRecaptchaParameter,
    kRecaptchaEventParameter, kEmailTemplateParameter, kIntegrationTokenParameter,
};
constexpr ValueSpec kNewPasswordAsk = {
    .name = "new_password",
    .charset = Charset::utf8,
    .secret = true,
    .max_bytes = kMaxPassword,
    .doc =
        "The new password, byte for byte. What the org's password policy says against it is in the problem's server_text, "
        "and is meant for the person.",
    .chosen = true};
constexpr ResultSpec kPasswordReset = {
    "PasswordReset", "The password has been changed. There is no session: sign in with it.", {}};

constexpr OrgSetting kOrgSettings[] = {org::kForgotPasswordAllowed,  org::kForgotPasswordAuth,      org::kForgotPasswordRecaptcha,
                                       org::kForgotPasswordAttempts, org::kForgotPasswordTemplates, org::kEmailTemplates,
                                       org::kDiscoveryHandler};

enum State : uint8_t { kForgot, kAskOtp, kAskPassword, kReset, kDone };

constexpr ErrorSpec kErrors{};

constexpr RequestSpec kForgotRequest{.name = "forgot_password",
                                     .endpoint = Endpoint::forgot_password,
                                     .path = kPath,
                                     .body = Body::json,
                                     .integration_scope = kPasswordResetInit.scope};
// The server tells the second step from the first by two of its members.
constexpr RequestSpec kResetRequest{.name = "reset_password",
                                    .endpoint = Endpoint::forgot_password,
                                    .path = kPath,
                                    .body = Body::json,
                                    .integration_scope = kPasswordResetInit.scope};

Result<void> check(Context& flow) { return check_who(flow); }

Result<void> forgot(Context& flow) {
  JsonBody body = json_of(flow);
  add_who(flow, body);
  add_recaptcha(flow, body);
  if (const auto id = flow.parameter("email_template")) body.add("emailtemplate", *id);
  body.end();
  return {};
}

std::optional<Error> read(const Context& flow) {
  return read_forgot_response(flow.response, flow.refusal(), kPasswordResetInit,
                              {has_recaptcha(flow), flow.has_integration_token()}, flow.now_ms)
      .error;
}

// Nothing has been sent to a person yet: a new token of the integration user is worth another try.
Next<kAskOtp, kForgot> sent(Context& flow) {
  auto error = read(flow);
  if (!error) {
    flow.drop_single_use();
    return to<kAskOtp>;
  }
  if (is_bearer_refusal(*error) && flow.renew_integration_token()) return to<kForgot>;
  return std::move(*error);
}

// A reCAPTCHA token only goes along if the caller has set a new one.
Result<void> reset(Context& flow) {
  JsonBody body = json_of(flow);
  if (const auto username = flow.parameter("username")) body.add("username", *username);
  if (const auto hint = flow.parameter("login_hint")) body.add("login_hint", *hint);
  body.add_secret("otp", flow.slot(kOtp));
  body.add_secret("newpassword", flow.slot(kPassword));
  add_recaptcha(flow, body);
  body.end();
  return {};
}

// A password that the policy refuses leaves the one-time password as it was; anything else asks for both again.
Next<kDone, kAskOtp, kAskPassword> finished(Context& flow) {
  auto error = read(flow);
  flow.drop_single_use();
  if (!error) return to<kDone>;
  flow.forget(kPassword);
  if (!is_for_person(*error)) return std::move(*error);
  const bool is_password = std::string_view(error->data().reason) == "password_policy";
  ask_again(flow, std::move(*error));
  if (is_password) return to<kAskPassword>;
  flow.forget(kOtp);
  return to<kAskOtp>;
}

Next<kAskOtp> not_answered(Context& flow) {
  flow.forget(kPassword);
  flow.forget(kOtp);
  ask_again(flow, std::move(*flow.failure));
  return to<kAskOtp>;
}

Next<kForgot> send_again(Context& flow) {
  flow.forget(kOtp);
  return to<kForgot>;
}

constexpr StateSpec kStates[] = {
    send_state("forgot_password", kForgotRequest, forgot),
    ask_state("ask_otp", kOtpAsk, kOtp),
    ask_state("ask_new_password", kNewPasswordAsk, kPassword),
    send_state("reset_password", kResetRequest, reset),
    done_state(),
};
constexpr Row kRows[] = {
    on<sent>(kForgot, Event::response),           go(kAskOtp, Event::value, kAskPassword),
    on<send_again>(kAskOtp, Event::resend),       go(kAskPassword, Event::value, kReset),
    on<send_again>(kAskPassword, Event::resend),  on<finished>(kReset, Event::response),
    on<not_answered>(kReset, Event::no_response),
};
static_assert(well_formed(kStates, kRows));

constexpr const SlotSpec* kSlots[] = {&kOtp};

}  // namespace

constexpr FlowSpec flows::password_reset = {
    .name = "password_reset",
    .verb = "reset_password",
    .summary = "Changes a forgotten password with a one-time password from a message.",
    .description =
        "The first call sends the message, and its response is the same whether the user exists or not: do not treat it as proof of "
        "an account. The flow then asks for the one-time password and the new password, again where one of them is "
        "refused. It ends without a session: sign in with the new password.",
    .source = "Salesforce Help: remoteaccess_headless_forgot_password_flow",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .result = &kPasswordReset,
    .errors = &kErrors,
    .check = check,
    .slots = kSlots,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
