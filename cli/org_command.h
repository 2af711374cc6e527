// org_command.h: `headlessid org`: the org's configuration as files, written, checked and explained.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/catalogue.h"
#include "headlessid/org.h"

namespace hlid_cli {

std::string org_help();
int run_org(const std::vector<std::string>& arguments);

// ---- its parts ----
int run_org_lint(const std::vector<std::string>& arguments);
int run_org_generate(const std::vector<std::string>& arguments);
int run_org_explain(const std::vector<std::string>& arguments);
int run_org_doctor(const std::vector<std::string>& arguments);
int run_org_probe(const std::vector<std::string>& arguments);
std::string org_lint_help();
std::string org_generate_help();
std::string org_explain_help();
std::string org_doctor_help();
std::string org_probe_help();
// Each as if it were a flow, for its options.
FlowInfo command_of_doctor();
FlowInfo command_of_probe();

// What the library responds. Throws LibraryError.
nlohmann::ordered_json ask_library(hlid_status (*call)(hlid_view, hlid_text**, hlid_error**),
                                   const nlohmann::ordered_json& request);

}  // namespace hlid_cli
