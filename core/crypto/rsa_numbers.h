// The numbers of an RSA key out of its DER (RFC 8017 A.1, RFC 5958 2, RFC 5280 4.1). Read here and not by OpenSSL's decoders,
// which leave a copy of the whole key in memory that they freed.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace hlid {

// Big-endian, without zeros in front, in the order in which they are written.
struct RsaNumbers {
  std::string_view modulus, public_exponent, private_exponent, prime1, prime2, exponent1, exponent2, coefficient;
};

// Views into `der`. Absent if it is anything but one RSAPrivateKey of two primes.
std::optional<RsaNumbers> read_rsa_private_key(std::string_view der);
// The same inside a PrivateKeyInfo, whose algorithm must be rsaEncryption.
std::optional<RsaNumbers> read_private_key_info(std::string_view der);

struct RsaPublicNumbers {
  std::string_view modulus, exponent;
};
// A SubjectPublicKeyInfo, whose algorithm must be rsaEncryption; and that of an X.509 certificate.
std::optional<RsaPublicNumbers> read_public_key_info(std::string_view der);
std::optional<RsaPublicNumbers> read_certificate(std::string_view der);

}  // namespace hlid
