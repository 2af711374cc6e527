// The simulated org's reader of zip files, next to the linter's, which is the stricter one: what that one reads, this one reads
// as the same files.
#include <stdexcept>

#include "base/limits.h"
#include "org/zip.h"
#include "simulator/metadata.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string zip(reinterpret_cast<const char*>(data), size);
  const auto strict = hlid::org::unpack(zip);
  std::vector<hlid_sim::MetadataFile> files;
  try {
    files = hlid_sim::unzip_metadata(zip);
  } catch (const std::runtime_error&) {
    MUST(!strict);
    return 0;
  }
  size_t total = 0;
  for (const auto& file : files) total += file.bytes.size();
  MUST(total <= hlid::kMaxOrgBytes && files.size() <= hlid::kMaxOrgFiles);
  if (!strict) return 0;
  MUST(files.size() == strict->size());
  // The linter's are in the order of their bytes.
  for (const hlid::org::File& file : *strict) {
    bool same = false;
    for (const auto& other : files) same = same || (other.path == file.path && other.bytes == file.bytes);
    MUST(same);
  }
  return 0;
}
