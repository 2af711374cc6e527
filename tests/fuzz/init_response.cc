// What init and forgot password answer. First line: who asks (0 registration, 1 passwordless, 2 password reset), plus 4
// with a reCAPTCHA token and 8 with a Bearer; then the response.
#include "flows/parts/init_response.h"

#include "flows/parts/password_reset.h"
#include "flows/parts/passwordless.h"
#include "flows/parts/registration.h"

#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  constexpr const char* kFlows[] = {"registration", "passwordless_login", "password_reset"};
  constexpr const hlid::InitSpec* kInits[] = {&hlid::kRegistrationInit, &hlid::kPasswordlessInit, &hlid::kPasswordResetInit};
  const auto number = static_cast<uint64_t>(input.number());
  const size_t which = (number & 3U) % 3;
  const hlid::ErrorSpec& errors = fuzz::errors_of(kFlows[which]);
  const hlid::InitSpec& init = *kInits[which];
  const hlid::Protections sent{(number & 4U) != 0, (number & 8U) != 0};
  const std::string text(input.rest());
  const hlid::Response response = fuzz::response_of(fuzz::ResponseText(text));

  const auto identifier = hlid::read_init_response(response, {hlid::Endpoint::init, errors, true}, init, sent, fuzz::kNowMs);
  if (identifier) {
    MUST(response.status == 200 && !identifier->empty() && identifier->size() <= hlid::kMaxIdentifier);
    MUST(hlid::is_visible_ascii(identifier->view()) && identifier->view().find(':') == std::string_view::npos);
  } else {
    fuzz::check_error(identifier.error());
  }

  const auto forgot =
      hlid::read_forgot_response(response, {hlid::Endpoint::forgot_password, errors, true}, init, sent, fuzz::kNowMs);
  if (forgot.error) {
    fuzz::check_error(*forgot.error);
  } else {
    MUST(response.status < 300);
  }
  return 0;
}
