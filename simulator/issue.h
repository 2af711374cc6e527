// issue.h: access tokens and ID tokens, and the response that carries them.
#pragma once

#include <string>
#include <vector>

#include "simulator/org.h"

namespace hlid_sim {

// The members of a successful response for tokens, without a refresh token. `user` is null for a guest.
json issue_tokens(Org& org, const App& app, const GrantPtr& grant, const User* user, const std::vector<std::string>& scopes);

std::string identity_url(const Org& org, const User& user);

}  // namespace hlid_sim
