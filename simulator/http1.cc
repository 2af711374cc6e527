#include "simulator/http1.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace hlid_sim {
namespace {

constexpr size_t kReadBytes = 16 * 1024;
constexpr size_t kMaxHeadBytes = 64 * 1024;
constexpr size_t kMaxLineBytes = 1024;  // of a chunk's size and of a trailer
constexpr size_t kMaxBodyBytes = 1024 * 1024;
constexpr size_t kMaxFormBytes = 64 * 1024;
// Up to this size, a body that is too large is read and discarded, so that the peer can read the response.
constexpr uint64_t kMaxDiscardedBytes = 4 * 1024 * 1024;

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<uint64_t> number(std::string_view text, int base) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// All values of a header, in order.
std::vector<std::string> values_of(const Request& request, std::string_view lower_name) {
  std::vector<std::string> values;
  for (const auto& [name, value] : request.headers) {
    if (name == lower_name) values.push_back(value);
  }
  return values;
}

bool lists(const Request& request, std::string_view lower_name, std::string_view word) {
  for (const std::string& value : values_of(request, lower_name)) {
    const std::string text = lower(value);
    for (size_t at = 0; at <= text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      if (trim(std::string_view(text).substr(at, comma - at)) == word) return true;
      at = comma + 1;
    }
  }
  return false;
}

int read_request_line(std::string_view line, Incoming& incoming) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return 400;
  const std::string_view version = line.substr(last + 1);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return version.starts_with("HTTP/") ? 505 : 400;
  if (target.empty() || std::any_of(target.begin(), target.end(), [](char c) { return c == ' ' || is_control(c); })) return 400;
  Request& request = incoming.request;
  request.method = line.substr(0, first);
  if (!is_token(request.method)) return 400;
  const size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  incoming.keep_alive = version == "HTTP/1.1";
  return std::find(kMethods.begin(), kMethods.end(), request.method) == kMethods.end() ? 501 : 0;
}

// `head`: the lines up to the empty one, each with its end.
int read_head_lines(std::string_view head, Incoming& incoming) {
  size_t end = head.find("\r\n");
  const int refused = read_request_line(head.substr(0, end), incoming);
  if (refused != 0) return refused;
  Request& request = incoming.request;
  for (size_t at = end + 2; at < head.size(); at = end + 2) {
    end = head.find("\r\n", at);
    const std::string_view line = head.substr(at, end - at);
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return 400;
    const std::string_view value = trim(line.substr(colon + 1));
    if (std::any_of(value.begin(), value.end(), is_control)) return 400;
    request.headers.emplace_back(lower(line.substr(0, colon)), value);
  }
  const bool is_http11 = incoming.keep_alive;
  const size_t hosts = values_of(request, "host").size();
  if (hosts > 1 || (hosts == 0 && is_http11)) return 400;
  incoming.keep_alive = is_http11 ? !lists(request, "connection", "close") : lists(request, "connection", "keep-alive");
  return 0;
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 302: return "Found";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 417: return "Expectation Failed";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unnamed";
  }
}

}  // namespace

Http1::Http1(Stream& stream) : stream_(stream), buffer_(kReadBytes) {}

bool Http1::fill() {
  from_ = 0;
  to_ = stream_.read(buffer_.data(), buffer_.size());
  return to_ > 0;
}

// The lines of the head, without the empty one; absent when the peer has closed.
std::optional<std::string> Http1::read_head() {
  std::string head;
  head_too_large_ = false;
  while (true) {
    if (from_ == to_ && !fill()) return std::nullopt;
    head += buffer_[from_++];
    if (head == "\r\n") head.clear();  // an empty line between requests
    if (head.ends_with("\r\n\r\n")) break;
    if (head.size() > kMaxHeadBytes) {
      head_too_large_ = true;
      return std::string();
    }
  }
  head.resize(head.size() - 2);
  return head;
}

std::optional<std::string> Http1::read_line() {
  std::string line;
  while (!line.ends_with("\r\n")) {
    if (line.size() > kMaxLineBytes || (from_ == to_ && !fill())) return std::nullopt;
    line += buffer_[from_++];
  }
  line.resize(line.size() - 2);
  return line;
}

