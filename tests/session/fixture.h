// Two processes with one store and one server, and what a server may say that is of no use.
#pragma once

#include "tests/session/host.h"

namespace session_model {

class Sessions : public ::testing::Test {
 protected:
  Store store;
  Server server;
  Process a{store, server};
  Process b{store, server};

  // A session whose token is due in a moment, and ends a moment later.
  void begin(int64_t lasts_ms = 1'000, const std::string& more = "") {
    ASSERT_EQ(a.run("begin", {{"tokens", tokens(lasts_ms, more)}}), "done");
  }
  void go_to(int64_t later_ms) { a.now = b.now = kNow + later_ms; }
};

// Whatever gives no usable response: the server has used the token, or not.
struct Useless {
  const char* name;
  int status;  // 0: none
  const char* body;
};
inline constexpr Useless kUseless[] = {
    {"no response", 0, ""}, {"500", 500, R"({"error":"server_error"})"},          {"502", 502, "<html>Bad Gateway</html>"},
    {"504", 504, ""},       {"a page", 200, "<html>Welcome to our Wi-Fi</html>"}, {"half", 200, R"({"access_token":"00D!)"},
    {"nothing", 200, "{}"},
};

// Every request of this process gets this response, until `between` is another.
inline void answer_all(Process& process, int status, const std::string& body) {
  process.between = [&process, status, body](hlid::Flow& flow) {
    if (flow.step() != hlid::Step::send) return false;
    process.give(status, body);
    return true;
  };
}

// Serves the request first, or does not.
inline bool give_useless(Process& process, hlid::Flow& flow, const Useless& what, bool serves) {
  if (flow.step() != hlid::Step::send) return false;
  if (serves) (void)process.server.serve(flow.request().url, flow.request().body.view());
  if (what.status == 0) {
    EXPECT_TRUE(flow.give_no_response(true, "timeout", "the deadline passed"));
  } else {
    process.give(what.status, what.body);
  }
  return true;
}

}  // namespace session_model
