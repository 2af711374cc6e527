// org_probe_runs.h: the flows that `headlessid org probe` runs: the library's public ones, each with settings of its own, each
// once, one request a second, and never with the password once two logins have failed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/catalogue.h"
#include "cli/org_asking.h"
#include "cli/outcome.h"
#include "cli/secret.h"

namespace hlid_cli {

using Overrides = std::map<std::string, std::string>;  // settings that are not the profile's; none is secret

// How a flow ended.
struct Ran {
  bool sent = false;  // false: `failure` says why nothing was
  bool done = false;
  Failure failure;
  std::string endpoint;      // the last part of the path that the last request went to: "authorize", "token"
  std::string http_version;  // of the last response: "1.1", "2"
  std::map<std::string, Secret> result;

  std::string_view get(const std::string& name) const {
    const auto found = result.find(name);
    return found == result.end() ? std::string_view() : found->second.view();
  }
};

struct Wanted {
  std::string question;  // on whose behalf
  std::string flow;
  std::string why;  // a sentence, announced before it is sent
  Overrides settings;
  std::map<std::string, std::string_view> parameters;
  std::string about;  // tells runs with other secrets apart
};

// A setting to try with another value, where a failure may be its own.
struct Adjustment {
  std::string setting;
  std::string value;
  std::function<bool(const Ran&)> fits;
};

class ProbeRuns {
 public:
  static constexpr int kMostFailedLogins = 2;

  ProbeRuns(const Catalogue& catalogue, std::map<std::string, Secret> settings, bool json, bool trace);

  // The same flow with the same settings is run once. A failure that says nothing of the org (no network, an outage) is thrown.
  const Ran& run(const Wanted& wanted);
  // With the adjustments that fit, until it is done or none is left. What helped is in `settings`.
  const Ran& run_until_done(Wanted wanted, const std::vector<Adjustment>& adjustments, Overrides& settings);

  // The profile's, or what counts without it.
  std::string setting(const std::string& name, const std::string& fallback) const;
  bool has(const std::string& name) const { return settings_.contains(name); }

  // A wrong code counts as a failed login, too. Not sent after the second.
  bool may_log_in() const { return failed_logins_ < kMostFailedLogins; }
  int failed_logins() const { return failed_logins_; }
  void count_failed_login() { ++failed_logins_; }

  // What ends the session that a login began, at the end; a refresh token that was replaced is no longer it.
  void keep_session(std::string_view token) { sessions_.emplace_back(token); }
  void replace_session(std::string_view old, std::string_view fresh);
  // The number that could not be ended.
  size_t end_sessions(const Overrides& settings);
  size_t sessions() const { return sessions_.size(); }

  AppHandle app_with(const Overrides& settings) const;
  const FlowInfo& flow(const std::string& name) const;
  void announce(const Wanted& wanted, const FlowInfo& flow);
  hlid_step step(hlid_client* client, hlid_flow* flow) { return asking_.run(client, flow); }
  // Throws what is about no setting: no network, an outage.
  static void throw_if_not_about_the_org(const Failure& failure);

 private:
  void send(const Wanted& wanted, Ran& out);
  bool is_as_without(const std::string& name, const std::string& value) const;
  std::string key_of(const Wanted& wanted) const;

  const Catalogue& catalogue_;
  std::map<std::string, Secret> settings_;
  Asking asking_;
  std::map<std::string, std::unique_ptr<Ran>> ran_;
  std::vector<Secret> sessions_;
  int failed_logins_ = 0;
};

}  // namespace hlid_cli
