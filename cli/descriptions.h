// descriptions.h: the texts of the command's options, for help, man page and completion.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"

namespace hlid_cli {

struct Described {
  std::string name;  // with its placeholder: "--save FILE"
  std::string text;
};

// " URL", " PATH", or nothing for a flag.
std::string placeholder(const Option& option);
// What the field is for, what it accepts, and its default, in the command's units.
std::string text_of_field(const Field& field);

// The flow's summary, with its status where that is not "current".
std::string summary_of(const FlowInfo& flow);
// A sentence that says to which hosts it goes.
std::string hosts_of(const FlowInfo& flow);
// The commands that are not flows.
std::vector<Described> other_commands();
// --guest-file and --token-file, where the flow accepts them.
std::vector<Described> carried_files(const Catalogue& catalogue, const FlowInfo& flow);
// --profile, --json, --save and the like.
std::vector<Described> command_options(const Catalogue& catalogue, const FlowInfo& flow);

inline constexpr const char* kWhereValuesComeFrom =
    "An app's settings are options of every flow (--site, --client-id, --redirect-uri, ...), variables (HEADLESSID_SITE, ...) or "
    "members of a JSON file (--profile FILE). Secrets are never arguments: they come from --<name>-file PATH, where a PATH of - means a "
    "line of standard input, from HEADLESSID_<NAME>, or from a prompt.";
inline constexpr const char* kHowValuesAreRead =
    "Each VALUE may come from the environment: HEADLESSID_ and the name in capitals, with underscores; an empty variable counts as "
    "not set. An option overrides the environment, the environment overrides the profile. A PATH of - is a line of standard input, "
    "read in the order of the options. One trailing newline and a byte order mark are stripped from files.";
inline constexpr const char* kStatuses =
    "Exit status: 0 done, 1 refused by the server, 2 usage error, 3 no response, 4 invalid response, 5 wrong state, 130 interrupted.";

}  // namespace hlid_cli
