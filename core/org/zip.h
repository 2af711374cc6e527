// Zip files, as `sf project retrieve` and the Metadata API write and read them: stored or deflated entries, names in UTF-8.
// Read strictly, by the central directory; written so that the same files give the same bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "org/file.h"

namespace hlid::org {

// ARGUMENT, field `zip`, reason in kZipFaults. Folders are left out. A path that would leave the folder, a link, an encrypted
// entry, two entries of one name, or entries that lie on each other are refused, and so is what exceeds base/limits.h: before
// anything of it is unpacked.
Result<Files> unpack(std::string_view zip);

// Paths and sizes must be such as unpack accepts.
Result<std::string> pack(const Files& files);

// Why a path cannot be that of a file below a folder; empty: it can.
std::string_view path_fault(std::string_view path);

}  // namespace hlid::org
