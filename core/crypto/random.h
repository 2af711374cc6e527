// The one source of randomness.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/secret.h"

namespace hlid {

// Bytes of OpenSSL's generator, which reseeds after a fork. Fails closed: TRANSPORT, "no_random".
Result<void> fill_random(std::span<char> out);
Result<Secret> random_bytes(size_t count);
// 0 to bound, for jitter; 0 if there is no randomness.
int64_t random_up_to(int64_t bound);

}  // namespace hlid
