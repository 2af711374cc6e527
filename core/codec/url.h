// URLs by RFC 3986, read strictly: no white space, no backslash, no bytes beyond ASCII, nothing repaired.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace hlid {

// Views into the text that was parsed.
struct Url {
  std::string_view scheme;     // as written
  std::string_view authority;  // all between "//" and the path
  std::string_view userinfo;
  std::string_view host;  // IPv6 with its brackets
  std::string_view port;  // digits, or empty
  std::string_view path;
  std::string_view query;     // without '?'
  std::string_view fragment;  // without '#'
  bool has_authority = false;
  bool has_userinfo = false;
  bool has_query = false;
  bool has_fragment = false;
};

// An absolute URL, or nothing.
std::optional<Url> parse_url(std::string_view text);

// `reference` resolved against the absolute URL `base` (RFC 3986 5.2). An absolute
// reference is returned byte for byte. Absent if either is not a URL. Secret: an address may carry a code.
std::optional<Secret> resolve_url(std::string_view base, std::string_view reference);

// "https://host:port" in lower case, a default port left out.
std::string origin_of(const Url& url);
// Whether that is this one, written so.
bool has_origin(const Url& url, std::string_view origin);

// 127.0.0.0/8 written as four decimal numbers, [::1], or localhost: nothing that only looks like them.
bool is_loopback(std::string_view host);

}  // namespace hlid
