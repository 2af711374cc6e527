// cors.h: what a page from another origin may read. Salesforce documents for each endpoint: never, always, or only for
// origins on the allowlist; for endpoints that issue tokens, only if CORS is enabled for them as well.
#pragma once

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

enum class Cors { never, always, listed, listed_and_enabled };

// Whether this is a browser's preflight (OPTIONS).
bool is_preflight(const Request& request);
// Adds the headers that let the page read the response, if it may. A preflight's response has only these headers.
void add_cors_headers(const Org& org, Cors cors, const Request& request, Response& response);

}  // namespace hlid_sim
