// Reading a JWT of Salesforce's: an access token, an ID token (RFC 7519; compact JWS).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace hlid {

class JwtReader {
 public:
  // `what`: how messages name the token, a literal.
  explicit JwtReader(std::string_view what = "the access token") : what_(what) {}

  // Refused (PROTOCOL, "bad_jwt"): anything that is not three base64url segments with a JSON object in the
  // first two, an `alg` other than RS, PS or ES with 256, 384 or 512, `crit`. Does not check the signature, for
  // which RS256 alone will do (Jwks). The token must outlive this.
  Result<void> read(std::string_view token);
  // The first segment alone.
  Result<void> read_header(std::string_view segment);
  [[nodiscard]] bool has_signature_of_a_key_pair() const;

  [[nodiscard]] std::string_view what() const { return what_; }
  [[nodiscard]] JsonValue header() const { return header_.root(); }
  [[nodiscard]] JsonValue claims() const { return claims_.root(); }
  [[nodiscard]] std::string_view key_id() const { return header().text("kid").value_or(""); }
  [[nodiscard]] std::string_view subject() const { return claims().text("sub").value_or(""); }
  // `exp`, in milliseconds.
  [[nodiscard]] std::optional<int64_t> expires_at_ms() const;
  [[nodiscard]] std::string_view signing_input() const { return signing_input_; }
  [[nodiscard]] std::string_view signature() const { return signature_.view(); }

 private:
  [[nodiscard]] Error bad(std::string_view problem) const;
  Result<void> parse_segment(std::string_view segment, JsonDocument& into) const;

  std::string_view what_;
  JsonDocument header_, claims_;
  std::string_view signing_input_;
  Secret signature_;
};

// Begins as a base64url JSON object does, or is three segments of base64url: what must be read as a JWT, and
// fails if it cannot. Anything else ("00D...!...") is an opaque token.
bool looks_like_jwt(std::string_view token);

// PROTOCOL, "bad_jwt", if the token declares that no key pair signed it (`alg` none, HS256, ...): anyone who can write
// such a one could have written anything into it. A token without a readable header says nothing.
Result<void> check_algorithm(std::string_view token);

}  // namespace hlid
