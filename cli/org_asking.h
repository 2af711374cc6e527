// org_asking.h: how `headlessid org doctor` and `org probe` ask a live site: each request is announced, and no two begin within a
// second of each other.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "cli/flow_command.h"
#include "cli/handles.h"
#include "cli/secret.h"

namespace hlid_cli {

struct Announcement {
  std::string name;  // "token_with_secret"
  std::string method;
  std::string path;  // "/services/oauth2/token"
  std::string why;   // a sentence: what is sent, and what that shows
};

class Asking {
 public:
  // `site`: of the profile. To the machine itself, where only the simulated org is, HEADLESSID_ORG_PACE_MS gives another pace,
  // for tests.
  Asking(std::string_view site, bool json, bool trace);

  // To make an app with: its own client then keeps the pace between the requests of one flow.
  void keep_pace(std::map<std::string, Secret>& settings) const;

  // A line on standard error, with --json an event "asking" on standard output.
  void announce(const Announcement& request) const;

  // Waits for its turn, and runs the flow until it is done, has failed or wants something. Shows the trace. Throws Interrupted.
  hlid_step run(hlid_client* client, hlid_flow* flow);

 private:
  void wait_for_turn() const;

  bool json_;
  bool trace_;
  std::chrono::milliseconds pace_;
  std::optional<std::chrono::steady_clock::time_point> last_;  // when the last request had begun
};

}  // namespace hlid_cli
