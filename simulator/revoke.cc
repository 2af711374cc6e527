// revoke: revokes access and refresh tokens.
#include "simulator/client_auth.h"
#include "simulator/endpoints.h"

namespace hlid_sim {
namespace {

std::string strip_uvid_scheme(std::string hint) {
  if (hint.starts_with("UVID ")) hint.erase(0, 5);
  return hint;
}

}  // namespace

// 200 without a body. Revoking a refresh token revokes its access tokens too. A guest's token needs the guest's headers,
// with the plain UVID, with or without its scheme word.
Response revoke(Org& org, const Request& request) {
  if (request.method != "POST") refuse("invalid_request", "must use HTTP POST");
  const Form form = Form::body_of(request);
  const std::string token = form.require("token");
  const auto kind = form.get("token_type_hint");
  if (kind && *kind != "access_token" && *kind != "refresh_token")
    refuse("unsupported_token_type", "this token type is not supported");

  const auto access = org.tokens()->find_access_token(token);
  if (access && access->grant->guest) {
    const auto type = request.header("auth-request-type");
    const auto hint = request.header("uvid-hint");
    if (!type || !hint) refuse("unknown_error", "retry your request");
    if (*type != "guest") refuse("invalid_request", "invalid headers");
    if (strip_uvid_scheme(*hint) != access->grant->uvid) refuse("invalid_request", "uvid invalid");
  } else if (access || org.tokens()->find_refresh_token(token)) {
    refuse_guest_headers(request);
  }
  if (!org.tokens()->revoke_access_token(token) && !org.tokens()->revoke_refresh_token(token))
    refuse("invalid_token", "invalid token");
  return {};
}

}  // namespace hlid_sim
