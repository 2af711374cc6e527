// .gitignore and .forceignore: which paths they name.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hlid::org {

// Whether one pattern, without its "!", its leading and its closing slash, is that of the whole path (gitignore(5)): "*" and
// "?" stop at a slash, "**" does not.
// Each comparison takes one of `steps`: patterns come from files of others, and stars multiply. Without steps nothing matches.
bool matches_glob(std::string_view pattern, std::string_view path, int64_t& steps);

// What the last line says that names the file or a folder above it: ignored or, after "!", not. Absent: no line names it. The
// path is relative to the folder of the ignore file.
std::optional<bool> ignores(std::string_view lines, std::string_view path, int64_t& steps);

}  // namespace hlid::org