// `out` null: discarded.
bool Http1::read_exactly(size_t size, std::string* out) {
  while (size > 0) {
    if (from_ == to_ && !fill()) return false;
    const size_t count = std::min(size, to_ - from_);
    if (out != nullptr) out->append(buffer_.data() + from_, count);
    from_ += count;
    size -= count;
  }
  return true;
}

int Http1::read_chunks(std::string& body, size_t most) {
  uint64_t total = 0;
  while (true) {
    const auto line = read_line();
    if (!line) return 400;
    const auto size = number(trim(std::string_view(*line).substr(0, line->find(';'))), 16);
    if (!size) return 400;
    if (*size == 0) break;
    if (*size > kMaxDiscardedBytes || (total += *size) > kMaxDiscardedBytes) return 413;
    if (!read_exactly(static_cast<size_t>(*size), total <= most ? &body : nullptr)) return 400;
    const auto end = read_line();
    if (!end || !end->empty()) return 400;
  }
  for (size_t lines = 0;; ++lines) {
    const auto line = read_line();
    if (!line || lines > 100) return 400;
    if (line->empty()) return total > most ? 413 : 0;
  }
}

int Http1::read_body(Incoming& incoming, size_t most) {
  Request& request = incoming.request;
  const auto codings = values_of(request, "transfer-encoding");
  const auto lengths = values_of(request, "content-length");
  if (codings.empty() && lengths.empty()) return 0;
  if ((!codings.empty() && !lengths.empty()) || codings.size() > 1 || lengths.size() > 1) return 400;
  uint64_t length = 0;
  if (codings.empty()) {
    const auto said = number(lengths.front(), 10);
    if (!said) return 400;
    length = *said;
    if (length > kMaxDiscardedBytes) return 413;
  } else if (lower(codings.front()) != "chunked") {
    return 501;
  }
  const auto expects = values_of(request, "expect");
  if (!expects.empty()) {
    if (expects.size() > 1 || lower(expects.front()) != "100-continue") return 417;
    if (from_ == to_ && !stream_.write("HTTP/1.1 100 Continue\r\n\r\n")) return 400;
  }
  if (!codings.empty()) return read_chunks(request.body, most);
  if (!read_exactly(static_cast<size_t>(length), length <= most ? &request.body : nullptr)) return 400;
  return length > most ? 413 : 0;
}

std::optional<Incoming> Http1::next() {
  const auto head = read_head();
  if (!head) return std::nullopt;
  Incoming incoming;
  incoming.refused = head_too_large_ ? 431 : read_head_lines(*head, incoming);
  if (incoming.refused == 0) {
    const auto types = values_of(incoming.request, "content-type");
    const bool form = !types.empty() && lower(types.front()).starts_with("application/x-www-form-urlencoded");
    incoming.refused = read_body(incoming, form ? kMaxFormBytes : kMaxBodyBytes);
  }
  // Where the next request begins is unknown.
  if (incoming.refused != 0) incoming.keep_alive = false;
  return incoming;
}

bool Http1::respond(const Incoming& to, const Response& response) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += reason_of(response.status);
  out += "\r\n";
  bool has_type = false;
  bool has_length = false;
  for (const auto& [name, value] : response.headers) {
    out.append(name).append(": ").append(value).append("\r\n");
    has_type = has_type || lower(name) == "content-type";
    has_length = has_length || lower(name) == "content-length";
  }
  const bool has_body = response.status != 204 && response.status != 304;
  const bool sends_body = has_body && to.request.method != "HEAD" && !response.content_type.empty();
  if (!has_type && !response.content_type.empty()) out.append("Content-Type: ").append(response.content_type).append("\r\n");
  if (!has_length && has_body)
    out.append("Content-Length: ")
        .append(std::to_string(response.content_type.empty() ? 0 : response.body.size()))
        .append("\r\n");
  out += to.keep_alive ? "Keep-Alive: timeout=120\r\n\r\n" : "Connection: close\r\n\r\n";
  if (sends_body) out += response.body;
  // One write for the whole response.
  return stream_.write(out);
}

}  // namespace hlid_sim
