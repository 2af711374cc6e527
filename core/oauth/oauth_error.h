// Error answers: reading them, and saying which setting is behind them.
#pragma once

#include <string_view>

#include "codec/json.h"
#include "oauth/response.h"

namespace hlid {

enum class Endpoint { authorize, token, revoke, userinfo, keys, init, forgot_password, challenge, introspect, single_access };
std::string_view name_of(Endpoint endpoint);

// Which kind of flow asked: the same words mean different things to a guest, to one who gave a password and to
// one who gave a one-time password.
enum class Asker { guest, named, session, registration, passwordless, password_reset, integration, refresh };

// A response that is no success, as an error. Never shows HTML, and never calls a fault of the org a wrong
// password. `single_use`: a 5xx then leaves the outcome unknown. What comes first counts: a status that passes; the
// server's words; a page of Salesforce's own; what a gateway says; the status.
struct Refusal {
  Endpoint endpoint;
  Asker asker;
  bool single_use;
};
Error read_refusal(const Response& response, Refusal about, int64_t now_ms);

// Whether this is REST's form of an error: [{"errorCode": ..., "message": ...}].
bool holds_rest_error(const JsonValue& root);

// A 200 whose body is not the JSON that it should be.
Error no_json(const Response& response, JsonFault fault, Refusal about, int64_t now_ms);

// The error for a code that the server gave: in a JSON body, as a plain word, or in the query of a redirect. What the
// site's own Apex code threw (`apex_error`) is no text to diagnose by, and becomes its server_text in the place of the
// description.
Error diagnose(std::string_view code, std::string_view text, const Response& response, Refusal about, int64_t now_ms);

// When to come back, where the response says so and the error is one that passes.
Error with_retry_after(Error error, const Response& response, int64_t now_ms);

// Authorize or an init answered with something that shows that the request was not taken as headless.
// `where`: "an HTML page", or the host that it redirects to.
Error not_headless(std::string_view where, const Response& response, Refusal about);

}  // namespace hlid
