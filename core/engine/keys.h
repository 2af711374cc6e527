// What is checked of the tokens that a flow ends with, and the site's key set: a prerequisite that the engine runs where a
// signature is checked.
#pragma once

#include "base/error.h"
#include "engine/context.h"
#include "engine/spec.h"
#include "jose/jwks.h"

namespace hlid {

// Its path is the setting jwks_path, by default this one.
inline constexpr RequestSpec kKeysRequest{.name = "keys",
                                          .endpoint = Endpoint::keys,
                                          .method = "GET",
                                          .path = kDefaultJwksPath,
                                          .body = Body::none,
                                          .retry_safe = true};

// What the ID token must repeat; a flow that sends a nonce keeps it here.
inline constexpr SlotSpec kNonce{"nonce", InTicket::always};

Result<void> fill_keys(Context& flow);

// Which signatures the settings and the flow ask for, of the tokens that are in the result.
struct Signatures {
  bool access_token = false;
  bool id_token = false;
};
Signatures wanted_signatures(const Context& flow, const FlowSpec& spec);

// Whether the key set is fetched before the flow's first request: a signature is checked of what the flow may bring, and what
// has been used up by then would be lost with a key set that cannot be fetched.
bool wants_keys_first(const Context& flow, const FlowSpec& spec);

// PROTOCOL if a token of the result is not what it should be: the access token's signature, issuer, audience, client and times
// where verify_jwt asks for them, the ID token as verify_id_token says. Without keys, all that needs none.
Result<void> check_tokens(const Context& flow, const FlowSpec& spec, const Jwks* keys);

// Where the flow renews a session: the result without the ID token that did not pass, or could not be checked, and why. False
// where there is none, or where it is a sign-in's.
bool drop_id_token(Context& flow, const FlowSpec& spec, const Error& why);
// What was checked of the ID token, into the result.
void note_id_token_check(Context& flow, const FlowSpec& spec);

}  // namespace hlid
