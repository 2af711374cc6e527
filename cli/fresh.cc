#include "cli/fresh.h"

#ifdef __linux__
#include <sys/syscall.h>
#else
#include <sys/random.h>
#endif
#include <unistd.h>

#include <chrono>

namespace hlid_cli {

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool random_bytes(void* bytes, size_t size) {
#ifdef __linux__
  // glibc has a function for it since 2.25; the packages start on older ones.
  return ::syscall(SYS_getrandom, bytes, size, 0U) == static_cast<long>(size);
#else
  return ::getentropy(bytes, size) == 0;
#endif
}

std::string made_up(std::string_view start) {
  unsigned char bytes[8] = {};
  (void)!random_bytes(bytes, sizeof bytes);
  std::string out = std::string(start) + "-";
  for (const unsigned char byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

}  // namespace hlid_cli
