// jwt_bearer: the grant that exchanges a JWT, which the app's key signed, for a user's token (RFC 7523). Any app with a
// certificate and any user who has approved it.
#include "simulator/assertion.h"
#include "simulator/bearer.h"
#include "simulator/client_auth.h"
#include "simulator/grant_types.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

constexpr int64_t kLongestMs = 180'000;

// The login host's address fits everywhere, the org's own as well; the site's only at the site.
std::vector<std::string> audiences(const Org& org, const Request& request) {
  std::vector<std::string> out = {org.origin(), kProductionLogin};
  if (!is_at_org(org, request)) out.push_back(org.site());
  return out;
}

// There is no page on which to approve the app: an admin has done so for the user; or, where users approve for themselves, the
// user has in a flow that issued a refresh token.
void check_approved(Org& org, const App& app, const User* user) {
  const bool is_known = user && user->active;
  if (is_known && app.admin_approved && !user->admin_approved)
    refuse("invalid_app_access", "user is not admin approved to access this app");
  if (!is_known || (!app.admin_approved && !org.tokens()->has_refresh_token(app.client_id, user->username)))
    refuse("invalid_grant", "user hasn't approved this consumer");
}

}  // namespace

// No secret: the signature proves the client. An assertion may be used again until it expires, so that a client can
// retry a request that got no response.
Response jwt_bearer(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  const std::string assertion = form.require("assertion");
  if (!split_jwt(assertion)) refuse("invalid_grant", "invalid assertion");
  const auto app = org.directory()->find_app(issuer_of(assertion));
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  if (form.get("client_id").value_or(app->client_id) != app->client_id)
    refuse("invalid_request", "the client identifiers differ");
  if (!app->are_bearer_flows_enabled || !is_signed_by_app(org, *app, assertion))
    refuse("invalid_client", "invalid client credentials");
  AssertionRules rules{audiences(org, request)};
  rules.sub_is_user = true;
  rules.once = false;
  rules.longest_ms = kLongestMs;
  const auto read = read_assertion(org, *app, assertion, rules);
  if (const auto* problem = std::get_if<std::string>(&read)) refuse("invalid_grant", *problem);
  const json claims = std::get<json>(read);
  return bearer_tokens(org, request, *app,
                       claims.contains("sub") && claims["sub"].is_string() ? claims["sub"].get<std::string>() : "");
}

Response bearer_tokens(Org& org, const Request& request, const App& app, const std::string& username) {
  const auto user = org.directory()->find_user(username);
  check_approved(org, app, user.get());
  if (app.required_session_level == "HIGH_ASSURANCE")
    refuse("invalid_grant", "the app requires a high assurance session, which this flow cannot have");
  if (!contains(app.scopes, "refresh_token"))
    refuse("invalid_request",
           "The JWT bearer and SAML assertion bearer flows require a refresh_token scope. Install and preauthorize the app.");
  auto granted = app.scopes;
  std::erase(granted, "refresh_token");
  if (granted.empty()) refuse("invalid_grant", "no valid scopes defined");
  return tokens_without_sign_in(org, request, app, user->username, std::move(granted));
}

Response tokens_without_sign_in(Org& org, const Request& request, const App& app, const std::string& username,
                                std::vector<std::string> scopes) {
  const auto user = org.directory()->find_user(username);
  if (!user || !user->active) refuse("inactive_user", "user is inactive");
  auto grant = std::make_shared<Grant>();
  grant->client_id = app.client_id;
  grant->username = username;
  grant->scopes = std::move(scopes);
  grant->at_org = is_at_org(org, request);
  json response = issue_tokens(org, app, grant, user.get(), grant->scopes);
  // The token comes from neither a browser session nor a login at the site, and cannot be refreshed.
  for (const char* name : {"sfdc_community_url", "sfdc_community_id", "id_token"}) response.erase(name);
  return json_response(200, response);
}

}  // namespace hlid_sim
