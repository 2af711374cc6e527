// Checking RS256 signatures (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518 3.3).
#pragma once

#include <string_view>

namespace hlid {

// modulus and exponent are big-endian numbers. False for a key under 2,048 or over 8,192 bits, with an even modulus, with an
// exponent that is even, 1 or over 32 bits, or with primes of a kind that can be found (crypto/roca.h).
bool may_verify_rs256(std::string_view modulus, std::string_view exponent);

// A key outside these limits verifies nothing.
bool verify_rs256(std::string_view modulus, std::string_view exponent, std::string_view input, std::string_view signature);

}  // namespace hlid
