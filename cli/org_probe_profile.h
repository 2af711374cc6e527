// org_probe_profile.h: a profile with what a probe found in it: every byte that need not change stays as it is.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/secret.h"

namespace hlid_cli {

using ProfileMembers = std::vector<std::pair<std::string, nlohmann::ordered_json>>;

// `text` is a JSON object, without a name that appears twice. Members that it has get the new value in their place, others come
// at its end, in the way that it is written: in one line, or one line each.
Secret with_members(std::string_view text, const ProfileMembers& members);

}  // namespace hlid_cli
