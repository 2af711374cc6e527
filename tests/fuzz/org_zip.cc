// A zip file. What is unpacked and packed again is the same.
#include "org/zip.h"

#include <set>

#include "base/limits.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view zip(reinterpret_cast<const char*>(data), size);
  const auto files = hlid::org::unpack(zip);
  if (!files) {
    MUST(files.error().data().field == "zip" && files.error().data().message.size() < 1000);
    return 0;
  }
  size_t total = 0;
  std::set<std::string> paths;
  for (const hlid::org::File& file : *files) {
    MUST(hlid::org::path_fault(file.path).empty() && paths.insert(file.path).second);
    MUST(file.bytes.size() <= hlid::kMaxOrgFile);
    MUST(file.bytes.size() <= hlid::kMaxZipRatioFrom || file.bytes.size() / hlid::kMaxZipRatio <= size);
    total += file.bytes.size();
  }
  MUST(total <= hlid::kMaxOrgBytes && files->size() <= hlid::kMaxOrgFiles);
  const auto packed = hlid::org::pack(*files);
  MUST(packed.has_value());
  // What is packed more tightly than a zip may be is refused on the way back.
  const auto again = hlid::org::unpack(*packed);
  if (!again) return 0;
  MUST(again->size() == files->size());
  for (size_t i = 0; i < files->size(); ++i) {
    MUST((*again)[i].path == (*files)[i].path && (*again)[i].bytes == (*files)[i].bytes);
  }
  return 0;
}
