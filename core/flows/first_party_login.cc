// User name and password by OAuth 2.0 for First-Party Applications: a challenge instead of an authorize call.
#include "flows/parts/credentials.h"
#include "flows/parts/first_party.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,
    kLoginHintParameter,
    if_room(kCustomdataParameter),
    {.name = "password",
     .charset = Charset::utf8,
     .secret = true,
     .max_bytes = kMaxPassword,
     .doc = "The password, sent byte for byte. Without it the flow asks for it, and asks again after a wrong one.",
     .default_text = "asked for",
     .in_ticket = InTicket::never},
    kRecaptchaParameter,
    kRecaptchaEventParameter,
    if_room(kScopeParameter),
    kGuestParameter,
    kGuestTokenParameter,
    kUvidParameter,
};
constexpr OrgSetting kOrgSettings[] = {org::kAppFirstParty,     org::kAppCertificate, org::kSiteFirstParty,  org::kLoginRecaptcha,
                                       org::kAppPermittedUsers, org::kAppNamedJwt,    org::kDiscoveryHandler};

Result<void> check(Context& flow) {
  if (auto good = check_first_party(flow.app); !good) return good;
  if (auto good = check_who(flow); !good) return good;
  return keep_visitor(flow);
}

Result<void> challenge(Context& flow) {
  FormWriter form = form_of(flow);
  if (auto begun = begin_challenge(flow, form); !begun) return begun;
  add_who(flow, form);
  form.add_secret("password", flow.slot(kPassword));
  add_recaptcha(flow, form);
  add_visitor(flow);
  return {};
}

enum State : uint8_t { kAskPassword, kSigning, kChallenging, kAskOtp, kProceeding, kExchanging, kDone };

// What a session that is open can still do with a password needs no new challenge.
Next<kSigning, kProceeding> with_password(Context& flow) {
  if (flow.has(kAuthSession)) return to<kProceeding>;
  return to<kSigning>;
}

Next<kChallenging> with_signature(Context& flow) {
  if (auto kept = keep_signature(flow); !kept) return std::move(kept).error();
  return to<kChallenging>;
}

// Only a person who typed the password is asked again.
bool may_ask(const Context& flow) { return !flow.parameter("password"); }

Next<kExchanging, kAskOtp, kAskPassword> route(Result<Question> question) {
  if (!question) return std::move(question).error();
  switch (*question) {
    case Question::none: return to<kExchanging>;
    case Question::otp: return to<kAskOtp>;
    case Question::password: break;
  }
  return to<kAskPassword>;
}

Next<kExchanging, kAskOtp, kAskPassword> challenged(Context& flow) {
  flow.forget(kPassword);
  return route(read_challenge(flow, may_ask(flow)));
}

Next<kAskPassword> challenge_not_answered(Context& flow) {
  flow.forget(kPassword);
  if (!may_ask(flow)) return std::move(*flow.failure);
  ask_again(flow, std::move(*flow.failure));
  return to<kAskPassword>;
}

Next<kExchanging, kAskOtp, kAskPassword> proceeded(Context& flow) { return route(read_proceed(flow)); }

Next<kAskPassword, kAskOtp> value_not_answered(Context& flow) {
  if (forget_value(flow) == Question::otp) return to<kAskOtp>;
  return to<kAskPassword>;
}

constexpr StateSpec kStates[] = {
    ask_state("ask_password", kPasswordAsk, kPassword),
    sign_state("sign", ask_signature, kChallenge),
    send_state("challenge", kChallenge, challenge),
    ask_state("ask_otp", kOtpAsk, kOtp),
    send_state("proceed", kProceed, fill_proceed),
    send_state("token", kToken, exchange_first_party_code),
    done_state(),
};
constexpr Row kRows[] = {
    on<with_password>(kAskPassword, Event::value),
    on<with_signature>(kSigning, Event::value),
    on<challenged>(kChallenging, Event::response),
    on<challenge_not_answered>(kChallenging, Event::no_response),
    go(kAskOtp, Event::value, kProceeding),
    on<proceeded>(kProceeding, Event::response),
    on<value_not_answered>(kProceeding, Event::no_response),
    on<exchanged<kDone>>(kExchanging, Event::response),
};
static_assert(well_formed(kStates, kRows));

}  // namespace

constexpr FlowSpec flows::first_party_login = {
    .name = "first_party_login",
    .verb = "first_party_login",
    .summary = "Signs a customer or partner in with username and password, as a first-party app.",
    .description =
        "OAuth 2.0 for First-Party Applications: the app proves itself with a signed attestation, and the server responds with a code or with what it still requires. A wrong password is asked for again within the same session; a one-time password is asked for if the server requires one as well. For private clients only.",
    .source = "Salesforce Help: remoteaccess_auth_challenge_username_password; draft-ietf-oauth-first-party-apps",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .errors = &kCredentialErrors,
    .check = check,
    .finish = finish_named,
    .slots = kFirstPartySlots,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
