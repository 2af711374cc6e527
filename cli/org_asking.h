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
  // for tests. A profile's own request_interval_ms counts where it is longer.
  Asking(const std::map<std::string, Secret>& settings, bool json, bool trace);

  // To make an app with: its own client then keeps the pace between the requests of one flow, and the wait does not count as part
  // of timeout_ms.
  void keep_pace(std::map<std::string, Secret>& settings) const;

  // Waits for its turn; then a line on standard error, with --json an event "asking" on standard output. Throws Interrupted.
  void announce(const Announcement& request) const;

  // Runs the flow until it is done, has failed or wants something. Shows the trace. Throws Interrupted, unless the flow is done:
  // what it brought is to be taken first.
  hlid_step run(hlid_client* client, hlid_flow* flow);

  // From here on a signal that has come does not stop it: what is sent now ends what the others began.
  void ignore_the_signal() { ends_ = true; }

 private:
  void wait_for_turn() const;

  bool json_;
  bool trace_;
  bool ends_ = false;
  std::chrono::milliseconds pace_;
  std::optional<std::chrono::steady_clock::time_point> last_;  // when the last flow had ended
};

}  // namespace hlid_cli
