// wipe.h: overwrites memory that held a secret. explicit_bzero came with glibc 2.25; packages run on older ones.
#pragma once

#include <cstddef>
#include <cstring>

namespace hlid_cli {

inline void wipe_bytes(void* data, std::size_t size) noexcept {
  std::memset(data, 0, size);
  // The compiler must assume that the zeroes are read.
  __asm__ __volatile__("" : : "r"(data) : "memory");
}

}  // namespace hlid_cli
