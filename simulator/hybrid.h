// hybrid.h: the sessions of the org's web domains, which hybrid flows hand out with the tokens.
#pragma once

#include "simulator/org.h"

namespace hlid_sim {

// Refuses what a hybrid flow does not serve, before tokens are issued.
void check_hybrid(const App& app, const Grant& grant);
// Adds the members that the grant's scopes bring to a response that has the tokens.
void add_hybrid_members(const Grant& grant, std::string_view fault, json& response);

}  // namespace hlid_sim
