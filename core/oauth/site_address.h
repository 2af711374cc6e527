// Addresses that are given as a site and are something else: a page, an endpoint, another host of the org.
#pragma once

#include <string>
#include <string_view>

#include "codec/url.h"

namespace hlid {

// What it is instead, as the predicate of a sentence; empty if it can be a site. `my_domain`: whether the org's own host
// will do, as for the integration user.
std::string not_a_site(const Url& url, bool my_domain);

// For a request that got a page as its response: a hint if the site may be a page's address. Usually empty.
std::string page_hint(std::string_view request_url);

// The same for an address of a proxy.
std::string not_a_proxy(std::string_view value);

}  // namespace hlid
