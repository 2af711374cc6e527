// The address at which a browser arrived with tokens. Lines: the callback, the state; the rest is the address.
#include "oauth/fragment_callback.h"

#include "codec/json.h"
#include "oauth/callback.h"
#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const std::string redirect_uri(input.line());
  const std::string state(input.line());
  const std::string address(input.rest());
  const auto fields = hlid::read_fragment_callback(address, fuzz::acme(), redirect_uri, state,
                                                   {hlid::Endpoint::authorize, fuzz::errors_of("user_agent"), true});
  if (!fields) {
    fuzz::check_error(fields.error());
    return 0;
  }
  MUST(hlid::match_callback(address, redirect_uri).differs == hlid::CallbackDiffers::nothing);
  // What is read as a token response is JSON, but where it has more members than any response may have.
  hlid::JsonDocument document;
  const hlid::JsonFault fault = document.parse(fields->view());
  MUST(fault == hlid::JsonFault::none || fault == hlid::JsonFault::too_large);
  if (fault != hlid::JsonFault::none) return 0;
  MUST(document.root().is_object() && document.root().text("access_token").has_value());
  MUST(document.root().text("state").value_or("") == state);
  return 0;
}
