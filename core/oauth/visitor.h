// Carrying a visitor across: what UVID goes out with a request, and what UVID came back in a token.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "jose/jwt.h"
#include "oauth/flow_result.h"

namespace hlid {

// The visitor that a caller names: a guest token, a plain UVID, or both of the same visitor.
struct Visitor {
  std::string uvid;  // empty: none
  Secret token;      // the guest token, only while it can still be relied on
};

// ARGUMENT if the guest token is not a guest's, or belongs to a different visitor than `uvid`.
Result<Visitor> read_visitor(std::optional<std::string_view> guest_token, std::optional<std::string_view> uvid, int64_t now_ms);

// Whether a guest token lasts long enough to be relied on.
bool is_guest_token_good(std::string_view token, int64_t now_ms);

// The UVID in a guest token's `sub` ("uvid:<id>"), or nothing.
std::optional<std::string> guest_uvid_of(std::string_view token);

// Reads the access token that came back and writes uvid, uvid_carry (carried, lost, absent),
// uvid_carry_reason, uvid_verified, expires_at_ms, token_format. PROTOCOL if the token is another visitor's.
Result<void> read_carry(std::string_view access_token, std::string_view sent_uvid, bool is_guest, bool verified,
                        JwtMemory& memory, FlowResult& into);

}  // namespace hlid
