// authorization_code: the grant that exchanges a code for tokens.
#include "simulator/client_auth.h"
#include "simulator/crypto.h"
#include "simulator/grant_types.h"
#include "simulator/hybrid.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

constexpr size_t kMinVerifier = 43;
constexpr size_t kMaxVerifier = 171;  // RFC 7636 stops at 128; Salesforce's own clients send 171

void check_verifier(const Org& org, const Grant& grant, const Form& form) {
  const auto verifier = form.get("code_verifier");
  if (grant.code_challenge.empty()) {
    // Sent without a challenge, it would only look as if it protected the code.
    if (verifier) refuse("invalid_grant", "invalid code verifier");
    return;
  }
  if (!verifier) refuse("invalid_grant", "missing code verifier");
  if (verifier->size() < kMinVerifier || verifier->size() > kMaxVerifier || base64url(sha256(*verifier)) != grant.code_challenge)
    refuse(org.settings().pkce_mismatch_error, "invalid code verifier");
}

Response exchange(Org& org, const Request& request, const Form& form, bool hybrid) {
  const auto app = authenticate_client(org, request, form, secret_required_always);
  const std::string code = form.require("code");
  org.watch()->count_use("codes", code);
  if (const auto verifier = form.get("code_verifier")) org.watch()->count_use("code_verifiers", *verifier);

  const FoundGrant redeemed = org.tokens()->redeem_code(code, app->client_id);
  if (redeemed.lookup == Lookup::expired) refuse("invalid_grant", "expired authorization code");
  if (redeemed.lookup != Lookup::ok) refuse("invalid_grant", "invalid authorization code");
  const GrantPtr& grant = redeemed.grant;

  // From here on the code is spent, whatever the outcome.
  if (grant->guest) {
    check_guest_headers(request, grant->uvid_hint);
    if (org.settings().guest_token_requires_http2 && !request.is_http2()) refuse("invalid_request", "uvid invalid");
  } else {
    refuse_guest_headers(request);
  }
  if (org.settings().token_host != "any" && !is_at_org(org, request) && !request.path.starts_with(org.twin_prefix() + "/"))
    refuse("invalid_grant", "request not supported on this domain");
  // A first-party code came without a redirect; the app may still name one of its own.
  const auto redirect_uri = form.get("redirect_uri");
  const std::string first_party = grant->redirect_uri.empty() ? org.settings().first_party_redirect_uri : "optional";
  if (first_party == "required" && !redirect_uri) refuse("invalid_request", "missing required parameter: redirect_uri");
  if (first_party == "refused" && redirect_uri) refuse("invalid_request", "redirect_uri is not supported here");
  if (!grant->redirect_uri.empty() && !redirect_uri) refuse("invalid_request", "missing required parameter: redirect_uri");
  const bool matches =
      grant->redirect_uri.empty() ? !redirect_uri || org.is_registered(*app, *redirect_uri) : redirect_uri == grant->redirect_uri;
  if (!matches) refuse("invalid_grant", "redirect_uri must match the one at authorize");
  check_verifier(org, *grant, form);

  const auto user = grant->guest ? nullptr : org.directory()->find_user(grant->username);
  if (!grant->guest && (!user || !user->active)) refuse("inactive_user", "user is inactive");
  if (hybrid) check_hybrid(*app, *grant);
  json response = issue_tokens(org, *app, grant, user.get(), grant->scopes);
  if (user && contains(grant->scopes, "refresh_token")) response["refresh_token"] = org.tokens()->issue_refresh_token(grant);
  if (hybrid) add_hybrid_members(*grant, org.settings().response_fault, response);
  return json_response(200, response);
}

}  // namespace

Response exchange_code(Org& org, const Request& request, const Form& form) { return exchange(org, request, form, false); }
Response exchange_hybrid_code(Org& org, const Request& request, const Form& form) { return exchange(org, request, form, true); }

}  // namespace hlid_sim
