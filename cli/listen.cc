#include "cli/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>

#include "cli/outcome.h"
#include "cli/signals.h"
#include "cli/wipe.h"

namespace hlid_cli {
namespace {

constexpr size_t kMostConnections = 16;
constexpr size_t kMostBytes = size_t{32} * 1024;  // of a request's head
constexpr int kTries = 16;                        // for a port that is free at both addresses
constexpr std::string_view kPath = "/callback";

constexpr std::string_view kArrived =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>headlessid</title></head><body>\n"
    "<p>The browser's part is done. Close this window and go back to the terminal.</p>\n</body></html>\n";
constexpr std::string_view kNothingHere =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>headlessid</title></head><body>\n"
    "<p>There is nothing here.</p>\n</body></html>\n";

UsageError not_here(const std::string& why) {
  return UsageError(
      "--listen: the redirect_uri " + why,
      "Give the callback as the app has it, such as http://localhost:1717/OauthRedirect; without a redirect_uri any "
      "free port is used, which a server must allow (RFC 8252 7.3).",
      "redirect_uri");
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

int hex_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto low = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

// The state in an address's query, decoded; empty if there is none, or more than one.
Secret state_of(std::string_view address) {
  constexpr std::string_view kName = "state=";
  const size_t mark = address.find('?');
  std::string_view query = mark == std::string_view::npos ? std::string_view() : address.substr(mark + 1);
  query = query.substr(0, query.find('#'));
  Secret state;
  int found = 0;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view field = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!field.starts_with(kName) || ++found > 1) continue;
    for (size_t i = kName.size(); i < field.size(); ++i) {
      const bool encoded = field[i] == '%' && i + 2 < field.size() && hex_of(field[i + 1]) >= 0 && hex_of(field[i + 2]) >= 0;
      const char c = encoded           ? static_cast<char>(hex_of(field[i + 1]) * 16 + hex_of(field[i + 2]))
                     : field[i] == '+' ? ' '
                                       : field[i];
      state.append(std::string_view(&c, 1));
      if (encoded) i += 2;
    }
  }
  return found == 1 ? std::move(state) : Secret();
}

// As a browser writes it: without the port that every address of http has.
std::string_view without_port_80(std::string_view host) {
  constexpr std::string_view kPort = ":80";
  return host.ends_with(kPort) ? host.substr(0, host.size() - kPort.size()) : host;
}

// What the request line asks for; empty if it is not one of HTTP/1.
std::string_view target_of(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const size_t from = line.find(' ');
  const size_t to = line.rfind(' ');
  if (from == to || !line.substr(to + 1).starts_with("HTTP/1.") || line.size() != to + 9) return {};
  const std::string_view target = line.substr(from + 1, to - from - 1);
  return target.starts_with('/') && target.find(' ') == std::string_view::npos ? target : std::string_view();
}

// The value of a header, as sent; empty if there is none.
std::string_view header_of(std::string_view head, std::string_view name) {
  for (size_t at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size();) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    const size_t colon = line.find(':');
    if (colon != std::string_view::npos && lower(line.substr(0, colon)) == name) {
      const size_t from = line.find_first_not_of(" \t", colon + 1);
      return from == std::string_view::npos ? std::string_view() : line.substr(from);
    }
    at = head.find("\r\n", at + 2);
  }
  return {};
}

int bound(int family, uint16_t port) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  int status = -1;
  if (family == AF_INET) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    status = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    address.sin6_addr = in6addr_loopback;
    status = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  if (status == 0 && listen(fd, static_cast<int>(kMostConnections)) == 0) return fd;
  const int why = errno;
  (void)close(fd);
  errno = why;
  return -1;
}

uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                                            : reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
}

bool has_no_such_address() { return errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL || errno == EPROTONOSUPPORT; }

}  // namespace

Listener::Listener(std::string_view redirect_uri, std::chrono::seconds at_most)
    : until_(std::chrono::steady_clock::now() + at_most) {
  poll_ = epoll_create1(EPOLL_CLOEXEC);
  try {
    parse(redirect_uri);
  } catch (...) {
    close_all();
    throw;
  }
}

Listener::~Listener() { close_all(); }

void Listener::close_all() {
  for (const Connection& each : connections_) (void)close(each.fd);
  for (const int fd : listening_) (void)close(fd);
  if (poll_ >= 0) (void)close(poll_);
  connections_.clear();
  listening_.clear();
  poll_ = -1;
}

void Listener::parse(std::string_view redirect_uri) {
  if (redirect_uri.empty()) {
    host_ = "localhost";
    open(0);
    origin_ = "http://localhost:" + std::to_string(port_of(listening_.front()));
    redirect_uri_ = origin_ + std::string(kPath);
    chose_port_ = true;
    return;
  }
  constexpr std::string_view kScheme = "http://";
  if (lower(redirect_uri.substr(0, kScheme.size())) != kScheme) throw not_here("does not begin with http://");
  const size_t end = std::min(redirect_uri.find_first_of("/?#", kScheme.size()), redirect_uri.size());
  const std::string_view authority = redirect_uri.substr(kScheme.size(), end - kScheme.size());
  const size_t bracket = authority.find(']');
  const size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  host_ = lower(authority.substr(0, colon));
  if (host_ != "localhost" && host_ != "127.0.0.1" && host_ != "[::1]")
    throw not_here("is not an address of this machine: a browser would not return here");
  uint16_t port = 80;
  if (colon != std::string_view::npos) {
    const std::string_view digits = authority.substr(colon + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || stop != digits.data() + digits.size() || port == 0) throw not_here("has no valid port");
  }
  redirect_uri_ = redirect_uri;
  origin_ = redirect_uri.substr(0, end);
  open(port);
}

