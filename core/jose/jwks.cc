#include "jose/jwks.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/rsa.h"

namespace hlid {
namespace {

bool may_verify(const JsonValue& key) {
  if (key.text("kty") != "RSA" || key.find("d")) return false;
  if (const auto alg = key.find("alg"); alg && alg->as_text() != "RS256") return false;
  if (const auto use = key.find("use"); use && use->as_text() != "sig") return false;
  const auto operations = key.find("key_ops");
  if (!operations) return true;
  const auto items = operations->items();
  return std::any_of(items.begin(), items.end(), [](const JsonValue& item) { return item.as_text() == "verify"; });
}

Error fault(const JwtReader& token, const char* reason, std::string_view problem) {
  return Error::protocol(reason, join({token.what(), problem}));
}

}  // namespace

Result<void> Jwks::read(std::string_view json) {
  JsonDocument document;
  if (document.parse(json) != JsonFault::none) return Error::protocol("bad_jwks", "the key set is not JSON");
  const auto list = document.root().find("keys");
  if (!list || !list->is_array()) return Error::protocol("bad_jwks", "the key set has no list of keys");
  const auto items = list->items();
  if (items.size() > kMaxJwksKeys) return Error::protocol("bad_jwks", "the key set has more than 64 keys");
  for (const JsonValue& item : items) {
    const std::string id(item.text("kid").value_or(""));
    if (!may_verify(item)) continue;
    auto modulus = from_base64(item.text("n").value_or(""), Base64::url_unpadded);
    auto exponent = from_base64(item.text("e").value_or(""), Base64::url_unpadded);
    if (!modulus || !exponent) continue;
    // A duplicate key is not worth another try.
    const bool again = std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) {
      return key.id == id && key.modulus.view() == modulus->view() && key.exponent.view() == exponent->view();
    });
    if (again) continue;
    RsaVerifier verifier(modulus->view(), exponent->view());
    keys_.push_back({id, std::move(*modulus), std::move(*exponent), std::move(verifier)});
  }
  return {};
}

bool Jwks::is_usable() const {
  return std::any_of(keys_.begin(), keys_.end(), [](const Key& key) { return key.verifier.usable(); });
}

Result<void> Jwks::verify(const JwtReader& token) const {
  if (token.header().algorithm != "RS256") return fault(token, "bad_jwt", " is signed with another algorithm than RS256");
  const std::string_view id = token.key_id();
  const Secret signature = token.signature();
  bool found = false;
  size_t tried = 0;
  for (const Key& key : keys_) {
    if (!id.empty() && key.id != id) continue;
    found = true;
    if (!key.verifier.usable()) continue;
    if (++tried > kMaxJwksKeysTried) break;
    if (key.verifier.verify_rs256(token.signing_input(), signature.view())) return {};
  }
  if (!found) return fault(token, "unknown_key", " is signed with a key that the site does not publish");
  return fault(token, "bad_signature", "'s signature is wrong");
}

Result<void> check_times(const JwtReader& token, int64_t now_ms) {
  const auto expires = token.expires_at_ms();
  if (!expires) return fault(token, "bad_jwt", " does not say when it ends");
  if (now_ms > *expires + kClockLeewayMs) return fault(token, "token_expired", " has already expired");
  constexpr std::string_view kNotBefore = "nbf";
  for (const std::string_view name : {kNotBefore, std::string_view("iat")}) {
    const auto claim = token.claims().find(name);
    if (!claim) continue;
    const auto seconds = claim->as_integer();
    if (!seconds || *seconds < 0 || *seconds > 253'402'300'799) {
      return fault(token, "bad_jwt", " has an invalid time claim");
    }
    if (name == kNotBefore && *seconds * 1000 > now_ms && *seconds * 1000 - now_ms > kClockLeewayMs) {
      return fault(token, "token_not_yet_valid", " is not valid yet").hint(kClockHint);
    }
    if (*seconds * 1000 > *expires + kClockLeewayMs) return fault(token, "bad_jwt", " begins after its end");
  }
  return {};
}

}  // namespace hlid
