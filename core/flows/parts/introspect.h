// The server's word on one token.
#pragma once

#include <string_view>

#include "engine/request.h"
#include "engine/spec.h"

namespace hlid {

inline constexpr RequestSpec kIntrospect{.name = "introspect",
                                         .endpoint = Endpoint::introspect,
                                         .path = "/services/oauth2/introspect",
                                         .retry_safe = true,
                                         .auth = Auth::client};

// `hint`: access_token or refresh_token; empty: not known.
void fill_introspect(Context& flow, std::string_view token, std::string_view hint);

// Into the flow's result: active, and of an active token everything that the server says.
Result<void> read_introspection(Context& flow);

}  // namespace hlid
