#include "flows/attestation.h"

#include "jose/assertion.h"

namespace hlid {

Result<Secret> attestation_input(const Work& work) {
  const App& app = work.app;
  return assertion_input({.issuer = app.client_id,
                          .subject = app.attestation_subject.empty() ? app.client_id : app.attestation_subject,
                          .audience = app.attestation_audience.empty() ? app.site : app.attestation_audience,
                          .expires_at_ms = work.now_ms + app.attestation_lifetime_s * 1000});
}

Result<Secret> signed_attestation(const Work& work) {
  auto input = attestation_input(work);
  if (!input) return input;
  auto signature = work.app.attestation_key->sign_rs256(input->view());
  if (!signature) return signature;
  return assertion_of(input->view(), signature->view());
}

}  // namespace hlid
