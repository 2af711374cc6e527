// org_sarif.h: findings as SARIF 2.1.0, which code hosts show next to the lines.
#pragma once

#include <nlohmann/json.hpp>

namespace hlid_cli {

// `lint`: the library's response.
nlohmann::ordered_json sarif_of(const nlohmann::ordered_json& lint);

}  // namespace hlid_cli
