#include "crypto/random.h"

#include <openssl/rand.h>

#include <cstring>
#include <utility>

namespace hlid {

Result<void> fill_random(std::span<char> out) {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) != 1) {
    return Error::transport("no_random", "the system's random number generator failed").advise(Advice::none);
  }
  return {};
}

Result<Secret> random_bytes(size_t count) {
  Secret out;
  out.resize(count);
  if (auto filled = fill_random({out.data(), count}); !filled) return std::move(filled).error();
  return out;
}

int64_t random_up_to(int64_t bound) {
  const auto bytes = random_bytes(sizeof(uint64_t));
  if (!bytes || bound <= 0) return 0;
  uint64_t number = 0;
  std::memcpy(&number, bytes->view().data(), sizeof number);
  return static_cast<int64_t>(number % (static_cast<uint64_t>(bound) + 1));
}

}  // namespace hlid
