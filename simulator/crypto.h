// crypto.h: what the simulated org needs from OpenSSL, and base64 in both alphabets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace hlid_sim {

struct PkeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyFree>;

std::string sha256(std::string_view data);  // 32 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view data);
std::string hmac_sha1(std::string_view key, std::string_view data);
std::string random_bytes(size_t count);
std::string hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);

std::string base64(std::string_view bytes);     // standard, padded
std::string base64url(std::string_view bytes);  // URL-safe, no padding
// Either alphabet (not a mixture), padded or not. Anything else is refused, and so are spare bits that are not zero.
std::optional<std::string> from_base64(std::string_view text);

Pkey make_rsa_key(unsigned bits);
Pkey make_ec_key();
std::string sign_rs256(EVP_PKEY* key, std::string_view data);
bool verify_rs256(EVP_PKEY* key, std::string_view data, std::string_view signature);
// From the numbers of a JSON Web Key, big-endian; null for anything but an RSA key of 2,048 bits or more.
Pkey rsa_public_key(std::string_view modulus, std::string_view exponent);
// Of a PEM block; null for anything else.
Pkey read_private_key(const std::string& pem);
// The key of a PEM certificate, or a PEM public key; null for anything else, and for a key that is not RSA.
Pkey read_public_key(const std::string& pem);

[[noreturn]] void throw_openssl(const char* what);

}  // namespace hlid_sim
