// What the authorization challenge endpoint answers. First line: who asks (0 a password, 1 a message, 2 a registration);
// then the response.
#include "flows/parts/challenge_response.h"

#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  constexpr const char* kFlows[] = {"first_party_login", "first_party_passwordless", "first_party_registration"};
  const char* flow = kFlows[static_cast<uint64_t>(input.number()) % 3];
  const std::string text(input.rest());
  const hlid::Response response = fuzz::response_of(fuzz::ResponseText(text));
  const auto read =
      hlid::read_challenge_response(response, {hlid::Endpoint::challenge, fuzz::errors_of(flow), true}, fuzz::kNowMs);
  if (!read) {
    fuzz::check_error(read.error());
    return 0;
  }
  using Says = hlid::ChallengeResponse::Says;
  MUST((read->says == Says::code) == !read->code.empty());
  if (read->says == Says::code) {
    MUST(response.status >= 200 && response.status < 300);
    MUST(read->code.size() <= hlid::kMaxCode && hlid::is_printable_ascii(read->code.view()));
    MUST(read->auth_session.empty());
  }
  MUST(read->auth_session.size() <= hlid::kMaxAuthSession && !hlid::has_control(read->auth_session.view()));
  return 0;
}
