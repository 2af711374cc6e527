// A plan as files.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "org/file.h"
#include "org/plan.h"

namespace hlid::org {

// Metadata and the manifest, in the format that the choices ask for.
Result<Files> render(const Choices& choices, const Plan& plan);

// The sources of the classes that a plan refers to, by the name of the class.
std::string registration_source(const Choices& choices, std::string_view name);
std::string discovery_source(std::string_view name);
std::string exchange_source(const Choices& choices, std::string_view name);

// SETUP.md. Its first line ends with the title.
inline constexpr std::string_view kSetupPage = "SETUP.md";
inline constexpr std::string_view kSetupTitle = ": what to set up in the org";
std::string setup_page(const Choices& choices, const Plan& plan);

}  // namespace hlid::org
