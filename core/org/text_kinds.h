// What a text in a file is: a callback on localhost, a private key, a placeholder. forms.h says what it must be.
#pragma once

#include <string_view>

namespace hlid::org {

// "com.acme.app" of "com.acme.app:/callback"; empty if the address does not begin so.
std::string_view scheme_of(std::string_view address);

// On localhost, by whatever scheme.
bool is_local_callback(std::string_view address);

bool has_private_key(std::string_view text);

// "${KEY}", "{{key}}", "YOUR_KEY", "AUTO_GENERATED".
bool is_placeholder(std::string_view text);

}  // namespace hlid::org
