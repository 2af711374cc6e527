// registration.h: what headless registration and the first-party one share.
#pragma once

#include <optional>
#include <string>

#include "simulator/org.h"

namespace hlid_sim {

// Fills in who is to be created; returns why not, where something is missing or malformed.
std::optional<std::string> read_newcomer(const json& userdata, const json& customdata, const std::string& method, User& person);
// Refuses as an exception in Apex would; a name that is taken is told here and no earlier.
std::shared_ptr<const User> create_newcomer(Org& org, User person);

}  // namespace hlid_sim
