// RSA keys whose primes a broken generator made (CVE-2017-15361, "ROCA"): the modulus alone reveals the private key.
#pragma once

#include <string_view>

namespace hlid {

// `modulus`: a big-endian number. Such primes are k * M + (65537^a mod M), M the product of the first small primes. So
// the modulus is a power of 65537 for each of those as well, which any other is by chance alone, once in 200 million.
bool has_roca_primes(std::string_view modulus);

}  // namespace hlid
