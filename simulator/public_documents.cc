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
  const Form query = Form::parse(request.query);
  for (const auto& [name, value] : query.fields()) out[name] = value;
  if (request.method == "POST" && request.is_form()) {
    const Form form = Form::parse(request.body);
    for (const auto& [name, value] : form.fields()) out[name] = value;
  }
  return json_response(200, out);
}

Response keys(Org& org, const Request& request) {
  require_get(request);
  return json_response(200, org.keys().jwks());
}

Response discovery(Org& org, const Request& request) {
  require_get(request);
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
            {"response_types_supported", {"code", "token", "token id_token", "hybrid_token", "code_credentials"}},
            {"grant_types_supported", grant_type_names()},
            {"code_challenge_methods_supported", {"S256"}},
            {"subject_types_supported", {"public"}},
            {"id_token_signing_alg_values_supported", {"RS256"}},
            {"token_endpoint_auth_methods_supported", {"client_secret_post", "client_secret_basic", "private_key_jwt", "none"}}});
}

}  // namespace hlid_sim
