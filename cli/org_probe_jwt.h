// org_probe_jwt.h: what a token says, unverified: only to record it.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hlid_cli {

// The claims of a JWT; an empty object for anything else.
nlohmann::ordered_json claims_of(std::string_view token);
// The kid in its header; empty where there is none.
std::string key_of(std::string_view token);

}  // namespace hlid_cli
