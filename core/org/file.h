// Files as what comes in and goes out of this layer: it opens none itself.
#pragma once

#include <string>
#include <vector>

namespace hlid::org {

struct File {
  std::string path;  // relative, with '/'
  std::string bytes;
};
using Files = std::vector<File>;

}  // namespace hlid::org
