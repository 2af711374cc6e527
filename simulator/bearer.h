// bearer.h: what the grants share in which an app's signature stands for a user's password.
#pragma once

#include <string>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

// A production org accepts its login host as well as its own; not the sandboxes' (test.salesforce.com).
inline constexpr const char* kProductionLogin = "https://login.salesforce.com";

// The tokens for a user who has approved the app; refused where the user or the app is not approved, or the app lacks the scope
// refresh_token, which these grants require and do not give.
Response bearer_tokens(Org& org, const App& app, const std::string& username);  // integration.cc

}  // namespace hlid_sim
