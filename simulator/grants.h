// grants.h: the rules of every request for a code, whatever the flow.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

using Text = std::optional<std::string>;

// Refuses a challenge that is malformed or, where one is `required`, missing.
void check_code_challenge(const Text& challenge, const Text& method, bool required);
// The requested scopes, or all of the app's; absent if one of them is not the app's. A list with commas is one
// unknown scope, as it is on a live org.
std::optional<std::vector<std::string>> granted_scopes(const App& app, const Text& asked);
// The UVID in a live token that carries one; empty for any other text.
std::string uvid_inside(const Org& org, const std::string& token);
// A named flow accepts the guest's token in the header or the plain UVID in the body, both without a scheme word.
std::string carried_uvid(const Org& org, const Text& header, const Text& body);
// The redirect that hands a new code to the app.
Response code_redirect(Org& org, GrantPtr grant, const Text& state);

}  // namespace hlid_sim
