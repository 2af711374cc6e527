// Reading a JWT of Salesforce's: an access token, an ID token (RFC 7519; compact JWS).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"

namespace hlid {

struct JwtHeader {
  std::string algorithm{};                       // empty where it is missing, or not a string
  std::string key_id{};                          // the same
  std::optional<std::string> type{};             // `typ`; empty where it is not a string
  std::optional<std::string> salesforce_type{};  // `tty`; the same
  bool is_key_id_malformed = false;              // there, and not a string
  bool asks_for_extension = false;               // crit, b64, zip, enc
};

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
  [[nodiscard]] const JwtHeader& header() const { return header_; }
  // After `read`.
  [[nodiscard]] JsonValue claims() const { return document_.root(); }
  [[nodiscard]] std::string_view key_id() const { return header_.key_id; }
  [[nodiscard]] std::string_view subject() const { return claims().text("sub").value_or(""); }
  // `exp`, in milliseconds.
  [[nodiscard]] std::optional<int64_t> expires_at_ms() const;
  [[nodiscard]] std::string_view signing_input() const { return signing_input_; }
  [[nodiscard]] std::string_view signature() const { return signature_.view(); }

 private:
  [[nodiscard]] Error bad(std::string_view problem) const;
  Result<void> parse_segment(std::string_view segment);

  std::string_view what_;
  JwtHeader header_;
  JsonDocument document_;  // the header, then the claims
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
