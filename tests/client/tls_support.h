// Many sites at once, and the tests that need a process or a network of their own.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support.h"

namespace client_test {

// Sites whose logins all run at the same time: a flow repeats what never left, and so the pauses go by together.
class Sites {
 public:
  struct Site {
    std::string name{};
    std::unique_ptr<Server> server{};  // null after add_at
    std::unique_ptr<Signer> signer{};
    Flow flow{};
  };
  using Check = std::function<void(const Site&, const Ended&)>;

  // A server of its own and a login there; `host` is what the app calls it.
  void add(std::string name, ServerOptions options, const std::string& host = "localhost", const Settings& more = {},
           int64_t timeout_ms = 10'000);
  void add(std::string name, TlsOptions tls_options, const std::string& host = "localhost", const Settings& more = {},
           int64_t timeout_ms = 10'000);
  // A login at a site that is somebody else's server, or nobody's.
  void add_at(std::string name, const std::string& site, const Settings& more = {}, int64_t timeout_ms = 10'000);
  // Runs them all; checks each. Says how long the slowest took.
  int64_t run(const Check& check);

 private:
  std::vector<Site> sites_{};
};

// Not one byte that is the client's own business has reached this server.
void expect_untouched(const Server& server, const std::string& what);
// TRANSPORT, never left, and the server knows of nothing: for a fault that does not pass by itself, of this reason or of
// whichever of TLS; and for one that may pass.
Sites::Check expect_refused_as(std::string reason);
void expect_refused(const Sites::Site& site, const Ended& end);
void expect_broken_off(const Sites::Site& site, const Ended& end);
void expect_signed_in(const Sites::Site& site, const Ended& end);
// TRANSPORT for a reason that does not pass: tried once, and nobody is told to try again.
void expect_lasting(const Ended& end, const std::string& reason, const std::string& what = {});
// TRANSPORT for this reason, and the request never left.
void expect_never_left(const Ended& end, const std::string& reason, const std::string& what = {});

// A server at this port of the other address family; null if somebody else has it.
std::unique_ptr<Server> server_at(ServerOptions options, std::uint16_t port);

// Whether this machine lets us have namespaces of our own.
bool can_be_alone();
// Runs one test, whose name begins with DISABLED_, in a process with its own mounts and its own network, after this
// shell script. What the test has to know comes in its environment, by `export` in the script.
void run_alone(const std::string& test, const std::string& script);
// In such a test: whether it is in such a process. Else it must not touch anything.
bool is_alone();
#define RUN_ALONE_OR_SKIP(test, script)                                          \
  do {                                                                           \
    if (!can_be_alone()) GTEST_SKIP() << "no namespaces for us on this machine"; \
    run_alone(test, script);                                                     \
  } while (false)

}  // namespace client_test
