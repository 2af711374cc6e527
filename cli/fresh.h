// fresh.h: what differs from run to run: the time, and names that belong to no user.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hlid_cli {

int64_t now_ms();

// From the kernel, at most 256 at a time. False if it has none.
bool random_bytes(void* bytes, size_t size);

// "headlessid-check-5f0c…", random: no attempt counts against a user, and each run looks different in a log.
std::string made_up(std::string_view start);

}  // namespace hlid_cli
