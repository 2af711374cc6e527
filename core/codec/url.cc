#include "codec/url.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hlid {
namespace {

// Visible ASCII but for the characters that no URL may have (RFC 3986 2; appendix C).
constexpr std::array<bool, 256> url_bytes() {
  std::array<bool, 256> table{};
  for (char c = '!'; c <= '~'; ++c) {
    table[static_cast<unsigned char>(c)] = std::string_view("\\<>\"{}|^`").find(c) == std::string_view::npos;
  }
  return table;
}
constexpr auto kUrlBytes = url_bytes();

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text[0]) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

// Letters, digits, '-', '.', '_' or a bracketed IPv6 address. No percent-encoding: "%2F" in a host is a trick.
bool is_host(std::string_view host) {
  if (host.empty() || host.size() > 253) return false;
  if (host.front() == '[') {
    if (host.back() != ']' || host.size() < 4) return false;
    const std::string_view inside = host.substr(1, host.size() - 2);
    return std::all_of(inside.begin(), inside.end(), [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  }
  if (host.front() == '.' || host.back() == '.' || host.find("..") != std::string_view::npos) return false;
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_port(std::string_view port) {
  const auto number = read_decimal(port);
  return number && port.size() <= 5 && port.front() != '0' && *number >= 1 && *number <= 65'535;
}

bool split_authority(Url& url) {
  std::string_view rest = url.authority;
  const size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    url.has_userinfo = true;
    url.userinfo = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  const size_t bracket = rest.rfind(']');
  const size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = rest.substr(0, colon);
  if (colon != std::string_view::npos) {
    url.port = rest.substr(colon + 1);
    if (!is_port(url.port)) return false;
  }
  return is_host(url.host);
}

// Splits what follows the scheme. Nothing is decoded.
bool split(std::string_view rest, Url& url) {
  if (!std::all_of(rest.begin(), rest.end(), [](char c) { return kUrlBytes[static_cast<unsigned char>(c)]; })) return false;
  const size_t hash = rest.find('#');
  if (hash != std::string_view::npos) {
    url.has_fragment = true;
    url.fragment = rest.substr(hash + 1);
    rest = rest.substr(0, hash);
  }
  const size_t mark = rest.find('?');
  if (mark != std::string_view::npos) {
    url.has_query = true;
    url.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  if (rest.starts_with("//")) {
    url.has_authority = true;
    rest.remove_prefix(2);
    const size_t slash = rest.find('/');
    url.authority = rest.substr(0, slash);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    if (!split_authority(url)) return false;
  }
  url.path = rest;
  return true;
}

// RFC 3986 5.2.4.
std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("/./")) {
      path.remove_prefix(2);
    } else if (path == "/.") {
      path = "/";
    } else if (path.starts_with("/../") || path == "/..") {
      path = path == "/.." ? "/" : path.substr(3);
      const size_t slash = out.rfind('/');
      out.resize(slash == std::string::npos ? 0 : slash);
    } else {
      const size_t slash = path.find('/', 1);
      out += path.substr(0, slash);
      path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    }
  }
  return out;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) return std::nullopt;
  Url url;
  url.scheme = text.substr(0, colon);
  if (!split(text.substr(colon + 1), url)) return std::nullopt;
  return url;
}

std::optional<Secret> resolve_url(std::string_view base, std::string_view reference) {
  const size_t colon = reference.find(':');
  const bool absolute = colon != std::string_view::npos && is_scheme(reference.substr(0, colon));
  if (absolute) {
    if (!parse_url(reference)) return std::nullopt;
    return Secret(reference);
  }
  const auto from = parse_url(base);
  Url to;
  if (!from || !from->has_authority || !split(reference, to)) return std::nullopt;
  std::string path;
  std::string_view query = to.query;
  bool has_query = to.has_query;
  if (to.has_authority || to.path.starts_with('/')) {
    path = without_dots(to.path);
  } else if (to.path.empty()) {
    path = from->path;
    if (!has_query) {
      query = from->query;
      has_query = from->has_query;
    }
  } else {
    const size_t slash = from->path.rfind('/');
    path = without_dots(join({slash == std::string_view::npos ? "/" : from->path.substr(0, slash + 1), to.path}));
  }
  Secret out;
  for (const std::string_view part :
       {from->scheme, std::string_view("://"), to.has_authority ? to.authority : from->authority, std::string_view(path),
        std::string_view(has_query ? "?" : ""), query, std::string_view(to.has_fragment ? "#" : ""), to.fragment}) {
    out.append(part);
  }
  return out;
}

namespace {

// Empty where it is the scheme's own.
std::string_view port_of_origin(const Url& url) {
  const bool own = (url.port == "443" && equals_ignoring_case(url.scheme, "https")) ||
                   (url.port == "80" && equals_ignoring_case(url.scheme, "http"));
  return own ? std::string_view() : url.port;
}

}  // namespace

std::string origin_of(const Url& url) {
  std::string out = join({url.scheme, "://", url.host});
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  const std::string_view port = port_of_origin(url);
  if (!port.empty()) {
    out += ':';
    out += port;
  }
  return out;
}

bool has_origin(const Url& url, std::string_view origin) {
  for (const std::string_view part : {url.scheme, std::string_view("://"), url.host}) {
    if (!equals_ignoring_case(origin.substr(0, part.size()), part)) return false;
    origin.remove_prefix(part.size());
  }
  const std::string_view port = port_of_origin(url);
  return port.empty() ? origin.empty() : origin.starts_with(':') && origin.substr(1) == port;
}

bool is_loopback(std::string_view host) {
  if (host == "[::1]" || equals_ignoring_case(host, "localhost")) return true;
  std::array<std::string_view, 4> parts;
  size_t count = 0;
  for (std::string_view rest = host;;) {
    const size_t dot = rest.find('.');
    if (count == parts.size()) return false;
    parts[count++] = rest.substr(0, dot);
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (count != parts.size() || parts[0] != "127") return false;
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    const auto number = read_decimal(part);
    return number && part.size() <= 3 && *number <= 255 && (part.size() == 1 || part[0] != '0');
  });
}

}  // namespace hlid
