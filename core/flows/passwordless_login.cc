// Signing in with a one-time password from an email or a text message.
#include "flows/parts/otp.h"
#include "flows/parts/passwordless.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,
    kLoginHintParameter,
    kCustomdataParameter,
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
constexpr OrgSetting kOrgSettings[] = {
    org::kHeadlessFlows,    org::kAppHeadlessFlow,       org::kAppPermittedUsers, org::kAppNamedJwt,    org::kPasswordlessAllowed,
    org::kPasswordlessAuth, org::kPasswordlessRecaptcha, org::kUserVerified,      org::kEmailTemplates, org::kDiscoveryHandler};

Result<void> check(Context& flow) {
  if (auto good = check_who(flow); !good) return good;
  return keep_visitor(flow);
}

Result<void> init(Context& flow) {
  JsonBody body = json_of(flow);
  add_who(flow, body);
  body.add("verificationmethod", *flow.parameter("verification_method"));
  add_recaptcha(flow, body);
  if (const auto id = flow.parameter("email_template")) body.add("emailtemplate", *id);
  body.end();
  return {};
}

constexpr RequestSpec kInit{.name = "init",
                            .endpoint = Endpoint::init,
                            .path = "/services/auth/headless/init/passwordless/login",
                            .body = Body::json,
                            .integration_scope = kPasswordlessInit.scope};

Result<void> authorize(Context& flow) { return authorize_with_otp(flow, "passwordless-login"); }

using Table = OtpFlow<kInit, init, kPasswordlessInit, authorize>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::passwordless_login = {
    .name = "passwordless_login",
    .verb = "passwordless_login",
    .summary = "Signs a customer or partner in with a one-time password from an email or a text message.",
    .description =
        "A first call has the message sent; the flow then asks for the one-time password, again where it was wrong (after "
        "three in a row a new message is advised: the server may reject even the right one), and the message can be sent again. While it asks it can be sealed, and resumed by another process. The first call's response does not reveal whether the user exists.",
    .source =
        "Salesforce Help: remoteaccess_headless_passwordless_login_public_clients, "
        "remoteaccess_headless_passwordless_login_private_clients, remoteaccess_headless_discovery",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .needs = kCodeNeeds,
    .result = &kTokenSet,
    .errors = &kPasswordlessErrors,
    .check = check,
    .finish = finish_named,
    .slots = kOtpSlots,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
