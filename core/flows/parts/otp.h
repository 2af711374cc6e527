// What the flows with a one-time password from a message share: init, the question, authorize, token.
#pragma once

#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/init_response.h"
#include "flows/parts/person.h"
#include "flows/parts/visitor.h"

namespace hlid {

// The server's name for the init, which goes with the one-time password as the user name of a Basic header.
inline constexpr SlotSpec kIdentifier{"identifier", InTicket::always};
// Wrong one-time passwords since the last message.
inline constexpr SlotSpec kWrong{"wrong", InTicket::always, true};

inline constexpr const SlotSpec* kOtpSlots[] = {&kVerifier, &kState, &kUvid, &kIdentifier, &kOtp, &kWrong, &kGuestToken};

// The response to an init: the identifier is kept. True if a new token of the integration user is worth another try.
Result<bool> read_init(Context& flow, const InitSpec& init);
// Authorize with identifier and one-time password. `type`: of Auth-Request-Type.
Result<void> authorize_with_otp(Context& flow, const char* type);
// True with a code; false where the person is asked again.
Result<bool> read_otp_authorize(Context& flow);
// The attempt may have been counted. The identifier is still good, and the person decides.
void ask_otp_again(Context& flow);

template <const RequestSpec& kInit, Result<void> (*kFillInit)(Context&), const InitSpec& kInitSpec,
          Result<void> (*kFillAuthorize)(Context&)>
struct OtpFlow {
  enum State : uint8_t { init, ask_otp, authorize, token, done };

  static Next<ask_otp, init> initialized(Context& flow) {
    auto again = read_init(flow, kInitSpec);
    if (!again) return std::move(again).error();
    if (*again) return to<init>;
    return to<ask_otp>;
  }
  static Next<token, ask_otp> authorized(Context& flow) {
    auto read = read_otp_authorize(flow);
    if (!read) return std::move(read).error();
    if (*read) return to<token>;
    return to<ask_otp>;
  }
  static Next<ask_otp> not_answered(Context& flow) {
    ask_otp_again(flow);
    return to<ask_otp>;
  }
  static Next<init> send_again(Context& flow) {
    flow.forget(kOtp);
    return to<init>;
  }

  static constexpr StateSpec kStates[] = {
      send_state("init", kInit, kFillInit),
      ask_state("ask_otp", kOtpAsk, kOtp),
      send_state("authorize", kAuthorize, kFillAuthorize),
      send_state("token", kToken, exchange_code),
      done_state(),
  };
  static constexpr Row kRows[] = {
      on<initialized>(init, Event::response),          go(ask_otp, Event::value, authorize),
      on<send_again>(ask_otp, Event::resend),          on<authorized>(authorize, Event::response),
      on<not_answered>(authorize, Event::no_response), on<exchanged<done>>(token, Event::response),
  };
};

}  // namespace hlid
