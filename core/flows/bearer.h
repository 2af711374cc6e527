// The integration user's token, for the calls that a site may guard with it: three states that stand at the
// beginning of a flow, and the header.
#pragma once

#include "engine/spec.h"
#include "oauth/oauth_error.h"

namespace hlid {

inline constexpr char kIntegrationTokenRequest[] = "integration_token";

// Whether the flow has to fetch or wait for one: then it begins in the gate.
bool wants_bearer(const Work& work);

// gate (WAIT): leads on once there is a token, to `bearer` if this flow is the one that fetches it.
Result<void> enter_gate(Work& work);
Result<Branch> leave_gate(Work& work);
// bearer (SEND)
Result<void> begin_bearer(Work& work);
Result<Branch> read_bearer(Work& work);

// Adds the token, given or fetched, to the present request. REFUSED if it is known to lack the scope.
Result<void> add_integration_bearer(Work& work, std::string_view scope);
bool has_bearer(const Work& work);
// After a refusal: whether the token was ours, kept and perhaps old, so that a new one is worth one more try.
bool renew_bearer(Work& work);

inline constexpr RequestSpec kBearerRequest = {kIntegrationTokenRequest, "POST", "/services/oauth2/token", true};

}  // namespace hlid
