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

// The user of the request's token, if it has openid, id or full; else throws what the real endpoints say: 403 and one word of
// text.
std::shared_ptr<const User> user_of(Org& org, const Request& request) {
  if (request.method != "GET" && request.method != "POST") refuse("invalid_request", "must use HTTP GET or POST", 405);
  const auto token = bearer_token(request);
  if (!token) throw Refusal{text(403, "Missing_OAuth_Token")};
  const auto access = org.tokens()->find_access_token(*token);
  if (!access || access->grant->guest) throw Refusal{text(403, "Bad_OAuth_Token")};
  if (!contains(access->scopes, "openid") && !contains(access->scopes, "id") && !contains(access->scopes, "full"))
    throw Refusal{text(403, "Invalid_Scope")};
  auto user = org.directory()->find_user(access->grant->username);
  if (!user || !user->active) throw Refusal{text(403, "Bad_OAuth_Token")};
  return user;
}

// The short form of a record id, with which the long one begins.
std::string_view short_id(std::string_view id) { return id.substr(0, 15); }

}  // namespace

// The claims of a named user.
Response userinfo(Org& org, const Request& request) {
  if (request.method == "GET" && !org.settings().is_userinfo_by_get_allowed) refuse("invalid_request", "must use HTTP POST", 405);
  const auto user = user_of(org, request);
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

// /id/ORG/USER: of the token's own org, and its own user.
Response identity(Org& org, const Request& request) {
  const auto user = user_of(org, request);
  const std::string_view path = request.path;
  const std::string_view ids = path.substr(path.rfind("/id/") + 4);
  const size_t slash = ids.find('/');
  if (short_id(ids.substr(0, slash)) != short_id(kOrgId)) throw Refusal{text(403, "Wrong_Org")};
  if (slash == std::string_view::npos || short_id(ids.substr(slash + 1)) != short_id(user->user_id))
    throw Refusal{text(404, "Bad_Id")};
  const std::string fault = org.settings().response_fault;
  const std::string id = identity_url(org, *user);
  json claims = {{"id", fault == "identity_id" ? another_users(id) : id},
                 {"asserted_user", fault != "asserted_user"},
                 {"user_id", user->user_id},
                 {"organization_id", kOrgId},
                 {"username", user->username},
                 {"nick_name", user->username.substr(0, user->username.find('@'))},
                 {"display_name", join_words({user->first_name, user->last_name})},
                 {"email", user->email},
                 {"email_verified", user->email_verified},
                 {"first_name", user->first_name},
                 {"last_name", user->last_name},
                 {"active", user->active},
                 {"user_type", "CSP_LITE_PORTAL"},
                 {"urls", {{"rest", org.origin() + "/services/data/v{version}/"}}},
                 {"is_app_installed", true}};
  if (!user->phone.empty()) {
    claims["mobile_phone"] = user->phone;
    claims["mobile_phone_verified"] = user->phone_verified;
  }
  return json_response(200, claims);
}

}  // namespace hlid_sim
