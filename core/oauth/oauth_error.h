// Error responses: reading them, and naming the setting behind them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "codec/json.h"
#include "oauth/hints.h"
#include "oauth/response.h"

namespace hlid {

// Where a request goes, as far as it matters to what a refusal means. `code`: the token endpoint, for an authorization code;
// `device`: the same, for a device code.
enum class Endpoint {
  authorize,
  token,
  code,
  revoke,
  userinfo,
  keys,
  discovery,
  identity,
  init,
  forgot_password,
  challenge,
  introspect,
  single_access,
  device,
  register_client,
  request_token,  // OAuth 1.0a
  access_token,
  oauth1_login
};
std::string_view name_of(Endpoint endpoint);

struct Diagnosis;

// What a flow knows of its refusals, beyond what all flows share: the same words mean different things to a guest, to a
// person who typed a password, and to a session that is refreshed.
struct ErrorSpec {
  // Looked at with the common ones; of two that fit alike, the flow's own counts.
  std::span<const Diagnosis> diagnoses{};
  // It asks for a headless sign-in: a page instead of JSON means that a switch of one is off.
  bool is_headless = true;
  // Added to the hint about those switches.
  std::string_view headless_hint = hints::kPostOnly;
  // The site's own code runs in it: the meaning of unknown words at authorize and challenge. Null: it does not.
  const Diagnosis* handler = nullptr;
  // What to do where something in front of the endpoint refuses, in another form than JSON.
  Advice unreadable = Advice::fix_org;
};

// How the client proved itself in the request, where the endpoint asks for that.
enum class Proof : uint8_t { unknown, none, secret, assertion };

// An unsuccessful response, as an error. Never shows HTML, and never calls a fault of the org a wrong
// password. `single_use`: a 5xx then leaves the outcome unknown. What comes first counts: a status that passes; the
// server's words; a page of Salesforce's own; what a gateway says; the status.
struct Refusal {
  Endpoint endpoint;
  const ErrorSpec& flow;
  bool single_use;
  Proof proof = Proof::unknown;
};
Error read_refusal(const Response& response, Refusal about, int64_t now_ms);

// Whether this is REST's form of an error: [{"errorCode": ..., "message": ...}].
bool holds_rest_error(const JsonValue& root);
// The same, or a member `error` that is not null.
bool holds_error(const JsonValue& root);

// A 200 whose body is not the JSON that it should be.
Error no_json(const Response& response, JsonFault fault, Refusal about, int64_t now_ms);

// The error for a code that the server gave: in a JSON body, as a plain word, or in the query of a redirect. What the
// site's own Apex code threw (`apex_error`) is not used for diagnosis, and becomes its server_text in place of the
// description.
Error diagnose(std::string_view code, std::string_view text, const Response& response, Refusal about, int64_t now_ms);

// When to come back, where the response says so and the error is one that passes.
Error with_retry_after(Error error, const Response& response, int64_t now_ms);

// The response of authorize or an init shows that the server did not treat the request as headless.
// `where`: "an HTML page", or the host that it redirects to.
Error not_headless(std::string_view where, const Response& response, Refusal about);

}  // namespace hlid
