#include "net/response_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "net/limits.h"

namespace hlid {
namespace {

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_ends(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// RFC 9110 5.6.2
constexpr std::array<bool, 256> token_bytes() {
  std::array<bool, 256> table{};
  for (char c = '!'; c <= '~'; ++c) {
    table[static_cast<unsigned char>(c)] =
        is_letter_or_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  }
  return table;
}
constexpr auto kTokenBytes = token_bytes();

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return kTokenBytes[static_cast<unsigned char>(c)]; });
}

int32_t version_of(std::string_view word) {
  if (word == "HTTP/1.1") return 11;
  if (word == "HTTP/1.0") return 10;
  if (word == "HTTP/2") return 20;
  if (word == "HTTP/3") return 30;
  return 0;
}

}  // namespace

void ResponseReader::reset() {
  place_ = Place::status;
  interim_ = 0;
  status_ = 0;
  version_ = 0;
  head_bytes_ = 0;
  content_length_ = -1;
  chunked_ = false;
  headers_.clear();
  body_.clear();
  fault_ = nullptr;
  fault_text_ = nullptr;
}

bool ResponseReader::stop(const char* fault, const char* text) {
  if (fault_ == nullptr) {
    fault_ = fault;
    fault_text_ = text;
  }
  return false;
}

bool ResponseReader::take_line(std::string_view line) {
  if (fault_ != nullptr) return false;
  // Interim responses and trailers count as well: the sum is what a server can make us read.
  head_bytes_ += line.size();
  if (head_bytes_ > kMaxResponseHeaderBytes) return stop("response_too_large", "the response's headers are longer than 64 KiB");
  line = without_line_end(line);
  switch (place_) {
    case Place::status: return take_status(line);
    case Place::interim:
      if (line.empty()) place_ = Place::status;
      return true;
    case Place::head:
      if (!line.empty()) return take_header(line);
      place_ = Place::body;
      return true;
    case Place::body: return true;  // trailers are ignored
  }
  return true;
}

bool ResponseReader::take_status(std::string_view line) {
  const size_t space = line.find(' ');
  version_ = version_of(line.substr(0, space));
  const std::string_view rest = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
  const auto status = rest.size() >= 3 && (rest.size() == 3 || rest[3] == ' ') ? read_decimal(rest.substr(0, 3)) : std::nullopt;
  if (version_ == 0 || !status || *status < 100) return stop("not_http", "the response does not begin as HTTP does");
  status_ = static_cast<int32_t>(*status);
  if (status_ == 101) return stop("not_http", "the server switched to another protocol without being asked");
  if (status_ >= 200) {
    place_ = Place::head;
    return true;
  }
  if (++interim_ > kMaxInterimResponses) return stop("response_too_large", "too many interim responses came before the response");
  place_ = Place::interim;
  return true;
}

bool ResponseReader::take_header(std::string_view line) {
  if (headers_.size() == kMaxResponseHeaders) return stop("response_too_large", "the response has more than 256 headers");
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  // A folded line has no name either (RFC 9112 5.2).
  if (colon == std::string_view::npos || !is_token(name))
    return stop("bad_header", "the response has a header without a proper name");
  const std::string_view value = without_ends(line.substr(colon + 1));
  if (!check_framing(name, value)) return false;
  headers_.add(name, value, true);
  return true;
}

bool ResponseReader::check_framing(std::string_view name, std::string_view value) {
  if (equals_ignoring_case(name, "content-length")) {
    const auto length = read_decimal(value);
    const bool second = content_length_ >= 0;
    if (!length || (second && *length != content_length_) || chunked_) {
      return stop("bad_framing", "the response's length is given twice, or is not a number");
    }
    if (static_cast<uint64_t>(*length) > kMaxResponseBody)
      return stop("response_too_large", "the response's body is longer than 1 MiB");
    content_length_ = *length;
  } else if (equals_ignoring_case(name, "transfer-encoding")) {
    if (chunked_ || content_length_ >= 0) return stop("bad_framing", "the response's length is given twice, or is not a number");
    if (!equals_ignoring_case(value, "chunked"))
      return stop("bad_framing", "the response has a transfer coding that was not requested");
    chunked_ = true;
  }
  return true;
}

bool ResponseReader::take_body(std::string_view bytes) {
  if (fault_ != nullptr) return false;
  if (place_ != Place::body) return stop("not_http", "a body came before the response's head had ended");
  if (bytes.size() > kMaxResponseBody - body_.size())
    return stop("response_too_large", "the response's body is longer than 1 MiB");
  if (body_.empty() && content_length_ > 0) body_.reserve(static_cast<size_t>(content_length_));
  body_.append(bytes);
  return true;
}

void ResponseReader::give(Flow& flow) {
  // If the flow refuses them, it ends and says so itself.
  if (!flow.give_headers(headers_)) return;
  [[maybe_unused]] const auto given = flow.give_response(status_, version_, std::move(body_));
}

}  // namespace hlid
