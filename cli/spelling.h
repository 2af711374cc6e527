// spelling.h: the library's words in the command's own spelling: --client-id for client_id, seconds for milliseconds.
#pragma once

#include "cli/catalogue.h"
#include "cli/outcome.h"

namespace hlid_cli {

// The option that gives the field: "--client-id", "--timeout", "--password-file".
std::string option_name(const Field& field);

// A number of milliseconds as seconds: "0.001", "600".
std::string in_seconds(int64_t ms);
// Of a setting that counts milliseconds: "from 0.001 to 600".
std::string range_in_seconds(const Field& field);

// Names of settings and parameters in message and hint become options; a wrong value's hint says how to give it.
// `field` stays the name in the catalogue, for programs.
void spell_for_command(const Catalogue& catalogue, const FlowInfo& flow, Failure& failure);

}  // namespace hlid_cli
