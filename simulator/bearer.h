// bearer.h: what the grants share in which no person signs in: an app's signature, or its secret, stands for a user's password.
#pragma once

#include <string>
#include <vector>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

// A production org accepts its login host as well as its own; not the sandboxes' (test.salesforce.com).
inline constexpr const char* kProductionLogin = "https://login.salesforce.com";

// The tokens for a user who has approved the app; refused where the user has not, or where the app lacks the scope
// refresh_token, which these grants require and do not give.
Response bearer_tokens(Org& org, const Request& request, const App& app, const std::string& username);  // jwt_bearer.cc
// The tokens themselves, which do not come from a login at the site, and cannot be refreshed.
Response tokens_without_sign_in(Org& org, const Request& request, const App& app, const std::string& username,
                                std::vector<std::string> scopes);

}  // namespace hlid_sim
