#include "simulator/hybrid.h"

#include "simulator/crypto.h"

namespace hlid_sim {
namespace {

std::string new_sid() { return std::string(kOrgId).substr(0, 15) + "!AQ" + base64url(random_bytes(30)); }

}  // namespace

void check_hybrid(const App& app, const Grant& grant) {
  if (app.is_named_user_jwt_enabled && app.is_refresh_token_rotation_enabled)
    refuse("invalid_grant", "hybrid flows do not support JWT-based access tokens with refresh token rotation");
  if (!contains(grant.scopes, "web") && !contains(grant.scopes, "full"))
    refuse("invalid_scope", "hybrid flows need the web scope");
}

void add_hybrid_members(const Grant& grant, std::string_view fault, json& response) {
  response["sidCookieName"] = fault == "sid_cookie_name" ? "sid_Client" : "sid";
  response["cookie-sid_Client"] = base64url(random_bytes(12));
  response["cookie-clientSrc"] = "127.0.0.1";
  if (response.value("token_format", "") == "jwt" || fault == "parent_sid") response["parent_sid"] = new_sid();
  for (const auto& [scope, domain] : {std::pair<const char*, const char*>{"content", "simulated.file.force.com"},
                                      {"lightning", "simulated.lightning.force.com"},
                                      {"visualforce", "simulated--c.vf.force.com"}}) {
    if (!contains(grant.scopes, scope)) continue;
    response[std::string(scope) + "_sid"] = new_sid();
    response[std::string(scope) + "_domain"] = fault == "web_domain" ? "another.my.site.com" : domain;
  }
  if (contains(grant.scopes, "lightning")) response["csrf_token"] = base64url(random_bytes(18));
}

}  // namespace hlid_sim
