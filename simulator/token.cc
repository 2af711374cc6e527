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
  bool on_org_host = false;  // accepted at the org's own host too, which knows no users of the site
};
constexpr GrantType kGrantTypes[] = {
    {"authorization_code", exchange_code},
    {"refresh_token", refresh},
    {"client_credentials", client_credentials, true},
    {kJwtBearerGrant, jwt_bearer, true},
};

const GrantType* find_grant_type(std::string_view name) {
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

Response token(Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST");
  const Form form = Form::body_of(request);
  if (!request.query.empty()) refuse("invalid_request", "parameters must be in the body");
  const std::string grant_type = form.require("grant_type");
  // Scopes are requested at authorize; none of the grants accepts them here.
  if (form.has("scope")) refuse("invalid_request", "scope parameter not supported");
  const GrantType* found = find_grant_type(grant_type);
  if (!found) refuse("unsupported_grant_type", "grant type not supported");
  return found->run(org, request, form);
}

Response org_token(Org& org, const Request& request) {
  if (request.method == "POST" && request.is_form()) {
    const GrantType* found = find_grant_type(Form::parse(request.body).get("grant_type").value_or(""));
    if (!found || !found->on_org_host) refuse("invalid_grant", "request not supported on this domain");
  }
  return token(org, request);
}

}  // namespace hlid_sim
