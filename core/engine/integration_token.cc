#include "engine/integration_token.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "codec/form.h"
#include "engine/request.h"
#include "jose/assertion.h"
#include "jose/jwt.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/token_response.h"

namespace hlid {

constexpr SlotSpec kIntegrationToken{"integration_token"};
constexpr RequestSpec kIntegrationTokenRequest{
    .name = "integration_token", .endpoint = Endpoint::token, .path = kTokenPath, .base = Base::integration, .retry_safe = true};

namespace {

// What it was granted, where the server said so.
constexpr SlotSpec kGranted{"integration_scope", InTicket::never, true};

constexpr Diagnosis kDiagnoses[] = {
    {"", "no valid scopes", Endpoint::token, "integration_scope_missing", Advice::fix_org,
     "the integration user's app has no scope that this flow grants", hints::kIntegrationScopes},
    {"", "audience", kAnywhere, "integration_refused", Advice::fix_org, "the server rejected the JWT's audience",
     hints::kIntegration},
    {"invalid_grant", "", kAnywhere, "integration_refused", Advice::fix_org,
     "the server refused to issue a token for the integration user", hints::kIntegration},
    {"inactive_user", "", kAnywhere, "integration_refused", Advice::fix_org,
     "the server refused to issue a token for the integration user", hints::kIntegration},
    {"", "not supported on this domain", kAnywhere, "integration_refused", Advice::fix_org,
     "this host issues no token for the integration user", hints::kIntegrationHost},
    {"invalid_request", "", kAnywhere, "integration_refused", Advice::fix_org,
     "the server refused to issue a token for the integration user", hints::kIntegration},
    {"invalid_client", "", kAnywhere, "integration_refused", Advice::fix_org, "the server rejected the integration user's client",
     hints::kIntegration},
    {"invalid_client_credentials", "", kAnywhere, "integration_refused", Advice::fix_org,
     "the server rejected the integration user's client", hints::kIntegration},
    {"invalid_client_id", "", kAnywhere, "integration_refused", Advice::fix_org,
     "the server does not know the integration user's client", hints::kIntegration},
    {"bad_jti_claim", "", kAnywhere, "integration_refused", Advice::fix_org, "the server rejected the integration user's JWT",
     hints::kIntegration},
    {"invalid_assertion_type", "", kAnywhere, "integration_refused", Advice::fix_org,
     "the server rejected the integration user's JWT", hints::kIntegration},
    {"unsupported_grant_type", "", kAnywhere, "integration_refused", Advice::fix_org,
     "the server does not issue tokens through this flow", hints::kIntegration},
    {"oauth_flow_disabled", "", kAnywhere, "integration_refused", Advice::fix_org,
     "the flow of the integration user's app is not enabled", hints::kIntegrationRunAs},
    {"", "client credentials user", kAnywhere, "no_run_as_user", Advice::fix_org,
     "the app has no user for the client credentials flow", hints::kIntegrationRunAs},
};
static_assert(is_without_order(kDiagnoses));

}  // namespace

constexpr ErrorSpec kIntegrationErrors{.diagnoses = kDiagnoses, .is_headless = false};

namespace {

constexpr Refusal kAbout{Endpoint::token, kIntegrationErrors, false};

// When a JWT ends by its own claim; 0 where it is opaque: kept until a server refuses it.
int64_t end_of(std::string_view token) {
  JwtReader jwt;
  if (!looks_like_jwt(token) || !jwt.read(token)) return 0;
  return jwt.expires_at_ms().value_or(0);
}

Result<void> add_assertion(Context& flow, FormWriter& form) {
  const IntegrationSource& source = flow.app.integration;
  auto input =
      assertion_input({.issuer = source.client_id,
                       .subject = source.username,
                       .audience = source.audience.empty() ? std::string_view("https://login.salesforce.com") : source.audience,
                       .expires_at_ms = flow.now_ms + std::min(flow.app.assertion_lifetime_s, kMaxJwtBearerLifetimeS) * 1000});
  if (!input) return std::move(input).error();
  auto signature = source.key->sign_rs256(input->view());
  if (!signature) return std::move(signature).error();
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
  form.add_secret("assertion", assertion_of(input->view(), signature->view()).view());
  return {};
}

}  // namespace

bool wants_integration_token(const Context& flow) {
  return flow.app.integration.exists() && !flow.parameter("integration_token");
}

void keep_integration_token(Context& flow, Secret token, std::string_view scope) {
  flow.keep(kIntegrationToken, std::move(token));
  flow.keep(kGranted, scope);
}

Result<void> fill_integration_token(Context& flow) {
  const IntegrationSource& source = flow.app.integration;
  FormWriter form = form_of(flow);
  if (source.key) return add_assertion(flow, form);
  form.add("grant_type", "client_credentials");
  form.add("client_id", source.client_id);
  form.add_secret("client_secret", source.client_secret.view());
  return {};
}

Result<void> read_integration_token(Context& flow) {
  IntegrationToken& shared = *flow.app.integration_token;
  FlowResult token;
  auto read = read_token_response(flow.response, flow.app, flow.app.integration.client_secret.view(), kAbout, flow.now_ms, token);
  if (!read) {
    shared.fail(read.error(), flow.now_ms);
    return read;
  }
  keep_integration_token(flow, Secret(token.get("access_token")), token.get("scope"));
  shared.store(flow.slot(kIntegrationToken), token.get("scope"), end_of(flow.slot(kIntegrationToken)));
  return {};
}

Result<void> add_integration_token(Context& flow, std::string_view scope) {
  if (const auto given = flow.parameter("integration_token")) {
    add_bearer(flow, *given);
    return {};
  }
  if (!flow.has(kIntegrationToken)) return {};
  const std::string_view granted = flow.slot(kGranted);
  // The Client Credentials Flow never gives full, whatever its app has; whether the JWT Bearer Flow does is not known.
  const bool full = flow.app.integration.key && lists(granted, "full");
  if (!granted.empty() && !lists(granted, scope) && !full) {
    return Error::refused("integration_scope_missing", join({"the integration user's token lacks the scope ", scope}))
        .advise(Advice::fix_org)
        .hint(join({hints::kScopesOfIntegrationUser, scope}));
  }
  add_bearer(flow, flow.slot(kIntegrationToken));
  return {};
}

}  // namespace hlid
