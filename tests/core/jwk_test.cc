// Public RSA keys: out of certificates, as JSON Web Keys, and their thumbprints.
#include <gtest/gtest.h>

#include <string>

#include "codec/json.h"
#include "crypto/rsa_key.h"
#include "jose/jwk.h"

namespace hlid {
namespace {

// RFC 7638 3.1, whose thumbprint the RFC states.
constexpr std::string_view kModulus =
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"
    "5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyr"
    "dkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

std::optional<RsaPublicKey> key_in(const std::string& json) {
  JsonDocument document;
  if (document.parse(json) != JsonFault::none) return std::nullopt;
  return read_rsa_jwk(document.root());
}
std::string jwk(std::string_view modulus, const std::string& more = "") {
  return R"({"kty":"RSA","e":"AQAB","n":")" + std::string(modulus) + '"' + more + "}";
}

TEST(Jwk, has_the_thumbprint_of_rfc_7638) {
  const auto key = key_in(jwk(kModulus, R"(,"alg":"RS256","kid":"2011-04-29")"));
  ASSERT_TRUE(key);
  EXPECT_EQ(thumbprint_of(*key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Jwk, is_the_same_key_with_zeros_in_front) {
  // 00 00 00 and the modulus: four letters more.
  const auto key = key_in(jwk("AAAA" + std::string(kModulus)));
  ASSERT_TRUE(key);
  EXPECT_EQ(thumbprint_of(*key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

TEST(Jwk, comes_back_as_it_was_written) {
  const auto key = key_in(jwk(kModulus));
  const auto again = key_in(jwk_of(*key, "a \"name\""));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->modulus.view(), key->modulus.view());
  EXPECT_EQ(again->exponent.view(), key->exponent.view());
}

TEST(Jwk, refuses_other_keys_and_private_ones) {
  for (const std::string& json :
       {jwk(kModulus, R"(,"d":"AQAB")"), jwk("AQAB"), jwk(""), jwk("not base64!"), std::string("{}"), std::string("[]"),
        std::string(R"({"kty":"EC","crv":"P-256"})"), R"({"kty":"RSA","n":")" + std::string(kModulus) + "\"}"}) {
    EXPECT_FALSE(key_in(json)) << json;
  }
}

TEST(PublicKey, refuses_what_holds_no_rsa_key) {
  for (const char* pem : {"", "text", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
                          "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----",
                          // An EC key.
                          "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9\n"
                          "q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==\n-----END PUBLIC KEY-----"}) {
    EXPECT_FALSE(read_public_key(pem)) << pem;
  }
}

}  // namespace
}  // namespace hlid
