// Server words without the flow's own secrets, in whatever way the server writes them.
#include "engine/redact.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "codec/form.h"
#include "tests/fuzz/responses.h"

namespace {

constexpr hlid::ErrorSpec kErrors{};
constexpr hlid::SlotSpec kSecret{"secret"};

std::shared_ptr<const hlid::App> make_app() {
  const hlid::NamedValue settings[] = {{"site", "https://acme.my.site.com/shop"},
                                       {"client_id", "3MVG9Example.ClientId"},
                                       {"redirect_uri", "https://app.example.com/callback"}};
  return *hlid::App::create(settings);
}

// Without white space, which a server may have put between a secret's letters.
std::string squeezed(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto app = make_app();
  fuzz::Input input(data, size);
  const std::string_view secret = input.line();
  const std::string text = fuzz::replaced(input.rest(), "${secret}", secret);
  hlid::Context work(*app, kErrors);
  work.keep(kSecret, secret);
  for (const size_t max : {hlid::kMaxServerCode, hlid::kMaxServerText, size_t{100'000}}) {
    const std::string shown = hlid::redacted(text, work, max);
    MUST(shown.size() <= max && hlid::is_valid_utf8(shown) && !hlid::has_control(shown));
    // Letters that no escape is made of: so what is found in the text was in the server's.
    const bool telling =
        secret.size() >= 4 && std::all_of(secret.begin(), secret.end(), [](char c) { return c >= 'G' && c <= 'Z'; });
    if (!telling) continue;
    MUST(squeezed(shown).find(secret) == std::string::npos);
    if (const auto decoded = hlid::form_decoded(shown)) MUST(decoded->view().find(secret) == std::string_view::npos);
  }
  return 0;
}
