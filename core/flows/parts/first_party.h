// What the first-party flows share (OAuth 2.0 for First-Party Applications): the first challenge with the client's signed
// attestation, the session that the server keeps of it, the person's next value, and the code at the end.
#pragma once

#include <utility>

#include "flows/parts/challenge_response.h"
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/init_response.h"
#include "flows/parts/person.h"
#include "flows/parts/visitor.h"

namespace hlid {

inline constexpr char kChallengePath[] = "/services/oauth2/v1/authorization_challenge";

inline constexpr RequestSpec kChallenge{
    .name = "authorization_challenge", .endpoint = Endpoint::challenge, .path = kChallengePath, .extras = Extras::all};
// The person's value, within the session that the challenge began.
inline constexpr RequestSpec kProceed{
    .name = "authorization_challenge", .endpoint = Endpoint::challenge, .path = kChallengePath, .extras = Extras::headers};

// The same challenge, where the site may require the integration user's token.
constexpr RequestSpec guarded(RequestSpec request, Body body, const char* scope) {
  request.body = body;
  request.integration_scope = scope;
  return request;
}

inline constexpr SlotSpec kAuthSession{"auth_session", InTicket::always};  // the newest
inline constexpr SlotSpec kAssertion{"assertion"};                         // signed, or what is to be signed
inline constexpr SlotSpec kChallenges{"challenges", InTicket::always, true};

inline constexpr const SlotSpec* kFirstPartySlots[] = {&kVerifier, &kUvid, &kOtp, &kAuthSession, &kChallenges, &kGuestToken};

// The settings without which no first-party flow can run.
Result<void> check_first_party(const App& app);

Result<void> ask_signature(Context& flow);
Result<void> keep_signature(Context& flow);

// A new session: what the last one left is forgotten, and the fields that prove the client are added to the body.
template <typename FormOrJson>
Result<void> begin_challenge(Context& flow, FormOrJson& body);

// What the server asks for next. With `none` it returned a code, which is kept.
enum class Question : uint8_t { none, otp, password };
// `asks_password`: the person typed the password, so that a wrong one is asked for again.
Result<Question> read_challenge(Context& flow, bool asks_password);
// The same with the response read already.
Result<Question> next_question(Context& flow, Result<ChallengeResponse> response, bool asks_password);

Result<void> fill_proceed(Context& flow);
Result<Question> read_proceed(Context& flow);
// No response to the person's value: the attempt may have been counted. The session may still be good, and the person
// decides.
Question forget_value(Context& flow);

Result<void> exchange_first_party_code(Context& flow);

// Whether a challenge was refused for the integration user's token: no other token goes with it.
bool is_about_integration_token(const Error& error);

// The flows with a value from a message. `kInit`: the site may require authentication for the challenge.
template <const RequestSpec& kRequest, Result<void> (*kFill)(Context&), const InitSpec* kInit = nullptr>
struct FirstPartyMessage {
  enum State : uint8_t { sign, challenge, ask_otp, proceed, token, done };

  static Next<challenge> signed_by_client(Context& flow) {
    if (auto kept = keep_signature(flow); !kept) return std::move(kept).error();
    return to<challenge>;
  }
  static Next<token, ask_otp, sign> challenged(Context& flow) {
    flow.forget(kAssertion);
    auto response = read_challenge_response(flow.response, flow.refusal(), flow.now_ms);
    if (kInit != nullptr && !response && is_about_integration_token(response.error())) {
      // Nothing has been sent to a person yet, and the reCAPTCHA token was not looked at.
      if (flow.renew_integration_token()) return to<sign>;
      return integration_token_error(*kInit, flow.has_integration_token(), std::move(response).error());
    }
    auto question = next_question(flow, std::move(response), false);
    if (!question) return std::move(question).error();
    if (*question == Question::none) return to<token>;
    return to<ask_otp>;
  }
  static Next<token, ask_otp> proceeded(Context& flow) {
    auto question = read_proceed(flow);
    if (!question) return std::move(question).error();
    if (*question == Question::none) return to<token>;
    return to<ask_otp>;
  }
  static Next<ask_otp> not_answered(Context& flow) {
    forget_value(flow);
    return to<ask_otp>;
  }

  static constexpr StateSpec kStates[] = {
      sign_state("sign", ask_signature, kRequest),
      send_state("challenge", kRequest, kFill),
      ask_state("ask_otp", kOtpAsk, kOtp),
      send_state("proceed", kProceed, fill_proceed),
      send_state("token", kToken, exchange_first_party_code),
      done_state(),
  };
  static constexpr Row kRows[] = {
      on<signed_by_client>(sign, Event::value),    on<challenged>(challenge, Event::response),
      go(ask_otp, Event::value, proceed),          go(ask_otp, Event::resend, sign),
      on<proceeded>(proceed, Event::response),     on<not_answered>(proceed, Event::no_response),
      on<exchanged<done>>(token, Event::response),
  };
};

}  // namespace hlid
