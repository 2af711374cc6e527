// User name and password by OAuth 2.0 for First-Party Applications: a challenge instead of an authorize call.
#include "flows/fields.h"
#include "flows/first_party.h"
#include "flows/otp_flow.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,
    kLoginHintParameter,
    if_room(kCustomdataParameter),
    {.name = "password",
     .form = Form::utf8,
     .secret = true,
     .max_bytes = kMaxPassword,
     .doc = "The password, sent byte for byte. Without it the flow asks for it, and asks again after a wrong one.",
     .fallback = "asked for",
     .in_ticket = InTicket::never},
    kRecaptchaParameter,
    kRecaptchaEventParameter,
    if_room(kScopeParameter),
    kGuestTokenParameter,
    kUvidParameter,
};
constexpr ValueSpec kAsks[] = {kPasswordAsk, kOtpAsk};

constexpr OrgSetting kFirstPartyRecaptchaSetting = {
    "Login & Registration: require reCAPTCHA for this login, where the site wants it",
    "NetworkAuthApiSettings.DoesPasswordLoginRequireAuth"};
constexpr OrgSetting kOrgSettings[] = {kFirstPartyAppSetting, kFirstPartySiteSetting, kFirstPartyRecaptchaSetting,
                                       kPreAuthorizedSetting, kNamedJwtSetting};

Result<void> check(Work& work) {
  if (auto good = check_first_party(work.app); !good) return good;
  if (auto good = check_who(work); !good) return good;
  return keep_visitor(work);
}

Result<void> challenge(Work& work) {
  if (auto begun = begin_challenge(work); !begun) return begun;
  FormWriter form = form_of(work);
  add_who(work, form);
  form.add_secret("password", work.parameter("password").value_or(work.slot(Slot::password)));
  if (const auto token = work.parameter("recaptcha")) form.add_secret("recaptcha", *token);
  if (const auto event = work.parameter("recaptcha_event")) form.add_secret("recaptchaevent", *event);
  end_challenge(work);
  return {};
}

using Table = FirstParty<FirstPartyKind::password, Asker::named, challenge>;

}  // namespace

constexpr FlowSpec kFirstPartyLoginFlow = {
    .name = "first_party_login",
    .summary = "Signs a customer or partner in with user name and password, as a first-party app.",
    .description =
        "OAuth 2.0 for First-Party Applications: the app proves itself with a signed attestation, and the server answers "
        "with a code or with what it still wants. A wrong password is asked for again within the same session; a "
        "one-time password is asked for where the server wants one as well. For private clients only.",
    .source = "Salesforce Help: remoteaccess_auth_challenge_username_password; draft-ietf-oauth-first-party-apps",
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
