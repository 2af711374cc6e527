#include "crypto/roca.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace hlid {
namespace {

constexpr uint32_t kGenerator = 65537;
// Of M, which grows with the key: these are in all of them.
constexpr uint32_t kPrimes[] = {3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
                                73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

bool is_power_of_generator(uint32_t rest, uint32_t prime) {
  uint32_t power = 1;
  do {
    if (power == rest) return true;
    power = power * (kGenerator % prime) % prime;
  } while (power != 1);
  return false;
}

uint32_t rest_of(std::string_view number, uint32_t divisor) {
  uint32_t rest = 0;
  for (const char c : number) rest = (rest << 8U | static_cast<unsigned char>(c)) % divisor;
  return rest;
}

}  // namespace

bool has_roca_primes(std::string_view modulus) {
  return std::all_of(std::begin(kPrimes), std::end(kPrimes),
                     [&](uint32_t prime) { return is_power_of_generator(rest_of(modulus, prime), prime); });
}

}  // namespace hlid
