// Named characters of HTML, as servers and frameworks write them for what is not plain: "&uuml;", "&num;".
#pragma once

#include <cstddef>
#include <string_view>

namespace hlid {

inline constexpr size_t kLongestEntityName = 32;

// The code point of a name without '&' and ';': all of HTML 4, and of HTML 5 those below U+0180; one that is
// known in lower case alone also in capitals. 0: not one of these.
char32_t html_entity(std::string_view name);

}  // namespace hlid
