// What a session's record is good for in this call, and how the call ends if nothing better comes.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/context.h"
#include "engine/spec.h"
#include "session/record.h"

namespace hlid {

inline constexpr SlotSpec kWantsGuest{"wants_guest", InTicket::never, true};

// Of the parameter.
int64_t min_ttl_ms(const Context& flow);
// Whether the record has the token that the caller says an API has rejected.
bool is_rejected(const Context& flow, const Record& record);
bool has_token_for(const Context& flow, const Record& record, int64_t ttl_ms);
// Whether there is nothing to do but to take it.
bool is_enough(const Context& flow, const Record& record);
// Whether a token that was sent under a mark may be sent again.
bool may_try_again(const Context& flow, const Record& record);

// Of a record that has no use for this flow: why.
std::optional<Error> why_useless(Context& flow, const std::optional<Record>& record);
Error lost_rotation(const Record& record);

// How the flow ends if nothing better comes: with the token in the record while that lasts, else with the error.
void conclude(Context& flow, const std::optional<Record>& record, Error why);
// Of the record that the store had last.
void conclude(Context& flow, Error why);
bool has_concluded(const Context& flow);

}  // namespace hlid
