// routes.h: from a path to its endpoint, with what every request has in common: counting, injected faults, errors.
#pragma once

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

struct Routed {
  Response response;
  bool drop = false;  // close the connection instead of responding
};

Routed route(Org& org, const Request& request);

// Whether /__sim/seen and /__sim/fail know an endpoint by this name.
bool is_endpoint_name(std::string_view name);

}  // namespace hlid_sim
