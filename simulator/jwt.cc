#include "simulator/jwt.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>

namespace hlid_sim {
namespace {

std::string number_of(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) throw_openssl("no RSA parameter");
  std::string out(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(out.data()));
  BN_free(number);
  return out;
}

}  // namespace

SigningKey::SigningKey()
    : key_(make_rsa_key(2048)),
      modulus_(number_of(key_.get(), OSSL_PKEY_PARAM_RSA_N)),
      exponent_(number_of(key_.get(), OSSL_PKEY_PARAM_RSA_E)),
      kid_("CORE_SIM." + hex(sha256(modulus_)).substr(0, 12)) {}

nlohmann::json SigningKey::jwk() const {
  return {
      {"kty", "RSA"}, {"use", "sig"}, {"alg", "RS256"}, {"kid", kid_}, {"n", base64url(modulus_)}, {"e", base64url(exponent_)}};
}

std::string SigningKey::sign(const nlohmann::json& header, const nlohmann::json& claims) const {
  const std::string input = base64url(header.dump()) + "." + base64url(claims.dump());
  return input + "." + base64url(sign_rs256(key_.get(), input));
}

}  // namespace hlid_sim
