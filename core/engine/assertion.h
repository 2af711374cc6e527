// The client's own JWT: the settings say what it holds, and the app's key or the host signs it.
#pragma once

#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "engine/context.h"

namespace hlid {

// "header.claims", to be signed, for that audience unless the settings name another. A new one for each request: its jti is
// good for one. It is valid for as long as the settings say, `longest_s` at most.
Result<Secret> client_assertion_input(const Context& flow, std::string_view audience, int64_t longest_s = kMaxAssertionLifetimeS);
// The whole JWT, signed with the app's key.
Result<Secret> signed_client_assertion(const Context& flow, std::string_view audience);

}  // namespace hlid
