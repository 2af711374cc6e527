// What the flows of a session in a store share: the operations, the record as it was found and as it is to be, and the result.
#pragma once

#include <optional>
#include <string_view>

#include "engine/context.h"
#include "engine/spec.h"
#include "flows/parts/fields.h"
#include "flows/parts/introspect.h"
#include "flows/parts/session.h"
#include "session/expiry.h"
#include "session/record.h"

namespace hlid {

inline constexpr ValueSpec kSessionKeyParameter = {
    .name = "key",
    .charset = Charset::bytes,
    .secret = true,
    .required = true,
    .max_bytes = kMaxStoreKey,
    .doc =
        "Where the store keeps the session: any bytes, at most 512. The app's own name of the user or of the browser's session.",
    .in_ticket = InTicket::never};

inline constexpr FieldSpec kSessionTokenFields[] = {
    {"access_token", ValueKind::text, true, "The token, opaque or a JWT.", true},
    {"token_type", ValueKind::text, false, "Bearer."},
    {"token_format", ValueKind::text, false, "opaque or jwt.", false, kTokenFormats},
    {"scope", ValueKind::list, false, "Scopes that were granted, as the server lists them."},
    {"instance_url", ValueKind::url, false, "Base address of the org's APIs."},
    {"issued_at_ms", ValueKind::integer, false, "When the token was issued, in milliseconds since 1970."},
    {"expires_at_ms", ValueKind::integer, false, "When it expires, if it says so."},
    {"id", ValueKind::url, false, "The user's identity URL."},
    {"uvid", ValueKind::text, false, "The visitor's UVID."},
    uvid_carry_field(false),
    kUvidCarryReasonField,
    {"site_url", ValueKind::url, false, "The site's address as the server reports it."},
    {"site_id", ValueKind::text, false, "The site's Network id."},
    {"refreshed", ValueKind::flag, false, "true if this call refreshed the token; otherwise the store or this process had it.",
     true},
    {"refresh_failure", ValueKind::text, false,
     "Why this is the old token, which still lasts: the reason of the error with which its refresh failed."},
};
inline constexpr ResultSpec kSessionToken = {
    "SessionToken", "A session's access token, and what is known of it. The refresh token never leaves the store's record.",
    kSessionTokenFields};

// The record as the store has it, packed, and its version; both empty where the store has none.
inline constexpr SlotSpec kStoreRecord{"record"};
inline constexpr SlotSpec kStoreVersion{"version", InTicket::never, true};
// The record that is being saved in its place.
inline constexpr SlotSpec kNextRecord{"next_record"};
inline constexpr SlotSpec kNextVersion{"next_version", InTicket::never, true};
inline constexpr SlotSpec kWaited{"waited", InTicket::never, true};  // for the lock, in milliseconds
inline constexpr SlotSpec kHeld{"held", InTicket::never, true};      // for the store to work again
inline constexpr SlotSpec kFault{"fault", InTicket::never, true};    // what the store said last
inline constexpr SlotSpec kRounds{"rounds", InTicket::never, true};  // how often the record was looked at again
// Of the lock, and of what the record says about a refresh.
inline constexpr SlotSpec kStoreOwner{"owner", InTicket::never, true};

constexpr RequestSpec with_errors(RequestSpec request, const ErrorSpec& errors) {
  request.errors = &errors;
  return request;
}
inline constexpr RequestSpec kEndRequest = with_errors(kIntrospect, kSessionErrors);

Result<void> fill_load(Context& flow);
Result<void> fill_lock(Context& flow);
Result<void> fill_unlock(Context& flow);
// Saves kNextRecord as kNextVersion, if kStoreVersion is still there.
Result<void> fill_save(Context& flow);
Result<void> fill_erase(Context& flow);

// What the store gave: kept as the record that it has. Absent where it has none.
Result<std::optional<Record>> read_loaded(Context& flow);
std::optional<Record> found_record(const Context& flow);
std::optional<Record> next_record(const Context& flow);
// To be saved next, as a new version.
Result<void> propose(Context& flow, const Record& record);
// It is saved.
void adopt_saved(Context& flow);

// Whether the server is to say when the record's access token ends. The setting session_introspection asks for it, once for each
// token that says nothing itself.
bool wants_end(const Context& flow, const Record& record);
Result<void> fill_end_request(Context& flow);  // of the record that is being saved
// Into the record, with the time at which it is due.
Result<void> read_end(Context& flow, Record& record);

// The result.
void take_session(Context& flow, const Record& record);
// What the process keeps: a token that has been checked.
void keep_in_cache(Context& flow, const Record& record);
void drop_session_cache(Context& flow);

// A store's fault, for the time when the tries are over.
void note_fault(Context& flow);
// Of saves that fail, try after try: the store's own fault, or it breaks its promise.
Error why_not_saved(const Context& flow);

Error no_session();
Error session_ended(std::string_view why);
Error store_conflict();

// A short wait that doubles with each, with jitter, and never takes longer than `at_most_ms` in all: then there is none. The sum
// of the waits counts, so that a clock that jumps makes it neither shorter nor longer.
Result<void> wait_more(Context& flow, const SlotSpec& waited, int64_t at_most_ms);

}  // namespace hlid
