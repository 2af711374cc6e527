// Signing in with a one-time password from an email or a text message.
#include "flows/fields.h"
#include "flows/otp_flow.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr char kInitPath[] = "/services/auth/headless/init/passwordless/login";

constexpr ValueSpec kParameters[] = {
    kUsernameParameter,  kLoginHintParameter,      kCustomdataParameter,    kVerificationMethodParameter,
    kRecaptchaParameter, kRecaptchaEventParameter, kEmailTemplateParameter, kScopeParameter,
    kStateParameter,     kGuestTokenParameter,     kUvidParameter,          kIntegrationTokenParameter,
};
constexpr ValueSpec kAsks[] = {kOtpAsk};

constexpr OrgSetting kOrgSettings[] = {
    kCodeCredentialsSetting,
    kAppCodeCredentialsSetting,
    kPreAuthorizedSetting,
    kNamedJwtSetting,
    {"Login & Registration: Headless Passwordless Login: require authentication, or reCAPTCHA (one of the two at least)",
     "NetworkAuthApiSettings.DoesPwdlessLoginRequireAuth, IsRecaptchaRequiredPwdlessLogin"},
    {"The user's email address or phone number is verified", "User.IsEmailVerified, TwoFactorMethodsInfo"},
};

Result<void> check(Work& work) {
  if (auto good = check_who(work); !good) return good;
  return keep_visitor(work);
}

Result<void> init(Work& work) {
  begin_json_request(work, "init", kInitPath, false);
  if (auto added = add_integration_bearer(work, "pwdless_login_api"); !added) return added;
  JsonBody body = json_of(work);
  add_who(work, body);
  body.add("verificationmethod", *work.parameter("verification_method"));
  add_recaptcha(work, body);
  if (const auto id = work.parameter("email_template")) body.add("emailtemplate", *id);
  body.end();
  return {};
}

Result<void> authorize(Work& work) { return authorize_with_otp(work, "passwordless-login"); }

using Table = OtpFlow<Asker::passwordless, init, authorize>;

constexpr auto kRequests = otp_requests(kInitPath);

}  // namespace

constexpr FlowSpec kPasswordlessLoginFlow = {
    .name = "passwordless_login",
    .summary = "Signs a customer or partner in with a one-time password from an email or a text message.",
    .description =
        "A first call has the message sent; the flow then asks for the one-time password, again where it was wrong (after "
        "three in a row a new message is advised: the server may accept none any more), and the message can be sent anew. While it asks it can be sealed, and taken up by another process. The first "
        "call's answer says nothing of whether the user exists.",
    .source =
        "Salesforce Help: remoteaccess_headless_passwordless_login_public_clients, "
        "remoteaccess_headless_passwordless_login_private_clients, remoteaccess_headless_discovery",
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
