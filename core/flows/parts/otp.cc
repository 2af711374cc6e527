#include "flows/parts/otp.h"

#include "base/text.h"

namespace hlid {
namespace {

// Wrong one-time passwords after which a server may accept none any more, not even the right one. Salesforce documents
// it for other uses of such passwords; for headless flows nothing is known.
constexpr int64_t kOtpAttempts = 3;

}  // namespace

Result<bool> read_init(Context& flow, const InitSpec& init) {
  auto identifier =
      read_init_response(flow.response, flow.refusal(), init, {has_recaptcha(flow), flow.has_integration_token()}, flow.now_ms);
  if (!identifier) {
    // Nothing has been sent to a person yet, and the reCAPTCHA token was not looked at.
    if (is_bearer_refusal(identifier.error()) && flow.renew_integration_token()) return true;
    return std::move(identifier).error();
  }
  flow.drop_single_use();
  flow.keep_number(kWrong, 0);
  flow.keep(kIdentifier, std::move(*identifier));
  return false;
}

Result<void> authorize_with_otp(Context& flow, const char* type) {
  if (auto filled = fill_authorize(flow, type); !filled) return filled;
  add_header(flow, "Auth-Verification-Type", *flow.parameter("verification_method"));
  add_basic(flow, flow.slot(kIdentifier), flow.slot(kOtp), flow.app.url_safe_basic);
  add_visitor(flow);
  return {};
}

Result<bool> read_otp_authorize(Context& flow) {
  auto read = read_authorize(flow);
  flow.forget(kOtp);
  if (read) {
    flow.forget(kIdentifier);
    return true;
  }
  if (std::string_view(read.error().data().reason) == "registration_refused" || !is_for_person(read.error()))
    return std::move(read).error();
  forget_authorize(flow);
  ask_again(flow, std::move(read).error());
  auto& problem = flow.ask.problem->edit();
  if (std::string_view(problem.reason) != "invalid_otp") return false;
  flow.keep_number(kWrong, flow.number(kWrong) + 1);
  // The server calls the right password wrong as well, once its attempts are used up.
  if (flow.number(kWrong) >= kOtpAttempts) {
    problem.reason = "regenerate_otp";
    problem.message =
        "the one-time password is wrong, after so many wrong ones that the server may reject even the right one: have a new message sent";
  }
  return false;
}

void ask_otp_again(Context& flow) {
  flow.forget(kOtp);
  forget_authorize(flow);
  ask_again(flow, std::move(*flow.failure));
}

}  // namespace hlid
