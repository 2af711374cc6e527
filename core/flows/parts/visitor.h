// A guest's visit: the UVID that goes out with a request, and the one that came back in a token.
#pragma once

#include "engine/context.h"

namespace hlid {

inline constexpr SlotSpec kUvid{"uvid", InTicket::always};
// The guest token proves what the plain UVID only says; without room for it in a ticket nothing is lost.
inline constexpr SlotSpec kGuestToken{"uvid_hint", InTicket::if_room};

// The visitor of the parameters guest_token and uvid: checked and kept.
Result<void> keep_visitor(Context& flow);
// In a named flow's form request. Never both the token and the plain UVID.
void add_visitor(Context& flow);
// Its first half: the header if there is a guest token to prove the visitor by, else what the body says instead.
Secret add_visitor_header(Context& flow);

// The last word on a token: what it carries of the visitor, and for a guest when to renew it.
Result<void> finish_named(Context& flow, bool verified);
Result<void> finish_guest(Context& flow, bool verified);

}  // namespace hlid
