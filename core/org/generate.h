// The files for an app and its flows: what deploys, what keeps credentials out of version control, and SETUP.md, which says the
// same to a person without a command line.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "org/choices.h"
#include "org/file.h"

namespace hlid::org {

struct Generated {
  Files files;                      // in the order in which a person reads them
  Files deployable;                 // of the format mdapi: what belongs into its zip
  std::vector<std::string> merged;  // paths of files that hold what was there as well
  std::vector<std::string> notes;
};

Result<Generated> generate(const Choices& choices);

}  // namespace hlid::org
