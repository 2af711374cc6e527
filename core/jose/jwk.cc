#include "jose/jwk.h"

#include <algorithm>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/json_write.h"
#include "crypto/digest.h"

namespace hlid {
namespace {

// Zeros in front, which some encoders write, would make another thumbprint.
std::optional<Secret> read_number(const JsonValue& jwk, std::string_view name) {
  auto bytes = from_base64(jwk.text(name).value_or(""), Base64::url_unpadded);
  if (!bytes) return std::nullopt;
  std::string_view digits = bytes->view();
  digits.remove_prefix(std::min(digits.find_first_not_of('\0'), digits.size()));
  return Secret(digits);
}

std::string text_of(const Secret& number) { return std::string(to_base64(number.view(), Base64::url_unpadded).view()); }

}  // namespace

std::optional<RsaPublicKey> read_rsa_jwk(const JsonValue& jwk) {
  if (jwk.text("kty") != "RSA" || jwk.find("d")) return std::nullopt;
  auto modulus = read_number(jwk, "n");
  auto exponent = read_number(jwk, "e");
  if (!modulus || !exponent || !may_verify_rs256(modulus->view(), exponent->view())) return std::nullopt;
  return RsaPublicKey{std::move(*modulus), std::move(*exponent)};
}

std::string jwk_of(const RsaPublicKey& key, std::string_view key_id) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("kty", "RSA").member("kid", key_id);
  json.member("n", text_of(key.modulus)).member("e", text_of(key.exponent)).end_object();
  return text;
}

std::string thumbprint_of(const RsaPublicKey& key) {
  const std::string text = join({R"({"e":")", text_of(key.exponent), R"(","kty":"RSA","n":")", text_of(key.modulus), R"("})"});
  return std::string(to_base64(as_view(sha256(text)), Base64::url_unpadded).view());
}

}  // namespace hlid
