#include "oauth/response.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace hlid {
namespace {

bool is_header_text(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return (c >= ' ' && c < 0x7F) || c == '\t'; });
}

bool ends_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equals_ignoring_case(text.substr(text.size() - end.size()), end);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

void Request::clear() {
  name = "";
  method = "POST";
  url.clear();
  headers.clear();
  body.resize(0);
  retry_safe = false;
  prefers_http2 = false;
  redacted_body.clear();
}

void Response::clear() {
  status = 0;
  http_version = 0;
  headers.clear();
  body.clear();
  request_url = {};
}

Result<std::string_view> Response::header(std::string_view name) const {
  std::string_view found;
  bool seen = false;
  for (const Header& header : headers) {
    if (!equals_ignoring_case(header.name, name)) continue;
    const std::string_view value = trim(header.value);
    if (seen && value != found) {
      return Error::protocol("bad_headers", join({"the response has two different ", name, " headers"})).http_status(status);
    }
    found = value;
    seen = true;
  }
  return found;
}

bool Response::is_redirect() const { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

bool Response::is_passing_fault() const { return status == 408 || status == 425 || status == 429 || status >= 500; }

bool Response::is_html() const {
  const auto type = header("content-type");
  if (type && (contains_ignoring_case(*type, "text/html") || contains_ignoring_case(*type, "application/xhtml"))) return true;
  std::string_view text = body.view();
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n' || text.front() == '\r' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  return text.starts_with('<');
}

Result<void> check_response(const Response& response) {
  const auto bad = [&](const char* reason, std::string_view what) {
    return Error::protocol(reason, what).http_status(response.status);
  };
  if (response.status < 200 || response.status > 599)
    return bad("bad_response", "the response's status is not a final HTTP status");
  if (response.body.size() > kMaxResponseBody)
    return bad("response_too_large", "the response's body is over its maximum of 1 MiB");
  for (const std::string_view name : {"location", "retry-after", "content-type"}) {
    const auto value = response.header(name);
    if (!value) return value.error().clone();
    if (!is_header_text(*value))
      return bad("bad_headers", join({"the response's ", name, " header holds characters that no header may"}));
  }
  const auto coding = response.header("content-encoding");
  if (!coding) return coding.error().clone();
  if (!coding->empty() && !equals_ignoring_case(*coding, "identity")) {
    return bad("bad_response", "the response is compressed although compression was not requested");
  }
  const auto type = response.header("content-type");
  constexpr std::string_view kCharset = "charset";
  size_t equals = type->find('=');
  while (equals != std::string_view::npos && !ends_ignoring_case(type->substr(0, equals), kCharset)) {
    equals = type->find('=', equals + 1);
  }
  if (equals != std::string_view::npos) {
    std::string_view name = type->substr(equals + 1);
    if (name.starts_with('"')) name.remove_prefix(1);
    const bool known = contains_ignoring_case(name.substr(0, 5), "utf-8") || contains_ignoring_case(name.substr(0, 4), "utf8") ||
                       contains_ignoring_case(name.substr(0, 8), "us-ascii") ||
                       contains_ignoring_case(name.substr(0, 10), "iso-8859-1");
    // An HTML page is not a valid response in any character set, and has a better diagnosis.
    if (!known && !response.is_html()) return bad("bad_response", "the response is in another character set than UTF-8");
  }
  return {};
}

std::optional<int64_t> retry_after_ms(const Response& response, int64_t now_ms) {
  const auto value = response.header("retry-after");
  if (!value || value->empty()) return std::nullopt;
  if (const auto seconds = read_decimal(*value)) return std::min<int64_t>(*seconds, 1'000'000'000) * 1000;
  if (const auto date = read_http_date(*value)) {
    const int64_t wait = *date * 1000 - now_ms;
    return wait > 0 ? std::optional(wait) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace hlid
