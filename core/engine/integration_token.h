// The integration user's token, for the calls that a site may guard with it: a prerequisite that the engine runs
// before a request whose row names a scope of it.
#pragma once

#include <cstdint>

#include "engine/context.h"
#include "engine/spec.h"

namespace hlid {

extern const RequestSpec kIntegrationTokenRequest;
extern const SlotSpec kIntegrationToken;
extern const ErrorSpec kIntegrationErrors;

// Whether a token has to be got: the settings name a source, and the caller gave none.
bool wants_integration_token(const Context& flow);
// The fields of the request that fetches it.
Result<void> fill_integration_token(Context& flow);
// Its response: kept in the flow and in the app. A failure reaches every flow that waits.
Result<void> read_integration_token(Context& flow);
// Adds the token, given or fetched, to the present request. REFUSED if it is known to lack the scope.
Result<void> add_integration_token(Context& flow, std::string_view scope);
// A token that the app holds already, into the flow.
void keep_integration_token(Context& flow, Secret token, std::string_view scope);

}  // namespace hlid
