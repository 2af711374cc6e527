// A one-time password by OAuth 2.0 for First-Party Applications.
#include "flows/fields.h"
#include "flows/first_party.h"
#include "flows/otp_flow.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,           kLoginHintParameter,  if_room(kCustomdataParameter),
    kVerificationMethodParameter, kRecaptchaParameter,  kRecaptchaEventParameter,
    if_room(kScopeParameter),     kGuestTokenParameter, kUvidParameter,
};
constexpr ValueSpec kAsks[] = {kOtpAsk};

constexpr OrgSetting kOrgSettings[] = {
    kFirstPartyAppSetting,
    kFirstPartySiteSetting,
    kPreAuthorizedSetting,
    kNamedJwtSetting,
    {"The user's email address or phone number is verified", "User.IsEmailVerified, TwoFactorMethodsInfo"},
};

Result<void> check(Work& work) {
  if (auto good = check_first_party(work.app); !good) return good;
  if (auto good = check_who(work); !good) return good;
  return keep_visitor(work);
}

Result<void> challenge(Work& work) {
  if (auto begun = begin_challenge(work); !begun) return begun;
  FormWriter form = form_of(work);
  add_who(work, form);
  form.add("login_type", *work.parameter("verification_method"));
  if (const auto token = work.parameter("recaptcha")) form.add_secret("recaptcha", *token);
  if (const auto event = work.parameter("recaptcha_event")) form.add_secret("recaptchaevent", *event);
  end_challenge(work);
  return {};
}

using Table = FirstParty<FirstPartyKind::message, Asker::passwordless, challenge>;

}  // namespace

constexpr FlowSpec kFirstPartyPasswordlessFlow = {
    .name = "first_party_passwordless",
    .summary = "Signs a customer or partner in with a one-time password, as a first-party app.",
    .description =
        "OAuth 2.0 for First-Party Applications: the first challenge, with the app's signed attestation, has the message "
        "sent; the flow then asks for the one-time password, again where it was wrong. Sending the message anew is a "
        "new challenge with a new attestation. For private clients only.",
    .source = "Salesforce Help: remoteaccess_auth_challenge_passwordless_login; draft-ietf-oauth-first-party-apps",
    .accepts_guest = true,
    .parameters = kParameters,
    .requests = kFirstPartyRequests,
    .asks = kAsks,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
    .start = Table::start,
};

}  // namespace hlid
