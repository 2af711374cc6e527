// Whether an address is the app's callback, as browsers write it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hlid {

// Where an address and the callback first differ. `nothing`: it is the callback.
enum class CallbackDiffers { nothing, not_an_address, scheme, host, port, path, query };

struct CallbackMatch {
  CallbackDiffers differs = CallbackDiffers::nothing;
  std::string_view rest;  // what the server has put behind the callback: its query and its fragment
};

// Equal after RFC 3986 6.2.2.1 and 6.2.3, and not further: the case of scheme, host and the hex digits of percent-encodings,
// a default port, an empty path before a query. All else byte for byte; no prefix, no pattern (RFC 9700 2.1).
CallbackMatch match_callback(std::string_view address, std::string_view redirect_uri);

// What differs, for a person: says what the callback has, and of the address its scheme or port alone.
std::string explain_difference(CallbackDiffers differs, std::string_view address, std::string_view redirect_uri);

}  // namespace hlid
