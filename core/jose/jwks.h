// A JSON Web Key Set (RFC 7517), and checking a JWT against it.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/rsa.h"
#include "jose/jwt.h"

namespace hlid {

class Jwks {
 public:
  // Reads RSA signing keys and skips all others (symmetric, private, `use: enc`, duplicates). PROTOCOL, "bad_jwks",
  // if the text is not a key set or has more than 64 keys.
  Result<void> read(std::string_view json);
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  // Whether any of its keys can verify a token.
  [[nodiscard]] bool is_usable() const;

  // The keys of the name in the token, or, if it has none, all: those that crypto/rsa.h lets verify, at most 16, one after the
  // other. PROTOCOL: "unknown_key", "bad_signature".
  [[nodiscard]] Result<void> verify(const JwtReader& token) const;

 private:
  struct Key {
    std::string id;
    Secret modulus, exponent;
    RsaVerifier verifier;  // one that is not usable is published, but verifies nothing
  };
  std::vector<Key> keys_;
};

// The times of a token: `exp` must be there and not past, `nbf` not ahead. `iat` must be a time before `exp`: one that is ahead
// says of this machine's clock that it is late, and by RFC 7519 nothing of the token.
inline constexpr std::string_view kClockHint = "this machine's clock must be right: it is behind that of the server";
Result<void> check_times(const JwtReader& token, int64_t now_ms);

}  // namespace hlid
