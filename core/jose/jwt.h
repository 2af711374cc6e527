// Reading a JWT of Salesforce's: an access token, an ID token (RFC 7519; compact JWS).
#pragma once

#include <array>
#include <atomic>
#include <memory>
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

// What an app's tokens are read with, one after the other: the parser's memory, and the headers that were read last. All
// tokens that a site signs with one key have the same, byte for byte, and none holds a secret. Safe from every thread.
class JwtMemory {
 public:
  JsonMemory json;

  // Null where the segment is not among them.
  [[nodiscard]] std::shared_ptr<const JwtHeader> header_of(std::string_view segment) const;
  void keep(std::string_view segment, std::shared_ptr<const JwtHeader> header);

 private:
  struct Kept {
    std::string segment;
    std::shared_ptr<const JwtHeader> header;
  };
  mutable std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  std::array<Kept, 4> kept_;  // an access, an ID and a guest's token, and one to change keys with
  size_t oldest_ = 0;
};

class JwtReader {
 public:
  // `what`: how messages name the token, a literal.
  explicit JwtReader(std::string_view what = "the access token") : what_(what) {}
  // The memory must outlive it.
  explicit JwtReader(JwtMemory& memory, std::string_view what = "the access token")
      : what_(what), memory_(&memory), document_(memory.json) {}

  // Refused (PROTOCOL, "bad_jwt"): anything that is not three base64url segments with a JSON object in the
  // first two, an `alg` other than RS, PS or ES with 256, 384 or 512, `crit`. Does not check the signature, for
  // which RS256 alone will do (Jwks). The token must outlive this.
  Result<void> read(std::string_view token);
  // The first segment alone.
  Result<void> read_header(std::string_view segment);
  [[nodiscard]] bool has_signature_of_a_key_pair() const;

  [[nodiscard]] std::string_view what() const { return what_; }
  [[nodiscard]] const JwtHeader& header() const;
  // After `read`.
  [[nodiscard]] JsonValue claims() const { return document_.root(); }
  [[nodiscard]] std::string_view key_id() const { return header().key_id; }
  [[nodiscard]] std::string_view subject() const { return claims().text("sub").value_or(""); }
  // `exp`, in milliseconds.
  [[nodiscard]] std::optional<int64_t> expires_at_ms() const;
  [[nodiscard]] std::string_view signing_input() const { return signing_input_; }
  // Its bytes: decoded for those who check it.
  [[nodiscard]] Secret signature() const;

 private:
  [[nodiscard]] Error bad(std::string_view problem) const;
  Result<void> parse_segment(std::string_view segment);

  std::string_view what_;
  JwtMemory* memory_ = nullptr;
  std::shared_ptr<const JwtHeader> header_;  // null: not read
  JsonDocument document_;                    // the header, then the claims
  std::string_view signing_input_;
  std::string_view signature_;
};

// Begins as a base64url JSON object does, or is three segments of base64url: what must be read as a JWT, and
// fails if it cannot. Anything else ("00D...!...") is an opaque token.
bool looks_like_jwt(std::string_view token);

// PROTOCOL, "bad_jwt", if the token declares that no key pair signed it (`alg` none, HS256, ...): anyone who can write
// such a one could have written anything into it. A token without a readable header says nothing.
Result<void> check_algorithm(std::string_view token, JwtMemory& memory);

}  // namespace hlid
