// org_options.h: the options of `headlessid org`, each a member of the library's request.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace hlid_cli {

enum class OrgShape : unsigned char {
  text,    // --label TEXT
  texts,   // --redirect-uri TEXT, again for each
  names,   // --flows login,guest: with commas, hyphens for underscores
  choice,  // --kind connected-app: hyphens for underscores
  number,
  flag,
  file,  // --certificate-file PATH: the member is the file's text
  ours,  // not of the request
  our_flag,
};

struct OrgOption {
  const char* name;    // with its two hyphens
  const char* member;  // of the request; of one of ours its name
  OrgShape shape;
  const char* placeholder;
  const char* text;
  const char* words = "";  // its values for completion, separated by spaces; "flows": the names of all
};

struct OrgArguments {
  nlohmann::ordered_json request = nlohmann::ordered_json::object();
  std::map<std::string, std::string> ours;
  std::vector<std::string> plain;  // what is not an option

  bool has(const std::string& name) const { return ours.count(name) != 0; }
};

// Throws UsageError. `command`: "org lint".
OrgArguments read_org_arguments(const std::string& command, std::span<const OrgOption> options,
                                const std::vector<std::string>& arguments);

// Of the parts of `headlessid org`.
std::span<const OrgOption> org_lint_options();
std::span<const OrgOption> org_generate_options();
std::span<const OrgOption> org_explain_options();

std::string org_option_help(std::span<const OrgOption> options);

}  // namespace hlid_cli
