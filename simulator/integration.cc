// integration: how a server gets the token of an integration user, which the site's settings may require to start
// a registration, a passwordless login or a password reset.
#include "simulator/assertion.h"
#include "simulator/bearer.h"
#include "simulator/client_auth.h"
#include "simulator/grant_types.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

bool always(const App&) { return true; }

Response tokens_for(Org& org, const App& app, const std::string& username, std::vector<std::string> scopes) {
  const auto user = org.directory()->find_user(username);
  if (!user || !user->active) refuse("inactive_user", "user is inactive");
  auto grant = std::make_shared<Grant>();
  grant->client_id = app.client_id;
  grant->username = username;
  grant->scopes = std::move(scopes);
  json response = issue_tokens(org, app, grant, user.get(), grant->scopes);
  // The token comes from neither a browser session nor a login at the site, and cannot be refreshed.
  for (const char* name : {"sfdc_community_url", "sfdc_community_id", "id_token"}) response.erase(name);
  return json_response(200, response);
}

}  // namespace

Response client_credentials(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  if (form.has("client_assertion")) refuse("invalid_client", "this grant accepts a client secret only");
  const auto app = authenticate_client(org, request, form, always);
  if (app->client_credentials_user.empty()) refuse("invalid_grant", "no client credentials user enabled");
  // A machine gets no scope that means a person's browser, or everything.
  auto granted = app->scopes;
  for (const char* scope : {"web", "refresh_token", "full"}) std::erase(granted, scope);
  if (granted.empty()) refuse("invalid_grant", "no valid scopes defined");
  return tokens_for(org, *app, app->client_credentials_user, std::move(granted));
}

// No secret: the signature proves the client. An assertion may be used again until it expires, so that a client can
// retry a request that got no response.
Response jwt_bearer(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  const std::string assertion = form.require("assertion");
  const auto app = org.directory()->find_app(issuer_of(assertion));
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  if (form.get("client_id").value_or(app->client_id) != app->client_id)
    refuse("invalid_request", "the client identifiers differ");
  const auto read = read_assertion(org, *app, assertion, {{org.site(), org.origin(), kProductionLogin}, false, true, false});
  if (const auto* problem = std::get_if<std::string>(&read)) refuse("invalid_grant", *problem);
  const json claims = std::get<json>(read);
  return bearer_tokens(org, *app, claims.contains("sub") && claims["sub"].is_string() ? claims["sub"].get<std::string>() : "");
}

Response bearer_tokens(Org& org, const App& app, const std::string& username) {
  const auto user = org.directory()->find_user(username);
  if (!user || !user->active || !user->admin_approved || !app.admin_approved)
    refuse("invalid_grant", "user hasn't approved this consumer");
  if (!contains(app.scopes, "refresh_token"))
    refuse("invalid_request",
           "The JWT bearer and SAML assertion bearer flows require a refresh_token scope. Install and preauthorize the app.");
  auto granted = app.scopes;
  std::erase(granted, "refresh_token");
  return tokens_for(org, app, user->username, std::move(granted));
}

}  // namespace hlid_sim
