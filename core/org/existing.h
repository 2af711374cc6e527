// Files that a project has already, and what is generated into it: a second app, or one of a repository.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "org/choices.h"
#include "org/file.h"

namespace hlid::org {

// Of what the choices say is there: the manifest and the org's settings keep what they have and get ours as well, the page of
// another app keeps its name, a project file stays. `merged` gets the paths of those that hold both.
Result<void> fit_in(const Choices& choices, Files& files, std::vector<std::string>& merged, std::vector<std::string>& notes);

}  // namespace hlid::org
