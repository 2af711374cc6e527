// registration.h: what headless registration and first-party registration share.
#pragma once

#include <optional>
#include <string>

#include "simulator/org.h"

namespace hlid_sim {

// Fills in the person to create; returns why it cannot, if something is missing or malformed.
std::optional<std::string> read_newcomer(const json& userdata, const json& customdata, const std::string& method, User& person);
// Refuses as an exception in Apex would; a username that exists already is reported here and not earlier.
std::shared_ptr<const User> create_newcomer(Org& org, User person);

}  // namespace hlid_sim
