#include "jose/assertion.h"

#include <string>
#include <utility>

#include "codec/base64.h"
#include "codec/json_write.h"
#include "crypto/random.h"

namespace hlid {
namespace {

constexpr size_t kIdBytes = 16;

}  // namespace

Result<Secret> assertion_input(const AssertionClaims& claims) {
  auto id = random_bytes(kIdBytes);
  if (!id) return std::move(id).error();
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("iss", claims.issuer).member("sub", claims.subject).member("aud", claims.audience);
  json.key("exp").integer(claims.expires_at_ms / 1000);
  json.member("jti", to_base64(id->view(), Base64::url_unpadded).view()).end_object();
  Secret input = to_base64(R"({"alg":"RS256"})", Base64::url_unpadded);
  input.append('.');
  append_base64(input, text, Base64::url_unpadded);
  return input;
}

Secret assertion_of(std::string_view input, std::string_view signature) {
  Secret whole;
  whole.reserve(input.size() + 1 + signature.size() * 4 / 3 + 3);
  whole.append(input);
  whole.append('.');
  append_base64(whole, signature, Base64::url_unpadded);
  return whole;
}

}  // namespace hlid
