// What a server says about itself: OpenID Connect Discovery 1.0 and RFC 8414.
#pragma once

#include <span>

#include "base/result.h"
#include "codec/json.h"
#include "oauth/app.h"
#include "oauth/flow_result.h"

namespace hlid {

// The members that are read, by the document's own names.
inline constexpr const char* kDiscoveryEndpoints[] = {
    "authorization_endpoint", "token_endpoint",       "revocation_endpoint",
    "introspection_endpoint", "userinfo_endpoint",    "jwks_uri",
    "registration_endpoint",  "end_session_endpoint", "device_authorization_endpoint"};
inline constexpr const char* kDiscoveryLists[] = {"scopes_supported",
                                                  "response_types_supported",
                                                  "grant_types_supported",
                                                  "token_endpoint_auth_methods_supported",
                                                  "code_challenge_methods_supported",
                                                  "subject_types_supported",
                                                  "display_values_supported",
                                                  "id_token_signing_alg_values_supported",
                                                  "dpop_signing_alg_values_supported"};

// PROTOCOL unless it is the document of the configured site: its issuer is the site, with or without the path. An endpoint of
// another origin is not passed on, because programs send tokens to endpoints: only its name is, in `foreign_endpoints`.
Result<void> read_discovery_document(const JsonValue& root, const App& app, FlowResult& result);

}  // namespace hlid
