// What the flows share that revoke tokens.
#pragma once

#include <string_view>

#include "engine/request.h"
#include "engine/spec.h"

namespace hlid {

inline constexpr ResultSpec kRevocation = {"Revocation", "What was given is revoked. The server says nothing else.", {}};
inline constexpr RequestSpec kRevoke{
    .name = "revoke", .endpoint = Endpoint::revoke, .path = "/services/oauth2/revoke", .retry_safe = true};

// One revocation. `uvid`: the visitor of a guest's token, for the guest headers that the server wants with one.
void fill_revoke(Context& flow, std::string_view token, std::string_view uvid);

// Nothing, if the token is revoked. `gone_is_fine`: one that the server does not know any more is as good as revoked.
Result<void> read_revoked(Context& flow, bool gone_is_fine);

}  // namespace hlid
