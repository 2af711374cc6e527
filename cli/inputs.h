// inputs.h: what a flow's command was given: by options, by the environment, by a profile.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/catalogue.h"
#include "cli/secret.h"

namespace hlid_cli {

struct Inputs {
  bool help = false;
  bool json = false;
  bool trace = false;
  bool show_secrets = false;
  bool raw = false;
  std::optional<std::string> save;  // a path
  std::string profile;              // a path; empty: none
  bool yes = false;
  bool dry_run = false;
  bool send_messages = false;
  std::vector<std::string> flows;  // that `check` and `org doctor` are asked about; empty: all
  bool is_oauth1_session = false;  // the tokens in the file are OAuth 1.0a's
  bool listen = false;
  int listen_timeout_s = 600;
  // By their names in the catalogue; values that were not given are absent.
  std::map<std::string, Secret> settings;
  std::map<std::string, Secret> parameters;
};

// What `org probe` records in a profile next to the settings; every reader of profiles ignores it.
inline constexpr std::string_view kProbedMember = "probed";

// Reads the options and only then, unless help was asked for, the files, the environment and the profile. An option
// counts before the environment, the environment before the profile. The secrets in the environment are wiped there,
// so that /proc/<pid>/environ holds none from here on. Throws UsageError, which never holds a value.
//
// `json` in the result is set as soon as it is read, so that an error is reported in the requested form.
void read_inputs(const Catalogue& catalogue, const FlowInfo& flow, const std::vector<std::string>& arguments, Inputs& out);

}  // namespace hlid_cli
