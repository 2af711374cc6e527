// licenses.h: `headlessid licenses`: the terms of this command and of everything inside it.
#pragma once

#include <string>
#include <string_view>

namespace hlid_cli {

// The project's LICENSE, and the notices of the libraries that are linked in, of which a build with the system's has none. Both
// are in licenses_text.cc.in, which CMake fills.
std::string_view own_license();
std::string_view notices();

std::string licenses_text(const std::string& version);

}  // namespace hlid_cli
