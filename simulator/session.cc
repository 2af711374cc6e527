// session: what can be done with tokens once they are there, and the public documents of the site.
#include <algorithm>

#include "simulator/assertion.h"
#include "simulator/endpoints.h"

namespace hlid_sim {
namespace {

Response text(int status, std::string_view body) {
  Response response;
  response.status = status;
  response.content_type = "text/html;charset=UTF-8";
  response.body = body;
  return response;
}

std::string strip_uvid_scheme(std::string hint) {
  if (hint.starts_with("UVID ")) hint.erase(0, 5);
  return hint;
}

Response no_get(const Request& request) {
  if (request.method != "GET" && request.method != "HEAD") refuse("invalid_request", "must use HTTP GET", 405);
  return {};
}

}  // namespace

// 200 without a body. A refresh token takes its access tokens with it; a guest's token must come with the guest's
// headers, where the plain UVID is expected, with its scheme word or without.
Response revoke(Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST");
  const Form form = Form::body_of(request);
  const std::string token = form.require("token");
  const auto kind = form.get("token_type_hint");
  if (kind && *kind != "access_token" && *kind != "refresh_token")
    refuse("unsupported_token_type", "this token type is not supported");

  const auto access = org.find_access_token(token);
  if (access && access->grant->guest) {
    const auto type = request.header("auth-request-type");
    const auto hint = request.header("uvid-hint");
    if (!type || !hint) refuse("unknown_error", "retry your request");
    if (*type != "guest") refuse("invalid_request", "invalid headers");
    if (strip_uvid_scheme(*hint) != access->grant->uvid) refuse("invalid_request", "uvid invalid");
  } else if (access || org.find_refresh_token(token)) {
    refuse_guest_headers(request);
  }
  if (!org.revoke_access_token(token) && !org.revoke_refresh_token(token)) refuse("invalid_token", "invalid token");
  return {};
}

// The claims of a named user whose token has openid, id or full. What is wrong is said as the real endpoint does:
// 403 and one word of text.
Response userinfo(Org& org, const Request& request) {
  if (request.method != "GET" && request.method != "POST") refuse("invalid_request", "must use HTTP GET or POST", 405);
  const auto token = bearer_token(request);
  if (!token) return text(403, "Missing_OAuth_Token");
  const auto access = org.find_access_token(*token);
  if (!access || access->grant->guest) return text(403, "Bad_OAuth_Token");
  if (!contains(access->scopes, "openid") && !contains(access->scopes, "id") && !contains(access->scopes, "full"))
    return text(403, "Invalid_Scope");
  const auto user = org.find_user(access->grant->username);
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

// A client may ask about its own tokens; any other is just not active.
Response introspect(Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST");
  const Form form = Form::body_of(request);
  // Always: whoever has no secret cannot ask.
  const auto app = authenticate_client(org, request, form, [](const App&) { return true; });
  const std::string token = form.require("token");
  if (const auto access = org.find_access_token(token); access && access->grant->client_id == app->client_id) {
    json response = {{"active", true},
                     {"client_id", app->client_id},
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
      if (const auto user = org.find_user(access->grant->username)) response["sub"] = identity_url(org, *user);
    }
    return json_response(200, response);
  }
  if (const auto grant = org.find_refresh_token(token); grant && grant->client_id == app->client_id) {
    return json_response(200, {{"active", true},
                               {"client_id", app->client_id},
                               {"scope", join_words(grant->scopes)},
                               {"token_type", "refresh_token"},
                               {"username", grant->username}});
  }
  return json_response(200, {{"active", false}});
}

Response echo(Org& /*org*/, const Request& request) {
  json out = json::object();
  const Form query = Form::parse(request.query);
  for (const auto& [name, value] : query.fields()) out[name] = value;
  if (request.method == "POST" && request.is_form()) {
    const Form form = Form::parse(request.body);
    for (const auto& [name, value] : form.fields()) out[name] = value;
  }
  return json_response(200, out);
}

Response keys(Org& org, const Request& request) {
  no_get(request);
  return json_response(200, org.jwks());
}

Response discovery(Org& org, const Request& request) {
  no_get(request);
  const std::string base = org.site() + "/services/oauth2/";
  return json_response(
      200, {{"issuer", org.site()},
            {"authorization_endpoint", base + "authorize"},
            {"token_endpoint", base + "token"},
            {"revocation_endpoint", base + "revoke"},
            {"userinfo_endpoint", base + "userinfo"},
            {"introspection_endpoint", base + "introspect"},
            {"jwks_uri", org.site() + "/id/keys"},
            {"scopes_supported", {"openid", "id", "api", "web", "full", "refresh_token"}},
            {"response_types_supported", {"code", "code_credentials"}},
            {"grant_types_supported", {"authorization_code", "refresh_token", "client_credentials", kJwtBearerGrant}},
            {"code_challenge_methods_supported", {"S256"}},
            {"subject_types_supported", {"public"}},
            {"id_token_signing_alg_values_supported", {"RS256"}},
            {"token_endpoint_auth_methods_supported", {"client_secret_post", "client_secret_basic", "private_key_jwt", "none"}}});
}

Response login(Org& org, const Request& /*request*/) { return login_page(org.site()); }

}  // namespace hlid_sim
