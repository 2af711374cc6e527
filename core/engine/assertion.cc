#include "engine/assertion.h"

#include "jose/assertion.h"

namespace hlid {

Result<Secret> client_assertion_input(const Context& flow, std::string_view audience) {
  const App& app = flow.app;
  return assertion_input({.issuer = app.client_id,
                          .subject = app.attestation_subject.empty() ? app.client_id : app.attestation_subject,
                          .audience = app.attestation_audience.empty() ? audience : app.attestation_audience,
                          .expires_at_ms = flow.now_ms + app.assertion_lifetime_s * 1000});
}

Result<Secret> signed_client_assertion(const Context& flow, std::string_view audience) {
  auto input = client_assertion_input(flow, audience);
  if (!input) return input;
  auto signature = flow.app.private_key->sign_rs256(input->view());
  if (!signature) return signature;
  return assertion_of(input->view(), signature->view());
}

}  // namespace hlid
