// Checking RS256 signatures (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 3.3).
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/secret.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace hlid {

// Big-endian numbers without zeros in front.
struct RsaPublicKey {
  Secret modulus, exponent;
};
// The key of a PEM block: CERTIFICATE (X.509; nothing else of it is looked at) or PUBLIC KEY. Absent for another kind of key, and
// for one that may not verify anything (below).
std::optional<RsaPublicKey> read_public_key(std::string_view pem);

// modulus and exponent are big-endian numbers. False for a key under 2,048 or over 8,192 bits, with an even modulus, with an
// exponent that is even, 1 or over 32 bits, or with primes of a kind that can be found (crypto/roca.h).
bool may_verify_rs256(std::string_view modulus, std::string_view exponent);

// A key to verify with, made once and shared by the flows of all threads: verifying changes nothing in it.
class RsaVerifier {
 public:
  // A key outside these limits verifies nothing.
  RsaVerifier(std::string_view modulus, std::string_view exponent);
  [[nodiscard]] bool usable() const { return key_ != nullptr; }
  [[nodiscard]] bool verify_rs256(std::string_view input, std::string_view signature) const;

 private:
  struct Freed {
    void operator()(evp_pkey_st* key) const;
  };
  std::unique_ptr<evp_pkey_st, Freed> key_;
};

// The same with a key that is used once.
bool verify_rs256(std::string_view modulus, std::string_view exponent, std::string_view input, std::string_view signature);

}  // namespace hlid
