// Addresses that are given as a site and are something else: a page, an endpoint, another host of the org.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "codec/url.h"

namespace hlid {

// What answers at a host. Experience Cloud sites have many kinds of hosts, custom domains among them: everything that is not
// known to be one of the others.
enum class HostKind : uint8_t { site, my_domain, login };
HostKind host_kind_of(std::string_view host);
// Why a flow that goes to hosts of the kinds `served` does not go to this one, and what to give instead, as the predicate of
// a sentence.
std::string why_wrong_host(HostKind kind, std::span<const HostKind> served);

// Which host to give, as a sentence without a subject.
std::string hosts_to_give(std::span<const HostKind> served);

// What it is instead of a host that some flow talks to, as the predicate of a sentence; empty if it can be one.
std::string not_a_site(const Url& url);
// The same for the integration user, whose token may come from any host of the org's own.
std::string not_an_org(const Url& url);

// For a request that got a page as its response: a hint if the site may be a page's address. Usually empty.
std::string page_hint(std::string_view request_url);

// What is wrong with the address of a proxy; empty if nothing is.
std::string not_a_proxy(std::string_view value);

}  // namespace hlid
