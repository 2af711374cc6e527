// What a value looks like that was pasted, or kept by an env file, with more than itself.
#pragma once

#include <string>
#include <string_view>

namespace hlid {

// What is odd about a text that should be printable ASCII, as the end of a sentence: "it begins with a byte order mark
// (U+FEFF)". Of a secret no character is named. Empty if nothing is odd.
std::string oddity_of(std::string_view value, bool secret);

// What is around a setting's value that belongs to the place that it was copied from: quotation marks, white space,
// invisible characters, an unfilled variable. Empty if nothing is wrong.
std::string wrapping_of(std::string_view value);

}  // namespace hlid
