#pragma once

#include <string_view>

namespace hlid {

inline constexpr std::string_view kVersion = "0.1.0";
inline constexpr int kAbi = 3;  // HLID_ABI_VERSION, for the catalogue

}  // namespace hlid
