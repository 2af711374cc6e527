#include "cli/fresh.h"

#include <sys/random.h>

#include <chrono>

namespace hlid_cli {

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string made_up(std::string_view start) {
  unsigned char bytes[8] = {};
  (void)!getrandom(bytes, sizeof bytes, 0);
  std::string out = std::string(start) + "-";
  for (const unsigned char byte : bytes) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

}  // namespace hlid_cli
