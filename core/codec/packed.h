// Numbers and texts in a row of bytes: big-endian, each text with its size before it. What is inside of a seal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/secret.h"

namespace hlid {

inline void put_number(Secret& out, uint64_t value, size_t bytes) {
  for (size_t i = bytes; i-- > 0;) out.append(static_cast<char>(value >> (8 * i)));
}

// A text whose size needs `bytes` bytes.
inline void put_text(Secret& out, std::string_view text, size_t bytes) {
  put_number(out, text.size(), bytes);
  out.append(text);
}

inline void put_name(Secret& out, std::string_view name) { put_text(out, name, 1); }

class PackedReader {
 public:
  explicit PackedReader(std::string_view text) : rest_(text) {}
  std::string_view bytes(size_t count) {
    if (count > rest_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  uint64_t number(size_t count) {
    uint64_t value = 0;
    for (const char c : bytes(count)) value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }
  std::string_view text(size_t bytes_of_size) { return bytes(number(bytes_of_size)); }
  std::string_view name() { return text(1); }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  // False once something was missing.
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace hlid
