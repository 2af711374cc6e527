// What the first-party flows share: the first challenge with the client's attestation, the session that the server
// keeps of it, the person's next value, and the code at the end.
//
//   (gate - bearer) - attest - sign - challenge - route - ask_password | ask_otp - proceed - route ... token - keys - done
//
// attest and route are forks: states that wait for nothing, and lead on at once.
#pragma once

#include "flows/bearer.h"
#include "flows/code_flow.h"
#include "oauth/challenge_response.h"

namespace hlid {

inline constexpr char kChallengePath[] = "/services/oauth2/v1/authorization_challenge";

// Challenges that one session may go through: a server that asks without end is not obeyed without end (F27).
inline constexpr int kMaxChallenges = 10;

// The settings without which no first-party flow can run.
Result<void> check_first_party(const App& app);

// First challenge: a form (begin_challenge, own fields, end_challenge) or JSON, where only the beginning differs.
Result<void> begin_challenge(Work& work);
void end_challenge(Work& work);
// `gated`: with the integration user's token, for this scope.
Result<void> begin_json_challenge(Work& work, std::string_view scope);
void add_json_challenge(Work& work, JsonBody& body);
Result<Branch> read_challenge(Work& work, Asker asker);

Result<void> wait_for_nothing(Work& work);
// attest: `then` if the host signs.
Result<Branch> host_signs(Work& work);
Result<void> ask_signature(Work& work);
Result<Branch> take_signature(Work& work);

// route: `then` with a code; else a question is open, of which `which` says whether it is for a one-time password.
Result<Branch> has_code(Work& work);
Result<Branch> asks_otp(Work& work);

Result<void> ask_first_party_password(Work& work);
Result<Branch> take_first_party_password(Work& work);
Result<void> ask_first_party_otp(Work& work);
Result<Branch> take_first_party_otp(Work& work);
Result<Branch> resend_first_party(Work& work);

// The person's value, with the newest session.
Result<void> proceed(Work& work);
Result<Branch> read_proceed(Work& work, Asker asker);
Result<Branch> no_response_to_challenge(Work& work);
Result<Branch> no_response_to_value(Work& work);

Result<void> exchange_first_party_code(Work& work);

// What a flow has beside the common part. The last states and rows are those of the larger kinds: the tables of a
// smaller kind are the same, cut.
//   password: a value may be asked for again, no message is sent anew: the first request holds the person's password.
//   message: a message brings the value, and can be sent anew.
//   gated: as message, and the site may want an integration user's token.
enum class FirstPartyKind { password, message, gated };

template <FirstPartyKind kKind, Asker kAsker, Prepare kChallenge>
struct FirstParty {
  static Result<Branch> challenged(Work& work) { return read_challenge(work, kAsker); }
  static Result<Branch> proceeded(Work& work) { return read_proceed(work, kAsker); }
  static Result<Branch> exchanged(Work& work) { return read_token(work, kAsker); }
  static Result<Branch> verified(Work& work) { return read_keys(work, kAsker); }

  enum State : uint8_t {
    attest,
    sign,
    challenge,
    route,
    which,
    ask_password,
    ask_otp,
    send_value,
    token,
    keys,
    done,
    gate,
    bearer
  };
  static constexpr bool kGated = kKind == FirstPartyKind::gated;
  static constexpr State kFirst = kGated ? gate : attest;  // where a session begins again

  static Result<uint8_t> start(Work& work) {
    if (kKind == FirstPartyKind::password) return static_cast<uint8_t>(work.parameter("password") ? attest : ask_password);
    return static_cast<uint8_t>(kGated && wants_bearer(work) ? gate : attest);
  }

  static constexpr StateSpec kAllStates[] = {
      {"attest", Step::wait, wait_for_nothing},
      {"sign", Step::sign, ask_signature},
      {"challenge", Step::send, kChallenge},
      {"route", Step::wait, wait_for_nothing},
      {"which", Step::wait, wait_for_nothing},
      {"ask_password", Step::ask, ask_first_party_password},
      {"ask_otp", Step::ask, ask_first_party_otp},
      {"proceed", Step::send, proceed},
      {"token", Step::send, exchange_first_party_code},
      {"keys", Step::send, begin_keys},
      {"done", Step::done, nullptr},
      {"gate", Step::wait, enter_gate},
      {"bearer", Step::send, begin_bearer},
  };
  static constexpr Row kAllRows[] = {
      {attest, Event::time, host_signs, sign, challenge},
      {sign, Event::value, take_signature, challenge, challenge},
      {challenge, Event::response, challenged, route, kFirst},
      {challenge, Event::no_response, no_response_to_challenge, ask_password, ask_password},
      {route, Event::time, has_code, token, which},
      {which, Event::time, asks_otp, ask_otp, ask_password},
      {ask_password, Event::value, take_first_party_password, send_value, attest},
      {ask_otp, Event::value, take_first_party_otp, send_value, send_value},
      {send_value, Event::response, proceeded, route, route},
      {send_value, Event::no_response, no_response_to_value, which, which},
      {token, Event::response, exchanged, done, keys},
      {keys, Event::response, verified, done, done},
      {ask_otp, Event::resend, resend_first_party, kFirst, attest},
      {gate, Event::time, leave_gate, attest, bearer},
      {bearer, Event::response, read_bearer, attest, attest},
  };
  static constexpr std::span<const StateSpec> kStates = std::span<const StateSpec>(kAllStates).first(kGated ? 13 : 11);
  static constexpr std::span<const Row> kRows = std::span<const Row>(kAllRows).first(kGated                             ? 15
                                                                                     : kKind == FirstPartyKind::message ? 13
                                                                                                                        : 12);
};

inline constexpr RequestSpec kFirstPartyRequests[] = {
    {"challenge", "POST", kChallengePath, false},
    {"token", "POST", kTokenPath, false},
    {"keys", "GET", "/id/keys", true},
};

inline constexpr OrgSetting kFirstPartyAppSetting = {
    "App: first-party app (Metadata API only)", "ExtlClntAppOauthSettings.isFirstPartyAppEnabled, clientAssertionCertificate"};
inline constexpr OrgSetting kFirstPartySiteSetting = {
    "Login & Registration: Allow off-platform apps to access the OAuth 2.0 authorization challenge endpoint",
    "NetworkAuthApiSettings.isFirstPartyAppsAllowed"};

}  // namespace hlid
