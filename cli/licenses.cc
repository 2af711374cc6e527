#include "cli/licenses.h"

namespace hlid_cli {

std::string licenses_text(const std::string& version) {
  std::string out = "headlessid " + version + "\nCopyright The headlessid authors, under the Apache License 2.0:\n\n";
  out += own_license();
  out += '\n';
  if (notices().empty())
    return out +
           "This command was built from source and linked with the libraries of its system, which keep their own terms: the "
           "system's packages have them.\n";
  return out += notices();
}

}  // namespace hlid_cli
