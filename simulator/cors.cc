#include "simulator/cors.h"

namespace hlid_sim {

bool is_preflight(const Request& request) {
  return request.method == "OPTIONS" && request.header("origin") && request.header("access-control-request-method");
}

void add_cors_headers(const Org& org, Cors cors, const Request& request, Response& response) {
  const auto origin = request.header("origin");
  if (!origin || cors == Cors::never) return;
  const Settings settings = org.settings();
  if (cors != Cors::always && !contains(settings.cors_whitelist_origins, *origin)) return;
  if (cors == Cors::listed_and_enabled && !settings.enable_oauth_cors_policy) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", *origin);
  response.headers.emplace_back("Vary", "Origin");
  if (!is_preflight(request)) return;
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  if (const auto asked = request.header("access-control-request-headers"))
    response.headers.emplace_back("Access-Control-Allow-Headers", *asked);
}

}  // namespace hlid_sim
