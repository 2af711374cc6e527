// refresh_token: the grant that exchanges a refresh token for a new access token.
#include "simulator/client_auth.h"
#include "simulator/grant_types.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

bool secret_required_at_refresh(const App& app) {
  return secret_required_always(app) && app.is_secret_required_for_refresh_token;
}

}  // namespace

Response refresh(Org& org, const Request& request, const Form& form) {
  const auto app = authenticate_client(org, request, form, secret_required_at_refresh);
  refuse_guest_headers(request);
  const std::string token = form.require("refresh_token");
  org.watch()->count_use("refresh_tokens", token);
  if (form.has("code_verifier")) refuse("invalid_grant", "invalid code verifier");

  const FoundGrant begun = org.tokens()->begin_refresh(token, app->client_id);
  if (begun.lookup == Lookup::in_use) refuse("invalid_grant", "token request is already being processed");
  if (begun.lookup != Lookup::ok) refuse("invalid_grant", "expired access/refresh token");
  // Releases the token on every way out; only a success retires it.
  struct Finish {
    Org& org;
    const std::string& token;
    bool retire = false;
    ~Finish() { org.tokens()->finish_refresh(token, retire); }
  } finish{org, token};

  const GrantPtr& grant = begun.grant;
  const auto user = org.directory()->find_user(grant->username);
  if (!user || !user->active) refuse("inactive_user", "user is inactive");
  json response = issue_tokens(org, *app, grant, user.get(), grant->scopes);
  if (app->is_refresh_token_rotation_enabled) {
    response["refresh_token"] = org.tokens()->issue_refresh_token(grant);
    finish.retire = true;
  }
  return json_response(200, response);
}

}  // namespace hlid_sim
