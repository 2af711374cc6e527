// Base64 and base64url (RFC 4648). Decoding is strict: no white space, no spare bits, no stray length.
#pragma once

#include <optional>
#include <string_view>

#include "base/secret.h"

namespace hlid {

enum class Base64 {
  standard,      // with padding
  url_unpadded,  // RFC 7515 2
};

void append_base64(Secret& out, std::string_view bytes, Base64 alphabet);
Secret to_base64(std::string_view bytes, Base64 alphabet);
// False if the text is not exactly what encoding would give; what was appended then means nothing.
bool append_from_base64(Secret& out, std::string_view text, Base64 alphabet);
// Whether `append_from_base64` would take the text, without its bytes.
bool is_base64url(std::string_view text);
// Absent where the text is not what encoding would give.
std::optional<Secret> from_base64(std::string_view text, Base64 alphabet);

}  // namespace hlid
