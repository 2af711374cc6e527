// refresh_token: the grant that exchanges a refresh token for a new access token; hybrid_refresh: for new sessions as well.
#include "simulator/client_auth.h"
#include "simulator/grant_types.h"
#include "simulator/hybrid.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

// Whether it is required for a code does not matter.
bool secret_required_at_refresh(const App& app) { return !app.client_secret.empty() && app.is_secret_required_for_refresh_token; }

Response use_refresh_token(Org& org, const Request& request, const Form& form, bool hybrid) {
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
    bool done = false;
    bool retire = false;
    ~Finish() { org.tokens()->finish_refresh(token, done, retire); }
  } finish{org, token};

  const GrantPtr& grant = begun.grant;
  if (app->refresh_token_policy_type == "Zero") refuse("invalid_grant", "expired access/refresh token");
  const auto user = org.directory()->find_user(grant->username);
  if (!user || !user->active) refuse("inactive_user", "user is inactive");
  if (hybrid) check_hybrid(*app, *grant);
  json response = issue_tokens(org, *app, grant, user.get(), grant->scopes);
  if (app->is_refresh_token_rotation_enabled) {
    response["refresh_token"] = org.tokens()->issue_refresh_token(grant);
    finish.retire = true;
  }
  finish.done = true;
  if (hybrid) add_hybrid_members(*grant, org.settings().response_fault, response);
  return json_response(200, response);
}

}  // namespace

// A hybrid refresh accepts the refresh token of any flow of the app.
Response refresh(Org& org, const Request& request, const Form& form) { return use_refresh_token(org, request, form, false); }
Response hybrid_refresh(Org& org, const Request& request, const Form& form) {
  return use_refresh_token(org, request, form, true);
}

}  // namespace hlid_sim
