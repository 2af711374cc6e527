// username_password: the grant that Salesforce retires. It gives one text for every reason to refuse.
#include "simulator/client_auth.h"
#include "simulator/grant_types.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

bool always(const App&) { return true; }

}  // namespace

Response username_password(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  const auto app = authenticate_client(org, request, form, always);
  const std::string username = form.require("username");
  std::string password = form.require("password");
  org.watch()->count_use("passwords", username + ":" + password);
  const auto known = org.directory()->find_user(username);
  const std::string token = known ? known->security_token : "";
  const bool has_token = password.ends_with(token);
  if (has_token) password.resize(password.size() - token.size());
  const auto user =
      org.settings().block_oauth_un_pw_flow || !has_token ? nullptr : org.directory()->sign_in(username, password, true);
  if (!user) refuse("invalid_grant", "authentication failure");
  auto grant = std::make_shared<Grant>();
  grant->client_id = app->client_id;
  grant->username = user->username;
  grant->scopes = app->scopes;
  std::erase(grant->scopes, "refresh_token");
  json response = issue_tokens(org, *app, grant, user.get(), grant->scopes);
  for (const char* name : {"sfdc_community_url", "sfdc_community_id", "scope", "id_token"}) response.erase(name);
  return json_response(200, response);
}

}  // namespace hlid_sim
