// org_files.h: folders and zips of an org's configuration, read.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hlid_cli {

// What the linter is asked to read: "files" or "zip_base64", and how paths of findings begin for a person.
struct OrgFolder {
  nlohmann::ordered_json request;
  std::string prefix;  // "" or "some/folder/"
};

// A folder with all below it, a zip, or one file. Of a folder within a project the ignore files and the project file above it
// come too. Links are not followed, and neither are .git and node_modules. Throws UsageError.
OrgFolder read_org_folder(const std::string& path);

std::string from_base64(std::string_view text);

}  // namespace hlid_cli
