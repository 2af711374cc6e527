// Requests of the org's side, through the C ABI. First byte: which call; the rest is the request.
#include "base/text.h"
#include "codec/json.h"
#include "headlessid/org.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view request(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr hlid_status (*kCalls[])(hlid_view, hlid_text**, hlid_error**) = {hlid_org_lint, hlid_org_generate, hlid_org_explain,
                                                                             hlid_org_doctor};
  hlid_text* text = nullptr;
  hlid_error* error = nullptr;
  const hlid_status status =
      kCalls[data[0] % 4]({request.data() == nullptr ? "" : request.data(), request.size()}, &text, &error);
  MUST((status == HLID_OK) == (text != nullptr) && (status == HLID_OK) == (error == nullptr));
  MUST(status == HLID_OK || (status == HLID_E_ARGUMENT && hlid_error_field(error).size > 0));
  if (status == HLID_OK) {
    const hlid_view said = hlid_text_get(text);
    hlid::JsonDocument json;
    MUST(json.parse({said.data, said.size}, size_t{64} * 1024 * 1024, 1'000'000) == hlid::JsonFault::none);
    MUST(json.root().is_object());
  } else {
    const hlid_view message = hlid_error_message(error);
    MUST(hlid::is_valid_utf8({message.data, message.size}) && !hlid::has_control({message.data, message.size}));
  }
  hlid_text_free(text);
  hlid_error_free(error);
  return 0;
}
