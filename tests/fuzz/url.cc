// URLs: the parts of one are the whole of it, and what a reference resolves to resolves to itself.
#include "codec/url.h"

#include "base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

void check_url(std::string_view text) {
  const auto url = hlid::parse_url(text);
  if (!url) return;
  MUST(!url->scheme.empty() && hlid::is_visible_ascii(text));
  const std::string whole = hlid::join({url->scheme, ":", url->has_authority ? "//" : "", url->authority, url->path,
                                        url->has_query ? "?" : "", url->query, url->has_fragment ? "#" : "", url->fragment});
  MUST(whole == text);
  const std::string authority =
      hlid::join({url->userinfo, url->has_userinfo ? "@" : "", url->host, url->port.empty() ? "" : ":", url->port});
  MUST(authority == url->authority);
  // Nobody may be led to another host by where a part seems to begin.
  MUST(url->host.find_first_of("/?#@\\%") == std::string_view::npos);
  if (!url->has_authority) return;
  MUST(!url->host.empty());
  const std::string origin = hlid::origin_of(*url);
  const auto again = hlid::parse_url(origin);
  MUST(again && hlid::origin_of(*again) == origin);
  MUST(hlid::has_origin(*url, origin) && !hlid::has_origin(*url, origin + "0") && !hlid::has_origin(*url, origin + ".x"));
  if (hlid::is_loopback(url->host))
    MUST(url->host.starts_with("127.") || url->host == "[::1]" || hlid::equals_ignoring_case(url->host, "localhost"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const std::string_view base = input.line();
  const std::string_view reference = input.rest();
  check_url(base);
  check_url(reference);
  const auto resolved = hlid::resolve_url(base, reference);
  if (!resolved) return 0;
  check_url(resolved->view());
  MUST(hlid::parse_url(resolved->view()).has_value());
  const auto again = hlid::resolve_url(base, resolved->view());
  MUST(again && again->view() == resolved->view());
  return 0;
}
