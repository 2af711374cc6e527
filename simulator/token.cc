// token: the endpoint where a code, a refresh token or an assertion becomes tokens.
//
// To add a grant: write its function, declare it in grant_types.h, and add a row to kGrantTypes. The discovery document
// then names it.
#include <algorithm>

#include "simulator/assertion.h"
#include "simulator/endpoints.h"
#include "simulator/grant_types.h"

namespace hlid_sim {
namespace {

struct GrantType {
  std::string_view name;
  Response (*run)(Org&, const Request&, const Form&);
  bool on_org_host = false;  // accepted at the org's own host
  bool on_site = true;
  bool accepts_scope = false;  // of the others, scopes are requested at authorize or decided by the app
  bool with_query = false;     // its endpoint's address has one
};
constexpr GrantType kGrantTypes[] = {
    {"authorization_code", exchange_code, true},
    {"hybrid_auth_code", exchange_hybrid_code, true},
    {"refresh_token", refresh, true},
    {"hybrid_refresh", hybrid_refresh, true},
    {"client_credentials", client_credentials, true, false},
    {kJwtBearerGrant, jwt_bearer, true},
    {"device", device, true, false},
    {kTokenExchangeGrant, exchange_token, true, true, true},
    {"urn:ietf:params:oauth:grant-type:hybrid-token-exchange", exchange_hybrid_token, true, true, true},
    {"password", username_password, true, false},
    {"assertion", saml_assertion, true, false, false, true},
    {"urn:ietf:params:oauth:grant-type:saml2-bearer", saml_bearer, true, false},
};

// A token exchange with a device's actor token, whose app is known from the subject token.
constexpr GrantType kAssetToken{kTokenExchangeGrant, asset_token, true, false, true};

const GrantType* find_grant_type(std::string_view name, const Form& form) {
  if (name == kTokenExchangeGrant && form.has("actor_token") && !form.has("client_id")) return &kAssetToken;
  const auto found =
      std::find_if(std::begin(kGrantTypes), std::end(kGrantTypes), [&](const GrantType& each) { return each.name == name; });
  return found == std::end(kGrantTypes) ? nullptr : found;
}

}  // namespace

std::vector<std::string_view> grant_type_names() {
  std::vector<std::string_view> names;
  for (const auto& each : kGrantTypes) names.push_back(each.name);
  return names;
}

namespace {

Response respond(Org& org, const Request& request, bool on_site, bool on_org_host) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST");
  const Form form = Form::body_of(request);
  if (form.has("response_type")) {
    if (!on_org_host) refuse("invalid_grant", "request not supported on this domain");
    return device_code(org, request, form);
  }
  const std::string grant_type = form.require("grant_type");
  const GrantType* found = find_grant_type(grant_type, form);
  if (!request.query.empty() && !(found && found->with_query)) refuse("invalid_request", "parameters must be in the body");
  const bool here = found && ((on_site && found->on_site) || (on_org_host && found->on_org_host));
  if (found ? !here : !on_site) refuse("invalid_grant", "request not supported on this domain");
  if (form.has("scope") && !(found && found->accepts_scope)) refuse("invalid_request", "scope parameter not supported");
  if (!found) refuse("unsupported_grant_type", "grant type not supported");
  return found->run(org, request, form);
}

}  // namespace

// Without a prefix the site is at the org's own host.
Response token(Org& org, const Request& request) { return respond(org, request, true, org.prefix().empty()); }
Response org_token(Org& org, const Request& request) { return respond(org, request, false, true); }

}  // namespace hlid_sim
