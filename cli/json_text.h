// json_text.h: JSON that people and programs give to the command, read strictly.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace hlid_cli {

// As deep as the library reads a response.
inline constexpr size_t kMaxJsonDepth = 32;

// Throws UsageError, which says where the text stops being JSON, which name appears twice, or that it is nested too
// deep. Never recurses into what it has not measured.
nlohmann::json read_json(std::string_view text, const std::string& what);

}  // namespace hlid_cli
