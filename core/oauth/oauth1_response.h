// What the endpoints of OAuth 1.0a say: tokens as a form, the callback, the session as XML, and errors in whatever form.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "oauth/app.h"
#include "oauth/flow_result.h"
#include "oauth/oauth_error.h"
#include "oauth/response.h"

namespace hlid {

// A request token travels in a ticket, together with its secret.
inline constexpr size_t kMaxRequestToken = 512;

struct OAuth1Token {
  Secret token;
  Secret secret;
};

// "oauth_token=...&oauth_token_secret=...". With oauth_callback_confirmed, which an access token does not have, that must
// be true. `max_bytes`: of each of the two.
Result<OAuth1Token> read_oauth1_token(const Response& response, size_t max_bytes, Refusal about, int64_t now_ms);

// The verifier in the address that a browser was sent to. It must be the app's callback, for this request token.
Result<Secret> read_oauth1_callback(std::string_view address, std::string_view redirect_uri, std::string_view request_token,
                                    Refusal about);

// <response><metadataServerUrl/><sandbox/><serverUrl/><sessionId/></response>: session_id, server_url, metadata_server_url,
// sandbox, raw. An address that is neither the org's nor Salesforce's is left out.
Result<void> read_oauth1_session(const Response& response, const App& app, Refusal about, int64_t now_ms, FlowResult& into);

// An unsuccessful response as an error. Salesforce documents the numbers 1701 to 1716 and their names, and not where they
// are: they are looked for in a form (oauth_problem), in WWW-Authenticate, and in the body. The error's server_code is the
// number, where the server's words are known to mean one.
Error read_oauth1_refusal(const Response& response, Refusal about, int64_t now_ms);

}  // namespace hlid
