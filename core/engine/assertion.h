// The client's own JWT: the settings say what it holds, and the app's key or the host signs it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "engine/context.h"

namespace hlid {

// "header.claims", to be signed, for that audience unless the settings name another. A new one for each request: its jti is
// good for one.
Result<Secret> client_assertion_input(const Context& flow, std::string_view audience);
// The whole JWT, signed with the app's key.
Result<Secret> signed_client_assertion(const Context& flow, std::string_view audience);

}  // namespace hlid
