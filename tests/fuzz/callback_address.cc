// The address at which a browser arrived. Lines: the callback, the state; the rest is the address.
#include "oauth/authorize_response.h"
#include "oauth/callback.h"
#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const std::string redirect_uri(input.line());
  const std::string state(input.line());
  const std::string address(input.rest());
  const auto code = hlid::read_callback_address(address, fuzz::acme(), redirect_uri, state,
                                                {hlid::Endpoint::authorize, fuzz::errors_of("native_sso"), true});
  if (auto good = hlid::check_callback_address("callback_url", address, redirect_uri); !good) fuzz::check_error(good.error());
  if (!code) {
    fuzz::check_error(code.error());
    return 0;
  }
  MUST(hlid::match_callback(address, redirect_uri).differs == hlid::CallbackDiffers::nothing);
  MUST(code->community_url.empty());
  MUST(!code->code.empty() && code->code.size() <= hlid::kMaxCode && hlid::is_printable_ascii(code->code.view()));
  return 0;
}
