// cors.h: what a page from another origin may read. Salesforce says for each endpoint whether never, always, or only
// for origins on the allowlist, and for those that give tokens only where the OAuth endpoints were opened as well.
#pragma once

#include "simulator/org.h"
#include "simulator/wire.h"

namespace hlid_sim {

enum class Cors { never, always, listed, listed_and_enabled };

// Whether the browser's question before the real request (OPTIONS) is what this is.
bool is_preflight(const Request& request);
// Adds the headers that let the page read the response, where it may. The response to a preflight is made of them alone.
void add_cors_headers(const Org& org, Cors cors, const Request& request, Response& response);

}  // namespace hlid_sim
