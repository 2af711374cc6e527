// The token endpoint's response, checked once.
#pragma once

#include <optional>
#include <string_view>

#include "oauth/app.h"
#include "oauth/flow_result.h"
#include "oauth/oauth_error.h"

namespace hlid {

// Checks the response and writes its fields into the result: access_token, refresh_token, id_token,
// token_type, scope, instance_url, id, issued_at_ms, site_url, site_id, token_format, raw. Never a success
// without an access token; `error` and `access_token` together are neither. An address that is neither the site's nor,
// for instance_url and id, Salesforce's is left out.
Result<void> read_token_response(const Response& response, const App& app, Refusal about, int64_t now_ms, FlowResult& into);
// The same for a token of another client than the app's own: its secret, empty where it proved itself otherwise.
Result<void> read_token_response(const Response& response, const App& app, std::string_view client_secret, Refusal about,
                                 int64_t now_ms, FlowResult& into);

}  // namespace hlid
