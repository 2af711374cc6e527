// Base64 and base64url (RFC 4648). Decoding is strict: no white space, no spare bits, no stray length.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/secret.h"

namespace hlid {

enum class Base64 {
  standard,      // with padding
  url_unpadded,  // RFC 7515 2
};

// What so many bytes take.
constexpr size_t base64_size(size_t bytes, Base64 alphabet) {
  return alphabet == Base64::standard ? (bytes + 2) / 3 * 4 : (bytes * 4 + 2) / 3;
}
// Returns the end of what it has written: `base64_size` characters.
char* write_base64(char* to, std::string_view bytes, Base64 alphabet);
void append_base64(Secret& out, std::string_view bytes, Base64 alphabet);
Secret to_base64(std::string_view bytes, Base64 alphabet);
// False if the text is not exactly what encoding would give; what was appended then means nothing.
bool append_from_base64(Secret& out, std::string_view text, Base64 alphabet);
// Whether `append_from_base64` would take the text, without its bytes.
bool is_base64url(std::string_view text);
// Absent where the text is not what encoding would give.
std::optional<Secret> from_base64(std::string_view text, Base64 alphabet);

}  // namespace hlid
