// outage.h: what an org, or something in front of it, sends while it cannot serve, whatever the endpoint.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "simulator/wire.h"

namespace hlid_sim {

std::vector<std::string_view> outage_names();                    // the empty one, for no outage, is the first
std::optional<Response> outage_response(std::string_view name);  // absent where there is none

}  // namespace hlid_sim
