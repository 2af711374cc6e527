// check_command.h: `headlessid check`: whether an app and its org are set up, tried without a user.
#pragma once

#include <string>
#include <vector>

#include "cli/catalogue.h"

namespace hlid_cli {

// The command as if it were a flow, for its options.
FlowInfo command_of_check();
std::string check_help(const Catalogue& catalogue, size_t width);

// Exit status 0 if nothing has failed; else that of the first failure.
int run_check(const Catalogue& catalogue, const std::vector<std::string>& arguments);

}  // namespace hlid_cli
