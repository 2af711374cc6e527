// An authorization code: the PKCE pair and state, the authorize call of headless flows, and the exchange for tokens.
#pragma once

#include <string_view>

#include "engine/request.h"
#include "engine/spec.h"
#include "oauth/authorize_response.h"

namespace hlid {

inline constexpr char kAuthorizePath[] = "/services/oauth2/authorize";

inline constexpr RequestSpec kAuthorize{
    .name = "authorize", .endpoint = Endpoint::authorize, .path = kAuthorizePath, .extras = Extras::all};
inline constexpr RequestSpec kToken{.name = "token",
                                    .endpoint = Endpoint::code,
                                    .path = kTokenPath,
                                    .base = Base::named,
                                    .auth = Auth::client,
                                    .extras = Extras::all};

inline constexpr SlotSpec kVerifier{"verifier", InTicket::always};
inline constexpr SlotSpec kState{"state", InTicket::always};
inline constexpr SlotSpec kCode{"code"};

// The settings without which a code cannot be had.
inline constexpr std::string_view kCodeNeeds[] = {"redirect_uri"};

// A new PKCE pair and a new state, or the caller's own: verifier and state are kept, the code challenge is returned.
Result<Secret> new_pkce_and_state(Context& flow);
// The state alone, for a flow without a code.
Result<void> new_state(Context& flow);
template <typename Body>
void add_scope(const Context& flow, Body& body) {
  if (!flow.scope().empty()) body.add("scope", flow.scope());
}
// code_challenge, its method where the settings want it, and the scope: in a form or a JSON body.
template <typename Body>
void add_challenge_and_scope(const Context& flow, Body& body, std::string_view code_challenge, bool in_browser = false) {
  body.add("code_challenge", code_challenge);
  if (flow.app.send_code_challenge_method.value_or(in_browser)) body.add("code_challenge_method", "S256");
  add_scope(flow, body);
}

// Authorize of any headless flow: its header, and the fields that all of them send, with a new PKCE pair and state.
Result<void> fill_authorize(Context& flow, const char* auth_request_type);
// The response: keeps the code, and the token endpoint's address where the settings believe the server's.
Result<void> read_authorize(Context& flow);
void keep_code(Context& flow, AuthorizationCode code);
// Each authorize call has its own verifier and state: a flow that returns to its question keeps neither.
void forget_authorize(Context& flow);

// The token call.
Result<void> exchange_code(Context& flow);
// The same with another grant type.
Result<void> exchange_code_for(Context& flow, std::string_view grant_type);
// The same of a code that came without a redirect.
Result<void> exchange_code_without_redirect(Context& flow);
// Any token response, checked and written into the result.
Result<void> read_token(Context& flow);

// The last two states of every flow that exchanges a code.
template <auto kDone>
Next<kDone> exchanged(Context& flow) {
  if (auto read = read_token(flow); !read) return std::move(read).error();
  return to<kDone>;
}

// The flows that go authorize, token, done.
template <Result<void> (*kFillAuthorize)(Context&), const RequestSpec& kTokenRequest, Result<void> (*kFillToken)(Context&)>
struct CodeFlow {
  enum State : uint8_t { authorize, token, done };
  static Next<token> authorized(Context& flow) {
    if (auto read = read_authorize(flow); !read) return std::move(read).error();
    return to<token>;
  }
  static constexpr StateSpec kStates[] = {send_state("authorize", kAuthorize, kFillAuthorize),
                                          send_state("token", kTokenRequest, kFillToken), done_state()};
  static constexpr Row kRows[] = {on<authorized>(authorize, Event::response), on<exchanged<done>>(token, Event::response)};
};

}  // namespace hlid
