// One HTTP request and its response, as the flows see them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "oauth/headers.h"

namespace hlid {

struct Request {
  // As new, with the memory of the one before.
  void clear();

  const char* name = "";  // "authorize", "token", ...: for traces and messages
  const char* method = "POST";
  std::string url;
  Headers headers{250, 6};  // what most requests have; thousands of them may wait
  Secret body;
  bool retry_safe = false;  // may be sent again after it may have reached the server
  bool prefers_http2 = false;
  std::string redacted_body;  // the trace's twin of the body, secrets as dots; only while tracing
};

struct Response {
  // As new, with the memory of the headers before.
  void clear();

  int32_t status = 0;
  int32_t http_version = 0;  // 10, 11, 20, 30; 0: not known
  Headers headers;
  Secret body;
  std::string_view request_url;  // what was asked: a Location may be relative to it

  // The header's value; empty if absent. Twice the same value counts as once, two values as PROTOCOL.
  [[nodiscard]] Result<std::string_view> header(std::string_view name) const;
  [[nodiscard]] bool is_redirect() const;
  [[nodiscard]] bool is_html() const;
  // 408, 425, 429 and 5xx: the server, or a gateway in front of it, cannot respond now.
  [[nodiscard]] bool is_passing_fault() const;
};

// What every response must keep to, whichever endpoint it came from: no interim status, sizes, no content
// coding (none was asked for), text in UTF-8, headers without control characters. PROTOCOL otherwise.
Result<void> check_response(const Response& response);

// Milliseconds that the server asks to wait: Retry-After in seconds or as a date; absent if there is
// none, or it is in the past or unreadable (RFC 9110 10.2.3).
std::optional<int64_t> retry_after_ms(const Response& response, int64_t now_ms);

}  // namespace hlid
