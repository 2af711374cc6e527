// What the flows share in which a message brings a one-time password: init, the question, authorize, token.
#pragma once

#include <array>

#include "flows/bearer.h"
#include "flows/code_flow.h"

namespace hlid {

// Who is meant: a user name, or a hint for the site's user discovery.
Result<void> check_who(const Work& work);
void add_who(Work& work, FormWriter& form);
void add_who(Work& work, JsonBody& body);

// The data of a registration.
void add_new_user(Work& work, JsonBody& body);

// reCAPTCHA, of either kind.
void add_recaptcha(Work& work, JsonBody& body);

// Whether an error at a question is the person's to mend, so that the flow goes back to it.
bool is_for_person(const Error& error);

// The answer to an init: keeps the identifier. `otherwise`: a new token of the integration user is worth a try.
Result<Branch> read_init(Work& work, Asker asker);

Result<void> ask_otp(Work& work);
Result<Branch> take_otp(Work& work);
// Authorize with identifier and OTP. `type`: of Auth-Request-Type.
Result<void> authorize_with_otp(Work& work, std::string_view type);
Result<Branch> read_otp_authorize(Work& work, Asker asker);
Result<Branch> ask_otp_again(Work& work);
Result<void> exchange_code(Work& work);

// The requests of such a flow, whose init goes to this path.
constexpr std::array<RequestSpec, 5> otp_requests(const char* init_path) {
  return {{kBearerRequest, {"init", "POST", init_path, false}, kCodeFlowRequests[0], kCodeFlowRequests[1], kCodeFlowRequests[2]}};
}

template <Asker kAsker, Prepare kInit, Prepare kAuthorize>
struct OtpFlow {
  using Code = CodeFlow<kAsker, kAuthorize, exchange_code>;
  static Result<Branch> initialized(Work& work) { return read_init(work, kAsker); }
  static Result<Branch> authorized(Work& work) { return read_otp_authorize(work, kAsker); }
  static Result<Branch> renew(Work& work) {
    work.forget(Slot::otp);
    return wants_bearer(work) ? Branch::then : Branch::otherwise;
  }
  static Result<uint8_t> start(Work& work) { return static_cast<uint8_t>(wants_bearer(work) ? gate : init); }

  enum State : uint8_t { gate, bearer, init, otp, authorize, token, keys, done };
  static constexpr StateSpec kStates[] = {
      {"gate", Step::wait, enter_gate}, {"bearer", Step::send, begin_bearer},  {"init", Step::send, kInit},
      {"ask_otp", Step::ask, ask_otp},  {"authorize", Step::send, kAuthorize}, {"token", Step::send, exchange_code},
      {"keys", Step::send, begin_keys}, {"done", Step::done, nullptr},
  };
  static constexpr Row kRows[] = {
      {gate, Event::time, leave_gate, init, bearer},
      {bearer, Event::response, read_bearer, init, init},
      {init, Event::response, initialized, otp, gate},
      {otp, Event::value, take_otp, authorize, authorize},
      {otp, Event::resend, renew, gate, init},
      {authorize, Event::response, authorized, token, otp},
      {authorize, Event::no_response, ask_otp_again, otp, otp},
      {token, Event::response, Code::exchanged, done, keys},
      {keys, Event::response, Code::verified, done, done},
  };
};

}  // namespace hlid
