// What the flows share that revoke tokens.
#pragma once

#include <string_view>

#include "flows/code_flow.h"

namespace hlid {

inline constexpr ResultSpec kRevocation = {"Revocation", "What was given is revoked. Nothing more is said.", {}};
inline constexpr RequestSpec kRevokeRequest = {"revoke", "POST", kRevokePath, true};

// One revocation. `uvid`: the visitor of a guest's token, for the guest headers that the server wants with one.
void begin_revoke(Work& work, std::string_view token, std::string_view uvid);

// Nothing, if the token is revoked. `gone_is_fine`: one that the server does not know any more is as good as revoked.
Result<void> read_revoked(Work& work, bool gone_is_fine);

}  // namespace hlid
