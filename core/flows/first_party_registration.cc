// Registering by OAuth 2.0 for First-Party Applications.
#include "flows/fields.h"
#include "flows/first_party.h"
#include "flows/otp_flow.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUserdataParameter,  kNewCustomdataParameter,    kNewUserPasswordParameter, kVerificationMethodParameter,
    kRecaptchaParameter, kRecaptchaEventParameter,   if_room(kScopeParameter),  kGuestTokenParameter,
    kUvidParameter,      kIntegrationTokenParameter,
};
constexpr ValueSpec kAsks[] = {kOtpAsk};

constexpr OrgSetting kOrgSettings[] = {
    kFirstPartyAppSetting, kFirstPartySiteSetting,         kPreAuthorizedSetting,
    kNamedJwtSetting,      kRegistrationProtectionSetting, kRegistrationHandlerSetting,
};

Result<void> check(Work& work) {
  if (auto good = check_first_party(work.app); !good) return good;
  return keep_visitor(work);
}

Result<void> challenge(Work& work) {
  if (auto begun = begin_json_challenge(work, "user_registration_api"); !begun) return begun;
  JsonBody body = json_of(work);
  add_new_user(work, body);
  body.add("login_type", *work.parameter("verification_method"));
  add_recaptcha(work, body);
  add_json_challenge(work, body);
  return {};
}

using Table = FirstParty<FirstPartyKind::gated, Asker::registration, challenge>;

constexpr RequestSpec kRequests[] = {kBearerRequest, kFirstPartyRequests[0], kFirstPartyRequests[1], kFirstPartyRequests[2]};

}  // namespace

constexpr FlowSpec kFirstPartyRegistrationFlow = {
    .name = "first_party_registration",
    .summary = "Registers a new customer or partner and signs them in, as a first-party app.",
    .description =
        "OAuth 2.0 for First-Party Applications: the first challenge brings the data and the app's signed attestation, and has "
        "a message sent. The flow then asks for the one-time password, again where it was wrong; the message can be "
        "sent anew. With the right one the site's handler creates the user. For private clients only.",
    .source = "Salesforce Help: remoteaccess_auth_challenge_registration; draft-ietf-oauth-first-party-apps",
    .accepts_guest = true,
    .parameters = kParameters,
    .requests = kRequests,
    .asks = kAsks,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
    .start = Table::start,
};

}  // namespace hlid
