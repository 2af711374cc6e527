#include "simulator/own_host.h"

#include <algorithm>
#include <cctype>

#include "simulator/endpoints.h"

namespace hlid_sim {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Response forbidden(const std::string& why) { return json_response(403, {{"error", why}}); }

// Without the port that the scheme implies: a client may name it or leave it out.
std::string without_default_port(std::string origin) {
  for (const auto& [scheme, port] : {std::pair<std::string_view, std::string_view>{"https://", ":443"}, {"http://", ":80"}}) {
    if (origin.starts_with(scheme) && origin.ends_with(port)) origin.resize(origin.size() - port.size());
  }
  return origin;
}

}  // namespace

OwnHost::OwnHost(int port, bool tls, std::string public_origin)
    : scheme_(tls ? "https://" : "http://"),
      port_(":" + std::to_string(port)),
      default_port_(port == (tls ? 443 : 80)),
      public_origin_(without_default_port(lower(public_origin))) {}

bool OwnHost::is_own_origin(std::string_view origin) const {
  const std::string text = without_default_port(lower(origin));
  if (!public_origin_.empty() && text == public_origin_) return true;
  const auto loopback = {"localhost", "127.0.0.1", "[::1]"};
  return std::any_of(loopback.begin(), loopback.end(),
                     [&](const char* host) { return text == scheme_ + host + (default_port_ ? "" : port_); });
}

bool OwnHost::is_own(std::string_view authority) const {
  const std::string text(authority);
  if (is_own_origin(scheme_ + text)) return true;
  const size_t scheme = public_origin_.find("://");
  return scheme != std::string::npos && is_own_origin(public_origin_.substr(0, scheme + 3) + text);
}

std::optional<Response> OwnHost::refusal(const Request& request) const {
  // A repeated header counts as a foreign one.
  const auto only = [&](std::string_view name) {
    std::optional<std::string> value;
    for (const auto& header : request.headers) {
      if (header.first == name) value = value ? std::string() : header.second;
    }
    return value;
  };
  const auto host = only("host");
  if (!host || !is_own(*host))
    return forbidden("the request is for another host: the simulated org responds as localhost" + port_ + " only");
  const auto origin = only("origin");
  if (request.path.starts_with(kControlPrefix) && origin && !is_own_origin(*origin))
    return forbidden("a page of another origin may not use the controls");
  return std::nullopt;
}

}  // namespace hlid_sim
