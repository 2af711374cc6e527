// fresh.h: what differs from run to run: the time, and names that belong to no user.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hlid_cli {

int64_t now_ms();

// "headlessid-check-5f0c…", random: no attempt counts against a user, and each run looks different in a log.
std::string made_up(std::string_view start);

}  // namespace hlid_cli
