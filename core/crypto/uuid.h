// Version 4 UUIDs (RFC 9562 5.4), as the UVID is one.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace hlid {

Result<std::string> make_uuid_v4();
// 8-4-4-4-12 hex digits in lower case, version 4, the RFC's variant.
bool is_uuid_v4(std::string_view text);

}  // namespace hlid
