// What a server says about itself: whatever it says, only addresses of the site's own origin are passed on.
#include "oauth/discovery_document.h"

#include "codec/url.h"
#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto app = *hlid::App::create(std::vector<hlid::NamedValue>{{"site", "https://acme.my.site.com/shop"},
                                                                           {"client_id", "3MVG9Example.ClientId"},
                                                                           {"redirect_uri", "https://app.example.com/callback"}});
  hlid::JsonDocument document;
  if (document.parse({reinterpret_cast<const char*>(data), size}) != hlid::JsonFault::none) return 0;
  hlid::FlowResult result;
  const auto read = hlid::read_discovery_document(document.root(), *app, result);
  if (!read) {
    fuzz::check_error(read.error());
    MUST(result.values().empty());
    return 0;
  }
  for (const char* name : hlid::kDiscoveryEndpoints) {
    const auto address = result.get(name);
    if (address.empty()) continue;
    const auto url = hlid::parse_url(address);
    MUST(url && hlid::origin_of(*url) == app->origin && !url->has_userinfo);
  }
  const auto issuer = hlid::parse_url(result.get("issuer"));
  MUST(issuer && hlid::origin_of(*issuer) == app->origin);
  for (const auto& [name, value] : result.values()) MUST(!value.empty() && hlid::is_printable_ascii(value));
  return 0;
}
