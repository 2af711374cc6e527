// flow_command.h: `headlessid <flow>`: any flow of the catalogue, by one loop over its steps.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cli/catalogue.h"
#include "cli/handles.h"
#include "cli/inputs.h"
#include "cli/secret.h"

namespace hlid_cli {

// Reads a command's inputs and runs it; what is wrong is said in the form that was asked for.
int run_with_inputs(const Catalogue& catalogue, const FlowInfo& info, const std::vector<std::string>& arguments,
                    const std::function<int(Inputs&)>& run);

int run_flow_command(const Catalogue& catalogue, const FlowInfo& flow, const std::vector<std::string>& arguments);

// Throw LibraryError.
AppHandle make_app(const std::map<std::string, Secret>& settings);
ClientHandle make_client(const hlid_app* app);

// On standard error, what the trace has gained since `said` bytes of it.
void say_trace(const hlid_flow* flow, size_t& said);

// Lets the client run the flow to where it is done, has failed or wants something. A signal cancels it, and it then
// comes back as failed.
hlid_step run_until_it_stops(hlid_client* client, hlid_flow* flow);
// The same, whatever signal comes; at the first one it says `at_signal`.
hlid_step run_to_the_end(hlid_client* client, hlid_flow* flow, const char* at_signal = nullptr);

// Throws OutputError where standard output accepts nothing, before anything is sent.
void check_for_room();

}  // namespace hlid_cli
