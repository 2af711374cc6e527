// sim.h: `headlessid sim`, the simulated org as its own process.
#pragma once

#include <string>
#include <vector>

namespace hlid_cli {

std::string sim_help();
// Runs until SIGINT, SIGTERM or, with --until-eof, the end of standard input.
int run_sim(const std::vector<std::string>& arguments);

}  // namespace hlid_cli
