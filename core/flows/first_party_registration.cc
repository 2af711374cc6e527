// Registering by OAuth 2.0 for First-Party Applications.
#include "flows/parts/first_party.h"
#include "flows/parts/registration.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUserdataParameter,   kNewCustomdataParameter,  kNewUserPasswordParameter,  kVerificationMethodParameter,
    kRecaptchaParameter,  kRecaptchaEventParameter, if_room(kScopeParameter),   kGuestParameter,
    kGuestTokenParameter, kUvidParameter,           kIntegrationTokenParameter,
};
constexpr OrgSetting kOrgSettings[] = {org::kAppFirstParty,         org::kAppCertificate,     org::kSiteFirstParty,
                                       org::kAppPermittedUsers,     org::kAppNamedJwt,        org::kRegistrationAuth,
                                       org::kRegistrationRecaptcha, org::kRegistrationHandler};

Result<void> check(Context& flow) {
  if (auto good = check_first_party(flow.app); !good) return good;
  return keep_visitor(flow);
}

Result<void> challenge(Context& flow) {
  JsonBody body = json_of(flow);
  add_new_user(flow, body);
  body.add("login_type", *flow.parameter("verification_method"));
  add_recaptcha(flow, body);
  if (auto begun = begin_challenge(flow, body); !begun) return begun;
  if (const auto uvid = add_visitor_header(flow); !uvid.empty()) body.add_secret("uvid_hint", uvid.view());
  body.end();
  return {};
}

constexpr RequestSpec kGuardedChallenge = guarded(kChallenge, Body::json, kRegistrationInit.scope);
using Table = FirstPartyMessage<kGuardedChallenge, challenge, &kRegistrationInit>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::first_party_registration = {
    .name = "first_party_registration",
    .verb = "first_party_register",
    .summary = "Registers a new customer or partner and signs them in, as a first-party app.",
    .description =
        "OAuth 2.0 for First-Party Applications: the first challenge brings the data and the app's signed attestation, and has "
        "a message sent. The flow then asks for the one-time password, again where it was wrong; the message can be "
        "sent again. With the right one the site's handler creates the user. For private clients only.",
    .source = "Salesforce Help: remoteaccess_auth_challenge_registration; draft-ietf-oauth-first-party-apps",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .errors = &kRegistrationErrors,
    .check = check,
    .finish = finish_named,
    .slots = kFirstPartySlots,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
