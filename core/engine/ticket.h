// A ticket: a waiting flow as text, sealed with AES-256-GCM, that any process can resume.
//
//   base64url( 2 | size of the key's id | id | nonce | ciphertext | tag ), at most kMaxTicket characters
//
// Bound (as additional data) to the version, the key's id, the site and the client. Inside: when it was sealed and when
// it expires, its own id, a digest of the host's binding value, the flow, its state, what it keeps, and zeros up to a
// multiple of kTicketStep bytes of the whole. Names, not numbers, so that a later release reads it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "oauth/app.h"

namespace hlid {

// What a flow keeps, most important first: optional entries are dropped from the end if there is no room.
struct TicketEntry {
  enum class Kind : uint8_t { slot = 1, parameter = 2, spent = 3 };
  Kind kind = Kind::slot;
  std::string_view name;
  std::string_view value;
  bool optional = false;
};

struct SealedTicket {
  Secret text;
  std::string id;  // 32 hex digits; another for each sealing
};

// `binding`: the host's own session, or empty if the ticket is valid for any holder.
Result<SealedTicket> seal_ticket(const App& app, std::string_view flow, std::string_view state, std::vector<TicketEntry> entries,
                                 std::string_view binding, int64_t now_ms);

struct OpenedTicket {
  Secret plain;  // the views below look into it
  std::string id;
  std::string_view flow;
  std::string_view state;
  std::vector<TicketEntry> entries;
};

// The same ARGUMENT ("ticket_refused", RESTART) for a ticket that is malformed, was altered, has expired, was sealed
// more than kTicketSkewMs from now in the future, belongs to another app or was sealed with another key; STATE ("other_session")
// if it is valid but the binding differs, and ("other_flow") if it holds a flow other than `flow` (empty: any).
Result<OpenedTicket> open_ticket(const App& app, std::string_view flow, std::string_view ticket, std::string_view binding,
                                 int64_t now_ms);

Error refused_ticket();

}  // namespace hlid
