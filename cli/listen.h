// listen.h: where a browser returns to, with --listen (RFC 8252 7.3): a server on this machine's own loopback address, for one
// sign-in.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/secret.h"

namespace hlid_cli {

class Listener {
 public:
  // At the port of a callback that names this machine; with an empty one at any free port, and then redirect_uri() says what the
  // callback is. Throws UsageError.
  Listener(std::string_view redirect_uri, std::chrono::seconds at_most);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  const std::string& redirect_uri() const { return redirect_uri_; }
  // Whether the server has to accept a port that no admin has registered.
  bool chose_port() const { return chose_port_; }
  // The address that is shown: a browser that comes back brings its state.
  void expect(std::string_view shown);

  // The address that a browser asks for, whole; absent when the time is over. The browser waits for respond(). Throws
  // Interrupted. Any page can send a browser here: without the state that is expected the address is not this sign-in's,
  // whatever it says, and `is_ours` false.
  struct Arrival {
    Secret address;
    bool is_ours = false;
  };
  std::optional<Arrival> next();
  // To the last one: whether it is the callback. The page has nothing of the address in it.
  void respond(bool is_callback);

 private:
  struct Connection {
    int fd = -1;
    Secret text;  // with the code in it
  };
  void parse(std::string_view redirect_uri);
  void open(uint16_t port);
  bool try_open(uint16_t port);
  void watch(int fd) const;
  void accept_from(int fd);
  // What is left of a connection: whether its request is complete, and one that may be the callback.
  bool read_from(size_t index);
  void end(size_t index, std::string_view status, std::string_view body);
  void close_all();

  std::string redirect_uri_;
  bool chose_port_ = false;
  Secret state_;
  std::string origin_;  // http://localhost:1717
  std::string host_;    // localhost, 127.0.0.1 or [::1]
  std::chrono::steady_clock::time_point until_;
  int poll_ = -1;
  std::vector<int> listening_;
  std::vector<Connection> connections_;
  std::optional<size_t> waiting_;
};

}  // namespace hlid_cli
