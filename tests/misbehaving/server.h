// A server on this machine that does what it is told, however wrong. It runs on threads of its own, so that a test
// holds client and server in one process under one sanitizer. Several objects are several origins.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "journal.h"
#include "reply.h"
#include "script.h"
#include "tls.h"

namespace hlid_test {

// Known when the first byte of a request has arrived.
struct Upcoming {
  std::size_t number = 0;  // Request::number
  std::size_t connection = 0;
  std::size_t on_connection = 0;  // requests on it before this one
};

struct Http2Options {
  std::vector<std::pair<std::uint16_t, std::uint32_t>> settings{};  // in the server's first SETTINGS
  bool grant_window = true;                                         // give back the window that bodies have used up
  bool answer_pings = true;
  bool response_settings = true;
  std::string preface{};  // frames sent after the first SETTINGS
};

struct ServerOptions {
  bool ipv6 = false;  // ::1 in place of 127.0.0.1
  std::uint16_t port = 0;
  int backlog = 1024;
  int receive_buffer = 0;           // SO_RCVBUF, so that a peer which does not read is felt soon. 0: the system's
  std::size_t max_connections = 0;  // so many at once; others wait in the backlog. 0: any number
  std::optional<TlsOptions> tls{};
  Http2Options http2{};

  // Called on the connection's thread, for several connections at once. None: 404.
  Handler handler{};
  // After the head of a request, before its body; a response here is sent at once and the body is read no further
  // than to keep the connection in step.
  std::function<std::optional<Reply>(const Request&)> early{};
  // Before the request's first byte is taken: after how many bytes of it the conversation ends. HTTP/2 counts the
  // request's HEADERS, CONTINUATION and DATA frames, with their headers. A request of exactly that size is taken whole
  // and not answered.
  std::function<std::optional<Cut>(const Upcoming&)> cut_request{};
  // What becomes of a connection right after accept, before TLS: `keep` for nothing special.
  std::function<After(std::size_t connection)> on_accept{};
  // Connections that follow a script in place of HTTP.
  std::function<std::optional<Script>(std::size_t connection)> script{};
};

class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Ends every conversation, whatever it waits for. Twice is fine. The journal can still be read.
  void stop();

  std::uint16_t port() const { return port_; }
  // "https://localhost:1234", or http; with `host` in place of localhost.
  std::string origin(std::string_view host = "localhost") const;

  const Journal& journal() const { return journal_; }
  // Connections made by clients so far, with those that the kernel has accepted and this server has not seen yet
  // (unless max_connections keeps them waiting).
  std::size_t connections() const;
  std::size_t count(std::string_view text) const { return journal_.count(text); }
  std::size_t requests(std::string_view path) const { return journal_.requests(path); }

 private:
  struct Connection {
    std::thread thread{};
    std::atomic<bool> done = false;
  };
  void listen_here();
  void accept_loop();
  void accept_one();
  void reap();
  void serve(int fd, std::size_t number);

  ServerOptions options_;
  ContextPtr context_{};
  Journal journal_{};
  int listener_ = -1;
  int stop_fd_ = -1;
  int done_fd_ = -1;  // a connection has ended
  std::uint16_t port_ = 0;
  mutable std::mutex accept_mutex_{};
  std::list<Connection> open_{};
  std::thread acceptor_{};
  bool stopped_ = false;
};

}  // namespace hlid_test
