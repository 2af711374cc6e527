// userinfo: the claims about the user of an access token.
#include "simulator/endpoints.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

Response text(int status, std::string_view body) {
  Response response;
  response.status = status;
  response.content_type = "text/html;charset=UTF-8";
  response.body = body;
  return response;
}

}  // namespace

// The claims of a named user whose token has openid, id or full. An error looks like the real endpoint's:
// 403 and one word of text.
Response userinfo(Org& org, const Request& request) {
  if (request.method != "GET" && request.method != "POST") refuse("invalid_request", "must use HTTP GET or POST", 405);
  const auto token = bearer_token(request);
  if (!token) return text(403, "Missing_OAuth_Token");
  const auto access = org.tokens()->find_access_token(*token);
  if (!access || access->grant->guest) return text(403, "Bad_OAuth_Token");
  if (!contains(access->scopes, "openid") && !contains(access->scopes, "id") && !contains(access->scopes, "full"))
    return text(403, "Invalid_Scope");
  const auto user = org.directory()->find_user(access->grant->username);
  if (!user || !user->active) return text(403, "Bad_OAuth_Token");
  json claims = {{"sub", identity_url(org, *user)},
                 {"user_id", user->user_id},
                 {"organization_id", kOrgId},
                 {"preferred_username", user->username},
                 {"nickname", user->username.substr(0, user->username.find('@'))},
                 {"name", join_words({user->first_name, user->last_name})},
                 {"given_name", user->first_name},
                 {"family_name", user->last_name},
                 {"email", user->email},
                 {"email_verified", user->email_verified},
                 {"active", user->active},
                 {"user_type", "CSP_LITE_PORTAL"}};
  if (!user->phone.empty()) {
    claims["phone_number"] = user->phone;
    claims["phone_number_verified"] = user->phone_verified;
  }
  return json_response(200, claims);
}

}  // namespace hlid_sim
