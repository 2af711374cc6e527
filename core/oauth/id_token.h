// The claims of an ID token (OpenID Connect Core 3.1.3.7, 3.2.2.11).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "jose/jwt.h"
#include "oauth/app.h"

namespace hlid {

// What a flow knows of the ID token that it got.
struct ExpectedIdToken {
  std::string_view named_base{};  // an address of the site that an authorize response named, and the settings believe; or empty
  std::string_view nonce{};       // the one that was sent; empty: none was
  std::string_view access_token{};
  bool from_browser = false;  // a browser brought both tokens: nonce and at_hash must tie them to this flow
  int64_t now_ms = 0;
};

// PROTOCOL: "bad_jwt", "another_issuer", "another_client", "token_expired", "token_not_yet_valid", "nonce_mismatch",
// "at_hash_mismatch". The signature is another matter (Jwks).
Result<void> check_id_token(const JwtReader& token, const App& app, const ExpectedIdToken& expected);

}  // namespace hlid
