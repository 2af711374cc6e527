// A one-time password by OAuth 2.0 for First-Party Applications.
#include "flows/parts/first_party.h"
#include "flows/parts/passwordless.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,   kLoginHintParameter,      if_room(kCustomdataParameter), kVerificationMethodParameter,
    kRecaptchaParameter,  kRecaptchaEventParameter, if_room(kScopeParameter),      kGuestParameter,
    kGuestTokenParameter, kUvidParameter,
};
constexpr OrgSetting kOrgSettings[] = {org::kAppFirstParty, org::kAppCertificate, org::kSiteFirstParty,  org::kAppPermittedUsers,
                                       org::kAppNamedJwt,   org::kUserVerified,   org::kDiscoveryHandler};

Result<void> check(Context& flow) {
  if (auto good = check_first_party(flow.app); !good) return good;
  if (auto good = check_who(flow); !good) return good;
  return keep_visitor(flow);
}

Result<void> challenge(Context& flow) {
  FormWriter form = form_of(flow);
  if (auto begun = begin_challenge(flow, form); !begun) return begun;
  add_who(flow, form);
  form.add("login_type", *flow.parameter("verification_method"));
  add_recaptcha(flow, form);
  add_visitor(flow);
  return {};
}

using Table = FirstPartyMessage<kChallenge, challenge>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::first_party_passwordless = {
    .name = "first_party_passwordless",
    .verb = "first_party_passwordless",
    .summary = "Signs a customer or partner in with a one-time password, as a first-party app.",
    .description =
        "OAuth 2.0 for First-Party Applications: the first challenge, with the app's signed attestation, has the message "
        "sent; the flow then asks for the one-time password, again where it was wrong. Sending the message again is a "
        "new challenge with a new attestation. For private clients only.",
    .source = "Salesforce Help: remoteaccess_auth_challenge_passwordless_login; draft-ietf-oauth-first-party-apps",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .errors = &kPasswordlessErrors,
    .check = check,
    .finish = finish_named,
    .slots = kFirstPartySlots,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
