// org_write.h: generated files, written into a folder that may be a project already.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace hlid_cli {

// What a folder has of the files that several apps share, as the member `existing` of a request.
nlohmann::ordered_json existing_org_files(const std::string& folder);

struct OrgFiles {
  std::vector<std::pair<std::string, std::string>> files;  // path and text
  std::vector<std::string> merged;                         // paths of those that hold what is there as well
};

// All that can be refused is refused before the first byte is written: files that are there unless `force`, links and
// everything else that is not a plain file or folder. Lines of .gitignore and .forceignore that are missing are added to those
// that exist. No file is ever there by half. Returns the paths of what was written. Throws UsageError.
std::vector<std::string> write_org_folder(const std::string& folder, const OrgFiles& what, bool force);

}  // namespace hlid_cli
