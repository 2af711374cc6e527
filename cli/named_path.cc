#include "cli/named_path.h"

#include <sys/stat.h>

#include "cli/words.h"

namespace hlid_cli {
namespace {

constexpr size_t kLongestNamedPath = 512;

// A secret may have a slash in it (base64), but does not begin with the name of a folder, or end as a file of text does.
bool is_surely_a_path(const std::string& path) {
  for (const char* extension : {".json", ".txt", ".pem", ".key"}) {
    if (path.ends_with(extension)) return true;
  }
  const size_t slash = path.find('/', 1);
  struct stat facts{};
  if (slash == std::string::npos || path.starts_with("//")) return false;
  return stat(path.substr(0, slash).c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

}  // namespace

std::string with_path(const std::string& what, const std::string& path, PathKind kind) {
  const bool is_short = path.size() <= kLongestNamedPath && path.find_first_of("{\"\n\r") == std::string::npos;
  if (path.empty() || !is_short || (kind == PathKind::of_a_secret && !is_surely_a_path(path))) return what;
  return what + " " + printable(path);
}

}  // namespace hlid_cli
