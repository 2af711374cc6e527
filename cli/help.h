// help.h: what --help and `flows` print, made from the catalogue.
#pragma once

#include <string>

#include "cli/catalogue.h"

namespace hlid_cli {

std::string main_help(const Catalogue& catalogue, size_t width);
std::string flow_help(const Catalogue& catalogue, const FlowInfo& flow, size_t width);

// `headlessid flows` and `headlessid flows NAME`.
std::string flows_for_people(const Catalogue& catalogue, size_t width);
std::string flow_for_people(const Catalogue& catalogue, const FlowInfo& flow, size_t width);

}  // namespace hlid_cli
