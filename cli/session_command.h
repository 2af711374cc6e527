// session_command.h: `headlessid session`: a signed-in user's tokens in a file, for scripts and cron jobs.
#pragma once

#include <string>
#include <vector>

#include "cli/catalogue.h"

namespace hlid_cli {

std::string session_help();
int run_session(const std::vector<std::string>& arguments);

// Its parts, each as if it were a flow: for options, help and completion.
std::vector<FlowInfo> session_commands();

}  // namespace hlid_cli
