// spelling.h: the library's words in the command's own spelling for a person: --client-id for client_id, seconds for
// milliseconds. A program reads the names of the catalogue.
#pragma once

#include <cstdint>
#include <string>

#include "cli/catalogue.h"
#include "cli/outcome.h"

namespace hlid_cli {

// The option that gives the field: "--client-id", "--timeout", "--password-file".
std::string option_name(const Field& field);

// A number of milliseconds as seconds: "0.001", "600".
std::string in_seconds(int64_t ms);
// Of a setting that counts milliseconds: "from 0.001 to 600".
std::string range_in_seconds(const Field& field);

enum class Reader : uint8_t { person, program };

// For a person, names of settings and parameters in message and hint become options. A program matches them against
// those it knows, as it does `field`: they stay. For both, the hint for a wrong value says how to give it.
void word_for(Reader reader, const Catalogue& catalogue, const FlowInfo& flow, Failure& failure);

}  // namespace hlid_cli
