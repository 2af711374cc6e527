// man.h: `headlessid man`: the manual page, made from the catalogue.
#pragma once

#include <string>

#include "cli/catalogue.h"

namespace hlid_cli {

// In the man macros of roff.
std::string manual_page(const Catalogue& catalogue);

}  // namespace hlid_cli
