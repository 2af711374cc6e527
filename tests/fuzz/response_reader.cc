// The client's reader of header lines, fed as libcurl feeds it.
#include "net/response_reader.h"

#include <algorithm>

#include "base/limits.h"
#include "flows/registry.h"
#include "tests/fuzz/responses.h"

namespace {

std::shared_ptr<const hlid::App> make_app() {
  const hlid::NamedValue settings[] = {{"site", "https://acme.my.site.com/shop"},
                                       {"client_id", "3MVG9Example.ClientId"},
                                       {"redirect_uri", "https://app.example.com/callback"}};
  return *hlid::App::create(settings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto app = make_app();
  fuzz::Input input(data, size);
  hlid::ResponseReader reader;
  while (!input.empty() && !reader.has_head()) {
    const std::string line = std::string(input.line()) + '\n';
    if (!reader.take_line(line)) {
      MUST(reader.fault() != nullptr && reader.fault_text() != nullptr);
      break;
    }
  }
  while (!input.empty() && reader.fault() == nullptr) {
    const std::string line = std::string(input.line()) + '\n';
    if (!reader.take_body(line)) MUST(reader.fault() != nullptr);
  }
  hlid::Flow flow(app, *hlid::find_flow("userinfo"));
  MUST(flow.set("access_token", "00DEx!AQExample").has_value());
  MUST(*flow.next(fuzz::kNowMs) == hlid::Step::send);
  if (reader.fault() != nullptr) {
    MUST(flow.give_broken_response(reader.fault(), reader.fault_text()).has_value());
  } else if (reader.has_head()) {
    reader.give(flow);
  } else {
    return 0;
  }
  const auto step = flow.next(fuzz::kNowMs);
  MUST(step.has_value());
  if (*step == hlid::Step::failed) MUST(!flow.error()->data().message.empty());
  return 0;
}
