// flow_command.h: `headlessid <flow>`: any flow of the catalogue, by one loop over its steps.
#pragma once

#include <string>
#include <vector>

#include "cli/catalogue.h"
#include "cli/handles.h"

namespace hlid_cli {

int run_flow_command(const Catalogue& catalogue, const FlowInfo& flow, const std::vector<std::string>& arguments);

// Lets the client run the flow to where it is done, has failed or wants something. A signal cancels it, and it then
// comes back as failed.
hlid_step run_until_it_stops(hlid_client* client, hlid_flow* flow);

}  // namespace hlid_cli
