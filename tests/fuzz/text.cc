// Text of somebody else's, made fit for a log line or a terminal.
#include "base/text.h"

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const size_t max : {size_t{3}, size_t{16}, hlid::kMaxServerCode, hlid::kMaxServerText}) {
    const std::string shown = hlid::escape_for_display(text, max);
    MUST(shown.size() <= max);
    MUST(hlid::is_valid_utf8(shown) && !hlid::has_control(shown));
    MUST(hlid::escape_for_display(shown, max) == shown);
  }
  [[maybe_unused]] const bool valid = hlid::is_valid_utf8(text);
  MUST(hlid::contains_ignoring_case(text, text.substr(text.size() / 2)));
  MUST(hlid::equals_ignoring_case(text, text));
  return 0;
}
