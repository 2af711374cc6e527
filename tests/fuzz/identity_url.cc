// Identity URLs, and the hosts of an org's pages. The input is the address.
#include "oauth/identity_url.h"

#include "codec/url.h"
#include "oauth/address.h"
#include "tests/fuzz/responses.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string address(reinterpret_cast<const char*>(data), size);
  if (const auto ids = hlid::ids_of_identity(address)) {
    MUST(hlid::is_record_id(ids->org) && hlid::is_record_id(ids->user));
    MUST(hlid::is_same_record(ids->org, ids->org) && hlid::parse_url(address).has_value());
    MUST(std::string_view(address).ends_with(ids->user));
  }
  const std::string page = "https://" + address;
  for (const auto kind : {hlid::WebDomain::content, hlid::WebDomain::lightning, hlid::WebDomain::visualforce}) {
    if (!hlid::is_web_host(fuzz::acme(), kind, address)) continue;
    const auto url = hlid::parse_url(page);
    MUST(url && url->host == address && url->path.empty());
  }
  if (hlid::is_login_page(fuzz::acme(), address)) MUST(hlid::is_org_page(fuzz::acme(), address));
  return 0;
}
