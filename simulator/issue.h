// issue.h: access tokens and ID tokens, and the response that carries them.
#pragma once

#include <string>
#include <vector>

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

// The members of a successful response for tokens, without a refresh token. `user` is null for a guest.
json issue_tokens(Org& org, const App& app, const GrantPtr& grant, const User* user, const std::vector<std::string>& scopes);

// Whether the request came to the org's own host, not to its site: that host then issues the tokens.
bool is_at_org(const Org& org, const Request& request);

// The identity URL of someone else in the org.
std::string another_users(std::string id);
std::string identity_url(const Org& org, const User& user);

}  // namespace hlid_sim
