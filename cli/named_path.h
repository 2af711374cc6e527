// named_path.h: whether an error names the file that it is about.
#pragma once

#include <string>

namespace hlid_cli {

// Which paths an error may name: a secret that was given where its file, or a profile, belongs must not end up in a log.
enum class PathKind { of_a_file, of_a_secret };

// "--profile shop.json": what an error says of a file. `what` alone where the path may be the content itself, given in the
// wrong place. That of a secret is named where it has an extension of such files, or begins with a folder that exists.
std::string with_path(const std::string& what, const std::string& path, PathKind kind = PathKind::of_a_file);

}  // namespace hlid_cli
