// The site's key set: a prerequisite that the engine runs before a flow ends with a token whose signature is checked.
#pragma once

#include <string_view>

#include "engine/context.h"
#include "engine/spec.h"

namespace hlid {

// Its path is the setting jwks_path, by default this one.
inline constexpr RequestSpec kKeysRequest{.name = "keys",
                                          .endpoint = Endpoint::keys,
                                          .method = "GET",
                                          .path = kDefaultJwksPath,
                                          .body = Body::none,
                                          .retry_safe = true};

Result<void> fill_keys(Context& flow);
// Whether the result's token is a JWT that must be checked according to the settings.
bool wants_keys(const Context& flow);
// PROTOCOL if the result's access token is not signed by one of these keys, was made for another client, or is not valid now.
Result<void> verify_access_token(const Context& flow, std::string_view jwks);

}  // namespace hlid
