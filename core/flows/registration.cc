// A visitor becomes a customer: the data, a one-time password, and the first session.
#include "base/text.h"
#include "codec/json.h"
#include "flows/fields.h"
#include "flows/otp_flow.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr char kInitPath[] = "/services/auth/headless/init/registration";

constexpr ValueSpec kParameters[] = {
    kUserdataParameter,           kNewCustomdataParameter, kNewUserPasswordParameter,
    kVerificationMethodParameter, kRecaptchaParameter,     kRecaptchaEventParameter,
    kEmailTemplateParameter,      kScopeParameter,         kStateParameter,
    kGuestTokenParameter,         kUvidParameter,          kIntegrationTokenParameter,
};
constexpr ValueSpec kAsks[] = {kOtpAsk};

constexpr OrgSetting kOrgSettings[] = {
    kCodeCredentialsSetting, kAppCodeCredentialsSetting,     kPreAuthorizedSetting,
    kNamedJwtSetting,        kRegistrationProtectionSetting, kRegistrationHandlerSetting,
};

Result<void> init(Work& work) {
  begin_json_request(work, "init", kInitPath, false);
  if (auto added = add_integration_bearer(work, "user_registration_api"); !added) return added;
  JsonBody body = json_of(work);
  add_new_user(work, body);
  add_recaptcha(work, body);
  body.add("verificationmethod", *work.parameter("verification_method"));
  if (const auto id = work.parameter("email_template")) body.add("emailtemplate", *id);
  body.end();
  return {};
}

Result<void> authorize(Work& work) { return authorize_with_otp(work, "user-registration"); }

using Table = OtpFlow<Asker::registration, init, authorize>;

constexpr auto kRequests = otp_requests(kInitPath);

}  // namespace

constexpr FlowSpec kRegistrationFlow = {
    .name = "registration",
    .summary = "Registers a new customer or partner and signs them in.",
    .description =
        "A first call leaves the data with the site and has a message sent; no user exists yet. The flow then asks for the "
        "one-time password, again where it was wrong; after three in a row the message is best sent again, since the server may accept none any more. With the right one the site's "
        "handler creates the user, and the response is a session. What that handler refuses (a user who exists already) "
        "shows at this step. While the flow asks it can be sealed, and taken up by another process.",
    .source =
        "Salesforce Help: remoteaccess_headless_registration_public_clients, "
        "remoteaccess_headless_registration_private_clients",
    .accepts_guest = true,
    .parameters = kParameters,
    .requests = kRequests,
    .asks = kAsks,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .check = keep_visitor,
    .states = Table::kStates,
    .rows = Table::kRows,
    .start = Table::start,
};

}  // namespace hlid
