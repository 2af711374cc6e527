// public_documents: what the site publishes: its metadata and keys, the login page, and an echo for callbacks.
#include "simulator/endpoints.h"
#include "simulator/grant_types.h"

namespace hlid_sim {
namespace {

void require_get(const Request& request) {
  if (request.method != "GET" && request.method != "HEAD") refuse("invalid_request", "must use HTTP GET", 405);
}

}  // namespace

Response echo(Org& /*org*/, const Request& request) {
  json out = json::object();
  const Form query = Form::query_of(request);
  for (const auto& [name, value] : query.fields()) out[name] = value;
  if (request.method == "POST" && request.is_form()) {
    const Form form = Form::parse(request.body);
    for (const auto& [name, value] : form.fields()) out[name] = value;
  }
  return json_response(200, out);
}

Response keys(Org& org, const Request& request) {
  require_get(request);
  constexpr std::string_view kOther = "/services/oauth2/id/keys";
  if (request.path.ends_with(kOther) != (org.settings().jwks_path == kOther)) refuse(not_found());
  return json_response(200, org.keys().jwks());
}

namespace {

// `issuer`: the site, or the org's own host.
Response discovery_of(const std::string& issuer, const std::string& jwks_path) {
  const std::string base = issuer + "/services/oauth2/";
  return json_response(
      200, {{"issuer", issuer},
            {"authorization_endpoint", base + "authorize"},
            {"token_endpoint", base + "token"},
            {"revocation_endpoint", base + "revoke"},
            {"userinfo_endpoint", base + "userinfo"},
            {"introspection_endpoint", base + "introspect"},
            {"registration_endpoint", base + "register"},
            {"jwks_uri", issuer + jwks_path},
            {"end_session_endpoint", issuer + "/services/auth/idp/oidc/logout"},
            {"frontchannel_logout_supported", true},
            {"scopes_supported", {"openid", "id", "api", "web", "full", "refresh_token"}},
            {"response_types_supported", {"code", "token", "token id_token", "hybrid_token", "code_credentials"}},
            {"grant_types_supported", grant_type_names()},
            {"code_challenge_methods_supported", {"S256"}},
            {"display_values_supported", {"page", "popup", "touch"}},
            {"subject_types_supported", {"public"}},
            {"id_token_signing_alg_values_supported", {"RS256"}},
            {"token_endpoint_auth_methods_supported", {"client_secret_post", "client_secret_basic", "private_key_jwt", "none"}}});
}

}  // namespace

Response discovery(Org& org, const Request& request) {
  require_get(request);
  return discovery_of(org.site(), org.settings().jwks_path);
}

Response org_discovery(Org& org, const Request& request) {
  require_get(request);
  return discovery_of(org.origin(), org.settings().jwks_path);
}

Response auth_configuration(Org& org, const Request& request) {
  require_get(request);
  return json_response(200, {{"OrgId", kOrgId},
                             {"LoginPage", {{"LoginPageType", "standard"}, {"LoginPageUrl", org.site() + "/login"}}},
                             {"SamlProviders", json::array()},
                             {"AuthProviders", json::array()}});
}

// The page in which a browser signs out. It has no session here to end: it only leads on, where the app said to.
Response end_session(Org& /*org*/, const Request& request) {
  require_get(request);
  const Form query = Form::query_of(request);
  const std::string to = query.get("post_logout_redirect_uri").value_or("");
  Response response;
  response.content_type = "text/html;charset=UTF-8";
  if (to.empty()) {
    response.status = 200;
    response.body = "<!DOCTYPE html>\n<title>Signed out</title>\n<p>You have signed out.\n";
    return response;
  }
  const std::string state = query.get("state").value_or("");
  const bool more = to.find('?') != std::string::npos;
  response.status = 302;
  response.headers.emplace_back("Location", state.empty() ? to : to + (more ? "&state=" : "?state=") + form_encode(state));
  return response;
}

}  // namespace hlid_sim
