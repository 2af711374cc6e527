// A private RSA key, and signing with it as RS256 does (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 3.3).
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/rsa.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace hlid {

// Read once and shared by the flows of all threads: signing changes nothing in it.
class RsaKey {
 public:
  // PEM of RFC 7468: one block, PRIVATE KEY (PKCS#8) or RSA PRIVATE KEY (PKCS#1), not encrypted, RSA of 2,048
  // to 8,192 bits. ARGUMENT otherwise, about `field`; never asks a person for a passphrase.
  static Result<RsaKey> from_pem(std::string_view pem, std::string_view field = "key");

  // As many bytes as the modulus has. STATE, "cannot_sign", if OpenSSL will not.
  [[nodiscard]] Result<Secret> sign_rs256(std::string_view input) const;
  [[nodiscard]] RsaPublicKey public_key() const;

 private:
  struct Freed {
    void operator()(evp_pkey_st* key) const;
  };
  explicit RsaKey(evp_pkey_st* key) : key_(key) {}
  std::unique_ptr<evp_pkey_st, Freed> key_;
};

}  // namespace hlid
