#include "flows/bearer.h"

#include <algorithm>

#include "base/text.h"
#include "codec/form.h"
#include "flows/code_flow.h"
#include "jose/assertion.h"
#include "jose/jwt.h"
#include "oauth/token_response.h"

namespace hlid {
namespace {

constexpr Refusal kAbout{Endpoint::token, Asker::integration, false};

// When a JWT ends by its own claim; 0 where it is opaque: kept until a server refuses it.
int64_t end_of(std::string_view token) {
  JwtReader jwt;
  if (!looks_like_jwt(token) || !jwt.read(token)) return 0;
  return jwt.expires_at_ms().value_or(0);
}

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

Result<void> add_assertion(Work& work, FormWriter& form) {
  const IntegrationSource& source = work.app.integration;
  auto input =
      assertion_input({.issuer = source.client_id,
                       .subject = source.username,
                       .audience = source.audience.empty() ? std::string_view("https://login.salesforce.com") : source.audience,
                       .expires_at_ms = work.now_ms + work.app.attestation_lifetime_s * 1000});
  if (!input) return std::move(input).error();
  auto signature = source.key->sign_rs256(input->view());
  if (!signature) return std::move(signature).error();
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
  form.add_secret("assertion", assertion_of(input->view(), signature->view()).view());
  return {};
}

}  // namespace

bool wants_bearer(const Work& work) { return work.app.integration.exists() && !work.parameter("integration_token"); }

Result<void> enter_gate(Work& work) {
  if (work.waiting_since_ms == 0) {
    work.waiting_since_ms = work.now_ms;
    work.wait_until_ms = work.now_ms;
    return {};
  }
  if (work.now_ms - work.waiting_since_ms > work.app.timeout_ms) {
    return Error::transport("timeout", "another flow did not bring the integration user's token in time")
        .advise(Advice::retry_later);
  }
  work.wait_until_ms = work.now_ms + kRecheckMs;
  return {};
}

Result<Branch> leave_gate(Work& work) {
  auto look =
      work.app.integration_token->look(work.now_ms, work.wait_until_ms == work.waiting_since_ms ? 0 : work.waiting_since_ms);
  if (look.failure) return std::move(*look.failure);
  switch (look.holder) {
    case IntegrationToken::Holder::others: return Branch::stay;
    case IntegrationToken::Holder::mine: work.lease = std::move(look.lease); return Branch::otherwise;
    case IntegrationToken::Holder::held: break;
  }
  work.waiting_since_ms = 0;
  work.bearer_is_new = false;
  work.keep(Slot::bearer, std::move(look.token));
  work.keep(Slot::bearer_scope, look.scope);
  return Branch::then;
}

Result<void> begin_bearer(Work& work) {
  const IntegrationSource& source = work.app.integration;
  begin_request(work, kIntegrationTokenRequest, "POST", kTokenPath, true);
  if (!source.site.empty()) work.request.url = join({source.site, kTokenPath});
  FormWriter form = form_of(work);
  if (source.key) return add_assertion(work, form);
  form.add("grant_type", "client_credentials");
  form.add("client_id", source.client_id);
  form.add_secret("client_secret", source.client_secret.view());
  return {};
}

Result<Branch> read_bearer(Work& work) {
  FlowResult token;
  if (auto read =
          read_token_response(work.response, work.app, work.app.integration.client_secret.view(), kAbout, work.now_ms, token);
      !read) {
    work.app.integration_token->fail(read.error(), work.now_ms);
    return std::move(read).error();
  }
  work.keep(Slot::bearer, token.get("access_token"));
  work.keep(Slot::bearer_scope, token.get("scope"));
  work.app.integration_token->store(work.slot(Slot::bearer), token.get("scope"), end_of(work.slot(Slot::bearer)));
  work.lease.reset();
  work.waiting_since_ms = 0;
  work.bearer_is_new = true;
  return Branch::then;
}

Result<void> add_integration_bearer(Work& work, std::string_view scope) {
  if (const auto given = work.parameter("integration_token")) {
    add_bearer(work, *given);
    return {};
  }
  if (work.slot(Slot::bearer).empty()) return {};
  const std::string_view granted = work.slot(Slot::bearer_scope);
  // The Client Credentials Flow never gives full, whatever its app has; whether the JWT Bearer Flow does is not known.
  const bool full = work.app.integration.key && has_word(granted, "full");
  if (!granted.empty() && !has_word(granted, scope) && !full) {
    return Error::refused("integration_scope_missing", join({"the integration user's token lacks the scope ", scope}))
        .advise(Advice::fix_org)
        .hint(join(
            {"the integration user's app > OAuth Scopes: ", scope, " (ExtlClntAppOauthSettings.commaSeparatedOauthScopes)"}));
  }
  add_bearer(work, work.slot(Slot::bearer));
  return {};
}

bool has_bearer(const Work& work) { return work.parameter("integration_token") || !work.slot(Slot::bearer).empty(); }

bool renew_bearer(Work& work) {
  if (!wants_bearer(work) || work.slot(Slot::bearer).empty() || work.bearer_is_new) return false;
  work.app.integration_token->drop(work.slot(Slot::bearer));
  work.forget(Slot::bearer);
  return true;
}

}  // namespace hlid
