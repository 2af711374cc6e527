// completion.h: `headlessid completion`: scripts for bash, zsh and fish, made from the catalogue.
#pragma once

#include <string>

#include "cli/catalogue.h"

namespace hlid_cli {

// Throws UsageError for another shell.
std::string completion_script(const Catalogue& catalogue, const std::string& shell);

}  // namespace hlid_cli
