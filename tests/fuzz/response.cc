// What every response must keep to, its headers, Retry-After and HTTP dates.
#include "oauth/response.h"

#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const std::string_view date = input.line();
  if (const auto seconds = hlid::read_http_date(date)) {
    MUST(date.size() == 29 && date.ends_with(" GMT"));
    MUST(*seconds >= 0 && *seconds < 253'402'300'800 + 3 * 86'400);  // a 31 February is taken as a day of March
  }
  if (const auto number = hlid::read_decimal(date)) MUST(*number >= 0);

  const hlid::Response response = fuzz::response_of(fuzz::ResponseText(input.rest()));
  [[maybe_unused]] const bool html = response.is_html();
  if (const auto good = hlid::check_response(response); !good) {
    fuzz::check_error(good.error());
  } else {
    MUST(response.status >= 200 && response.status <= 599);
    for (const char* name : {"location", "retry-after", "content-type", "content-encoding"})
      MUST(response.header(name).has_value());
  }
  for (const int64_t now : {int64_t{0}, fuzz::kNowMs, int64_t{253'402'300'799'000}}) {
    if (const auto wait = hlid::retry_after_ms(response, now)) MUST(*wait >= 0);
  }
  return 0;
}
