// What the authorize endpoint responds with: never a code without our state, never an error without a message.
#include "oauth/authorize_response.h"

#include "base/limits.h"
#include "base/text.h"
#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const std::string_view request_url = input.line();
  const std::string_view redirect_uri = input.line();
  const std::string_view state = input.line();
  hlid::App app;
  app.site = app.origin = request_url;
  const hlid::Response response = fuzz::response_of(fuzz::ResponseText(input.rest()));
  for (const char* flow : {"guest", "login"}) {
    const auto code = hlid::read_authorize_response(response, app, request_url, redirect_uri, state,
                                                    {hlid::Endpoint::authorize, fuzz::errors_of(flow), true}, fuzz::kNowMs);
    if (!code) {
      fuzz::check_error(code.error());
      continue;
    }
    MUST(!code->code.empty() && code->code.size() <= hlid::kMaxCode && hlid::is_printable_ascii(code->code.view()));
    MUST(hlid::is_visible_ascii(code->community_url.view()) && code->community_url.size() <= hlid::kMaxUrl);
    MUST(response.status == 200 || response.is_redirect());
  }
  return 0;
}