// A name may lead a browser to either address: with a port of one's own, another program may not be at the other.
bool Listener::try_open(uint16_t port) {
  if (host_ != "[::1]") {
    const int fd = bound(AF_INET, port);
    if (fd < 0) return false;
    listening_.push_back(fd);
    port = port_of(fd);
  }
  if (host_ == "127.0.0.1") return true;
  const int fd = bound(AF_INET6, port);
  if (fd >= 0) {
    listening_.push_back(fd);
  } else if (host_ == "[::1]" || !has_no_such_address()) {
    return false;
  }
  return true;
}

void Listener::open(uint16_t port) {
  for (int tries = port == 0 ? kTries : 1; tries > 0; --tries) {
    if (try_open(port)) {
      for (const int fd : listening_) watch(fd);
      return;
    }
    for (const int fd : listening_) (void)close(fd);
    listening_.clear();
  }
  if (port == 0) throw UsageError("--listen: no port is free");
  throw UsageError("--listen: port " + std::to_string(port) + " of this machine cannot be used",
                   "Another program may be using it; ports below 1024 need a right of their own.", "redirect_uri");
}

void Listener::watch(int fd) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  (void)epoll_ctl(poll_, EPOLL_CTL_ADD, fd, &event);
}

// Browsers open connections that they never use: the oldest makes room.
void Listener::accept_from(int fd) {
  const int accepted = accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (accepted < 0) return;
  if (connections_.size() == kMostConnections) {
    (void)close(connections_.front().fd);
    connections_.erase(connections_.begin());
  }
  connections_.push_back({accepted, {}});
  watch(accepted);
}

void Listener::end(size_t index, std::string_view status, std::string_view body) {
  const std::string response =
      "HTTP/1.1 " + std::string(status) +
      "\r\nContent-Type: text/html;charset=utf-8\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src "
      "'none'\r\nConnection: close\r\n\r\n" +
      std::string(body);
  const int fd = connections_[index].fd;
  (void)send(fd, response.data(), response.size(), MSG_NOSIGNAL);
  (void)shutdown(fd, SHUT_WR);
  (void)close(fd);
  connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(index));
}

bool Listener::read_from(size_t index) {
  Connection& from = connections_[index];
  char buffer[4096];
  const ssize_t count = recv(from.fd, buffer, sizeof buffer, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count <= 0) {
    (void)close(from.fd);
    connections_.erase(connections_.begin() + static_cast<std::ptrdiff_t>(index));
    return false;
  }
  from.text.append(std::string_view(buffer, static_cast<size_t>(count)));
  wipe_bytes(buffer, sizeof buffer);
  const size_t head = from.text.view().find("\r\n\r\n");
  if (head == std::string_view::npos) {
    if (from.text.size() > kMostBytes) end(index, "431 Request Header Fields Too Large", kNothingHere);
    return false;
  }
  const std::string_view text = from.text.view().substr(0, head + 2);
  // A page of another name that leads here (DNS rebinding) is told nothing.
  const std::string host = lower(std::string_view(origin_).substr(origin_.find("://") + 3));
  if (without_port_80(lower(header_of(text, "host"))) != without_port_80(host)) {
    end(index, "403 Forbidden", kNothingHere);
    return false;
  }
  // A sign-in ends with a browser going to a page. What a page loads by itself, it says so.
  const std::string mode = lower(header_of(text, "sec-fetch-mode"));
  if (!mode.empty() && mode != "navigate") {
    end(index, "403 Forbidden", kNothingHere);
    return false;
  }
  if (target_of(text).empty()) {
    end(index, "400 Bad Request", kNothingHere);
    return false;
  }
  if (!text.starts_with("GET ")) {
    end(index, "405 Method Not Allowed", kNothingHere);
    return false;
  }
  return true;
}

void Listener::expect(std::string_view shown) { state_ = state_of(shown); }

std::optional<Listener::Arrival> Listener::next() {
  while (true) {
    throw_if_interrupted();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - std::chrono::steady_clock::now()).count();
    if (left <= 0) return std::nullopt;
    if (wait_readable(poll_, static_cast<int>(left)) != Ready::readable) continue;
    epoll_event event{};
    if (epoll_wait(poll_, &event, 1, 0) != 1) continue;
    const int fd = event.data.fd;
    if (std::find(listening_.begin(), listening_.end(), fd) != listening_.end()) {
      accept_from(fd);
      continue;
    }
    const auto found =
        std::find_if(connections_.begin(), connections_.end(), [&](const Connection& each) { return each.fd == fd; });
    if (found == connections_.end()) continue;
    const auto index = static_cast<size_t>(found - connections_.begin());
    if (!read_from(index)) continue;
    waiting_ = index;
    Arrival arrival{Secret(origin_), false};
    arrival.address.append(target_of(connections_[index].text.view()));
    const Secret state = state_of(arrival.address.view());
    arrival.is_ours = !state.empty() && state.view() == state_.view();
    return arrival;
  }
}

void Listener::respond(bool is_callback) {
  if (!waiting_) return;
  end(*waiting_, is_callback ? "200 OK" : "404 Not Found", is_callback ? kArrived : kNothingHere);
  waiting_.reset();
}

}  // namespace hlid_cli
