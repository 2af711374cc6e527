// routes: the table of endpoints, and what every request has in common: counting, faults, outages, CORS, errors.
//
// To add an endpoint: write its function in a file of its own, declare it in endpoints.h, and add a row to kRoutes.
#include "simulator/routes.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <string>

#include "simulator/cors.h"
#include "simulator/endpoints.h"
#include "simulator/outage.h"

namespace hlid_sim {
namespace {

// An LWR site responds under a second prefix too; browsable pages exist under the short one only.

struct Route {
  std::string_view path;  // with a slash at the end: every path below it that has no row before  // with a slash at its end:
                          // whatever begins so
  const char* name;       // its name in /__sim/seen and /__sim/fail
  Response (*run)(Org&, const Request&);
  Cors cors = Cors::never;
  bool on_twin = true;
  Response (*run_on_org_host)(Org&, const Request&) = nullptr;  // at the org's own host, its My Domain
};
constexpr Route kRoutes[] = {
    {"/services/oauth2/authorize", "authorize", authorize, Cors::listed_and_enabled, true, org_authorize},
    {"/services/oauth2/token", "token", token, Cors::listed_and_enabled, true, org_token},
    {"/services/oauth2/revoke", "revoke", revoke, Cors::listed_and_enabled, true, revoke},
    {"/services/oauth2/userinfo", "userinfo", userinfo, Cors::listed, true, userinfo},
    {"/services/oauth2/introspect", "introspect", introspect, Cors::listed_and_enabled, true, introspect},
    {"/services/oauth2/register", "register", register_client, Cors::never, false, register_client},
    {"/setup/connect", "connect", nullptr, Cors::never, false, connect},
    {"/services/oauth2/echo", "echo", echo, Cors::always},
    {"/id/keys", "keys", keys, Cors::always, true, keys},
    {"/services/oauth2/id/keys", "keys", keys, Cors::always, true, keys},
    {"/id/", "identity", identity, Cors::listed, true, identity},
    {"/.well-known/openid-configuration", "discovery", discovery, Cors::always, true, org_discovery},
    {"/.well-known/auth-configuration", "auth_configuration", auth_configuration, Cors::always, true, auth_configuration},
    {"/services/auth/idp/oidc/logout", "end_session", end_session, Cors::never, false, end_session},
    {"/services/auth/headless/init/registration", "init_registration", init_registration, Cors::listed_and_enabled},
    {"/services/auth/headless/init/passwordless/login", "init_passwordless", init_passwordless, Cors::listed_and_enabled},
    {"/services/auth/headless/forgot_password", "forgot_password", forgot_password, Cors::listed_and_enabled},
    {"/services/oauth2/v1/authorization_challenge", "authorization_challenge", authorization_challenge},
    {"/services/oauth2/singleaccess", "singleaccess", single_access},
    {"/_nc_external/system/security/oauth/RequestTokenHandler", "oauth1_request_token", nullptr, Cors::never, false,
     oauth1_request_token},
    {"/setup/secur/RemoteAccessAuthorizationPage.apexp", "oauth1_authorize", nullptr, Cors::never, false, oauth1_authorize},
    {"/_nc_external/system/security/oauth/AccessTokenHandler", "oauth1_access_token", nullptr, Cors::never, false,
     oauth1_access_token},
    {"/services/OAuth/", "oauth1_login", nullptr, Cors::never, false, oauth1_login},
    {"/secur/frontdoor.jsp", "frontdoor", frontdoor, Cors::never, false},
    {"/__provider", "provider", sso_provider, Cors::never, false},
    {"/login", "login", login, Cors::never, false, org_login},
    {"/__approval", "approval", approval, Cors::never, false, org_approval},
    {"/cart", "cart", cart, Cors::never, false},
};

template <typename Run>
Response guarded(Run run) {
  try {
    return run();
  } catch (Refusal& refusal) {
    return std::move(refusal.response);
  } catch (const std::exception& error) {
    return oauth_error(500, "server_error", error.what());
  }
}

bool is_path(const Route& route, std::string_view path) {
  return route.path == path || (route.path.ends_with('/') && path.starts_with(route.path));
}

std::optional<Route> find(std::string_view path, bool twin, bool on_site, bool on_org_host) {
  if (path.starts_with(kAuthorizePath) && !experience_id_of(path).empty()) path = kAuthorizePath;
  const auto found = std::find_if(std::begin(kRoutes), std::end(kRoutes),
                                  [&](const Route& each) { return is_path(each, path) && (!twin || each.on_twin); });
  if (found == std::end(kRoutes)) return std::nullopt;
  Route route = *found;
  if (!on_site || route.run == nullptr) route.run = on_org_host ? route.run_on_org_host : nullptr;
  return route.run == nullptr ? std::nullopt : std::optional(route);
}

Routed run(Org& org, const Request& request, const Route& to) {
  org.watch()->count_request(to.name, request);
  Routed routed;
  if (const auto fault = org.watch()->take_fault(to.name)) {
    if (fault->delay_ms > 0) org.wait_ms(fault->delay_ms);
    routed.drop = fault->drop;
    if (fault->status != 0) {
      routed.response.status = fault->status;
      routed.response.content_type = fault->content_type;
      routed.response.body = fault->body;
      routed.response.headers = fault->headers;
      return routed;
    }
  }
  if (auto out = outage_response(org.settings().outage)) {
    routed.response = std::move(*out);
    return routed;
  }
  if (is_preflight(request)) {
    add_cors_headers(org, to.cors, request, routed.response);
    return routed;
  }
  routed.response = guarded([&] { return to.run(org, request); });
  add_cors_headers(org, to.cors, request, routed.response);
  // A live org sets cookies. A client that sends them back has a cookie jar, which it must not have: see
  // requests_with_cookies in /__sim/seen.
  routed.response.headers.emplace_back("Set-Cookie", "BrowserId=simulated; Path=/; Max-Age=31536000");
  return routed;
}

}  // namespace

bool is_endpoint_name(std::string_view name) {
  return std::any_of(std::begin(kRoutes), std::end(kRoutes), [&](const Route& each) { return each.name == name; });
}

Routed route(Org& org, const Request& request) {
  std::string_view path = request.path;
  if (path.starts_with(kControlPrefix)) {
    return {guarded([&] { return control(org, request, path.substr(kControlPrefix.size())); }), false};
  }
  const bool is_site = org.prefix().empty();  // both at once
  if (!is_site) {
    if (const auto to = find(path, false, false, true)) return run(org, request, *to);
  }
  const std::string twin_prefix = org.twin_prefix();
  const bool twin = path.starts_with(twin_prefix);
  if ((twin || path.starts_with(org.prefix())) && org.settings().is_site_active) {
    path.remove_prefix(twin ? twin_prefix.size() : org.prefix().size());
    if (const auto to = find(path, twin, true, is_site)) return run(org, request, *to);
  }
  org.watch()->count_request("(unknown)", request);
  return {not_found(), false};
}

}  // namespace hlid_sim
