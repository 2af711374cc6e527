// introspect: whether a token is live, and what it grants.
#include "simulator/client_auth.h"
#include "simulator/endpoints.h"
#include "simulator/issue.h"

namespace hlid_sim {

namespace {

// Its own tokens, those of the apps that registered by its initial access token, or all of them where the app is set up so.
bool may_introspect(Org& org, const App& app, const Grant& grant) {
  if (app.is_introspect_all_tokens || grant.client_id == app.client_id) return true;
  const auto other = org.directory()->find_app(grant.client_id);
  return other && other->registered_by == app.client_id;
}

}  // namespace

// Any token that the client may not introspect is reported as not active.
Response introspect(Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST");
  const Form form = Form::body_of(request);
  // Always: a client without a secret cannot introspect.
  const auto app = authenticate_client(org, request, form, [](const App&) { return true; });
  const std::string token = form.require("token");
  const auto is_known = [&](const AccessToken& access) { return !access.jwt || org.settings().is_jwt_introspection_supported; };
  if (const auto access = org.tokens()->find_access_token(token);
      access && is_known(*access) && may_introspect(org, *app, *access->grant)) {
    json response = {{"active", true},
                     {"client_id", access->grant->client_id},
                     {"scope", join_words(access->scopes)},
                     {"token_type", "access_token"},
                     {"iss", org.site()},
                     {"iat", access->issued_ms / 1000},
                     {"nbf", access->issued_ms / 1000},
                     {"exp", access->expires_ms / 1000}};
    if (access->grant->guest) {
      response["sub"] = "uvid:" + access->grant->uvid;
    } else {
      response["username"] = access->grant->username;
      if (const auto user = org.directory()->find_user(access->grant->username)) response["sub"] = identity_url(org, *user);
    }
    return json_response(200, response);
  }
  if (const auto grant = org.tokens()->find_refresh_token(token); grant && may_introspect(org, *app, *grant)) {
    return json_response(200, {{"active", true},
                               {"client_id", grant->client_id},
                               {"scope", join_words(grant->scopes)},
                               {"token_type", "refresh_token"},
                               {"username", grant->username}});
  }
  return json_response(200, {{"active", false}});
}

}  // namespace hlid_sim
