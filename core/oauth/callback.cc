#include "oauth/callback.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "codec/url.h"

namespace hlid {
namespace {

struct Parts {
  std::string_view head;  // up to the query or the fragment
  std::string_view tail;
};

Parts split(std::string_view address) {
  const size_t end = std::min({address.find('?'), address.find('#'), address.size()});
  return {address.substr(0, end), address.substr(end)};
}

// An empty port equals no port (6.2.3), which the strict URL parser does not accept.
std::optional<Url> read_head(std::string_view head, std::string& held) {
  const size_t slashes = head.find("://");
  if (slashes != std::string_view::npos) {
    const size_t end = std::min(head.find('/', slashes + 3), head.size());
    if (end > slashes + 3 && head[end - 1] == ':') {
      held = join({head.substr(0, end - 1), head.substr(end)});
      return parse_url(held);
    }
  }
  return parse_url(head);
}

std::string_view default_port(std::string_view scheme) {
  return equals_ignoring_case(scheme, "https") ? "443" : equals_ignoring_case(scheme, "http") ? "80" : std::string_view();
}

std::string_view port_of(const Url& url) { return url.port.empty() ? default_port(url.scheme) : url.port; }

// Byte for byte, but for the case of the two digits behind a '%' (6.2.2.1).
bool equal_text(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    const bool hex = (i >= 1 && a[i - 1] == '%') || (i >= 2 && a[i - 2] == '%');
    if (!hex || hex_digit(a[i]) < 0 || hex_digit(a[i]) != hex_digit(b[i])) return false;
  }
  return true;
}

std::string_view path_of(const Url& url) { return url.path.empty() && url.has_authority ? std::string_view("/") : url.path; }

CallbackDiffers compare(const Url& theirs, const Url& ours) {
  if (!equals_ignoring_case(theirs.scheme, ours.scheme)) return CallbackDiffers::scheme;
  if (theirs.has_authority != ours.has_authority || theirs.has_userinfo || !equals_ignoring_case(theirs.host, ours.host))
    return CallbackDiffers::host;
  if (port_of(theirs) != port_of(ours)) return CallbackDiffers::port;
  if (!equal_text(path_of(theirs), path_of(ours))) return CallbackDiffers::path;
  return CallbackDiffers::nothing;
}

// The callback's own query comes first, whole; what the server adds follows behind '&'.
std::optional<std::string_view> behind_query(std::string_view tail, std::string_view own) {
  if (own.empty() || own == "?") {
    if (tail.empty() || tail[0] == '#') return tail;
    return tail.substr(1);
  }
  if (tail.size() < own.size() || !equal_text(tail.substr(0, own.size()), own)) return std::nullopt;
  const std::string_view rest = tail.substr(own.size());
  if (rest.empty() || rest[0] == '#' || own.ends_with('&')) return rest;
  return rest[0] == '&' ? std::optional(rest.substr(1)) : std::nullopt;
}

}  // namespace

CallbackMatch match_callback(std::string_view address, std::string_view redirect_uri) {
  const Parts given = split(address);
  const Parts own = split(redirect_uri);
  std::string held_given, held_own;
  const auto theirs = read_head(given.head, held_given);
  const auto ours = given.head == own.head ? theirs : read_head(own.head, held_own);  // mostly
  if (!theirs || !ours) return {CallbackDiffers::not_an_address, {}};
  if (const CallbackDiffers differs = compare(*theirs, *ours); differs != CallbackDiffers::nothing) return {differs, {}};
  const auto rest = behind_query(given.tail, own.tail);
  return rest ? CallbackMatch{CallbackDiffers::nothing, *rest} : CallbackMatch{CallbackDiffers::query, {}};
}

std::string explain_difference(CallbackDiffers differs, std::string_view address, std::string_view redirect_uri) {
  const auto ours = parse_url(redirect_uri);
  std::string held;
  const auto theirs = read_head(split(address).head, held);
  const auto shown = [](std::string_view part) { return escape_for_display(part, kMaxServerText); };
  if (!ours || !theirs || differs == CallbackDiffers::not_an_address)
    return "it is not a complete address, such as " + shown(split(redirect_uri).head);
  switch (differs) {
    case CallbackDiffers::scheme: return join({"its scheme is ", shown(theirs->scheme), ", not ", ours->scheme});
    case CallbackDiffers::host:
      return ours->has_authority ? join({"its host is not ", ours->host})
                                 : join({"it has a host, and ", shown(split(redirect_uri).head), " has none"});
    case CallbackDiffers::port:
      return join({"its port is ", port_of(*theirs).empty() ? "none" : port_of(*theirs), ", not ",
                   port_of(*ours).empty() ? "none" : port_of(*ours)});
    case CallbackDiffers::path: return join({"its path is not ", path_of(*ours)});
    case CallbackDiffers::query: return "its query does not begin with the callback's own";
    case CallbackDiffers::not_an_address:
    case CallbackDiffers::nothing: break;
  }
  return "";
}

}  // namespace hlid
