#include "engine/assertion.h"

#include <algorithm>

#include "jose/assertion.h"

namespace hlid {

Result<Secret> client_assertion_input(const Context& flow, std::string_view audience, int64_t longest_s) {
  const App& app = flow.app;
  return assertion_input({.issuer = app.client_id,
                          .subject = app.attestation_subject.empty() ? app.client_id : app.attestation_subject,
                          .audience = app.attestation_audience.empty() ? audience : app.attestation_audience,
                          .expires_at_ms = flow.now_ms + std::min(app.assertion_lifetime_s, longest_s) * 1000});
}

Result<Secret> signed_client_assertion(const Context& flow, std::string_view audience) {
  auto input = client_assertion_input(flow, audience, kMaxClientAssertionLifetimeS);
  if (!input) return input;
  auto signature = flow.app.private_key->sign_rs256(input->view());
  if (!signature) return signature;
  return assertion_of(input->view(), signature->view());
}

}  // namespace hlid
