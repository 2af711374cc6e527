// org_sarif.h: findings as SARIF 2.1.0, which code hosts show next to the lines.
#pragma once

#include <nlohmann/json.hpp>

namespace hlid_cli {

// `lint`: the library's response.
// A note that says no more than the verdict of a flow that is not wanted.
bool is_of_verdict(const nlohmann::ordered_json& finding);
nlohmann::ordered_json sarif_of(const nlohmann::ordered_json& lint, bool flows_are_wanted);

}  // namespace hlid_cli
