#include "crypto/uuid.h"

#include "base/limits.h"
#include "crypto/random.h"

namespace hlid {

Result<std::string> make_uuid_v4() {
  constexpr std::string_view kHex = "0123456789abcdef";
  auto bytes = random_bytes(16);
  if (!bytes) return std::move(bytes).error();
  std::string out;
  for (size_t i = 0; i < 16; ++i) {
    auto byte = static_cast<unsigned char>(bytes->view()[i]);
    if (i == 6) byte = static_cast<unsigned char>((byte & 0x0FU) | 0x40U);
    if (i == 8) byte = static_cast<unsigned char>((byte & 0x3FU) | 0x80U);
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

bool is_uuid_v4(std::string_view text) {
  if (text.size() != kUuidLength) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return false;
    } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      return false;
    }
  }
  return text[14] == '4' && (text[19] == '8' || text[19] == '9' || text[19] == 'a' || text[19] == 'b');
}

}  // namespace hlid
