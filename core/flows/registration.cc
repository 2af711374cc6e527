// A visitor becomes a customer: the data, a one-time password, and the first session.
#include "flows/parts/registration.h"
#include "flows/parts/otp.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUserdataParameter,
    kNewCustomdataParameter,
    kNewUserPasswordParameter,
    kVerificationMethodParameter,
    kRecaptchaParameter,
    kRecaptchaEventParameter,
    kEmailTemplateParameter,
    kScopeParameter,
    kStateParameter,
    kGuestParameter,
    kGuestTokenParameter,
    kUvidParameter,
    kIntegrationTokenParameter,
};
constexpr OrgSetting kOrgSettings[] = {org::kHeadlessFlows,         org::kAppHeadlessFlow,     org::kAppPermittedUsers,
                                       org::kAppNamedJwt,           org::kRegistrationAllowed, org::kRegistrationAuth,
                                       org::kRegistrationRecaptcha, org::kRegistrationHandler, org::kEmailTemplates};

Result<void> init(Context& flow) {
  JsonBody body = json_of(flow);
  add_new_user(flow, body);
  add_recaptcha(flow, body);
  body.add("verificationmethod", *flow.parameter("verification_method"));
  if (const auto id = flow.parameter("email_template")) body.add("emailtemplate", *id);
  body.end();
  return {};
}

constexpr RequestSpec kInit{.name = "init",
                            .endpoint = Endpoint::init,
                            .path = "/services/auth/headless/init/registration",
                            .body = Body::json,
                            .integration_scope = kRegistrationInit.scope};

Result<void> authorize(Context& flow) { return authorize_with_otp(flow, "user-registration"); }

using Table = OtpFlow<kInit, init, kRegistrationInit, authorize>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::registration = {
    .name = "registration",
    .verb = "register",
    .summary = "Registers a new customer or partner and signs them in.",
    .description =
        "A first call leaves the data with the site and has a message sent; no user exists yet. The flow then asks for the "
        "one-time password, again where it was wrong; after three in a row the message is best sent again, since the server may accept none any more. With the right one the site's "
        "handler creates the user, and the response is a session. What that handler refuses (a user who exists already) "
        "shows at this step. While the flow asks it can be sealed, and resumed by another process.",
    .source =
        "Salesforce Help: remoteaccess_headless_registration_public_clients, "
        "remoteaccess_headless_registration_private_clients",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .needs = kCodeNeeds,
    .result = &kTokenSet,
    .errors = &kRegistrationErrors,
    .check = keep_visitor,
    .finish = finish_named,
    .slots = kOtpSlots,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
