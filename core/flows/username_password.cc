// Username and password straight at the token endpoint (RFC 6749 4.3): an old flow, for what cannot be changed yet.
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/person.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr size_t kMaxSecurityToken = 128;

constexpr ValueSpec kParameters[] = {
    {.name = "username",
     .charset = Charset::one_line,
     .required = true,
     .max_bytes = kMaxUsername,
     .doc = "The user name in Salesforce, which has the form of an email address."},
    {.name = "password",
     .charset = Charset::utf8,
     .secret = true,
     .max_bytes = kMaxPassword,
     .doc = "The password, sent byte for byte. UTF-8 without NUL.",
     .default_text = "asked for",
     .in_ticket = InTicket::never},
    {.name = "security_token",
     .charset = Charset::visible,
     .secret = true,
     .max_bytes = kMaxSecurityToken,
     .doc =
         "The user's security token, sent right behind the password. The org requires it where the caller's address is not trusted.",
     .default_text = "nothing is appended",
     .in_ticket = InTicket::never},
};
constexpr OrgSetting kOrgSettings[] = {org::kUsernamePassword, org::kUserApiEnabled, org::kUserLoginRules};
constexpr std::string_view kNeeds[] = {"client_secret"};

enum State : uint8_t { kAsking, kSigningIn, kDone };

constexpr RequestSpec kRequest{
    .name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .auth = Auth::client, .extras = Extras::all};

Result<void> fill(Context& flow) {
  FormWriter form = form_of(flow);
  form.add("grant_type", "password");
  form.add("username", *flow.parameter("username"));
  Secret password(flow.slot(kPassword));
  password.append(flow.parameter("security_token").value_or(""));
  form.add_secret("password", password.view());
  flow.hide(password.view());
  return {};
}

constexpr StateSpec kStates[] = {
    ask_state("ask_password", kPasswordAsk, kPassword),
    send_state("token", kRequest, fill),
    done_state(),
};
constexpr Row kRows[] = {
    go(kAsking, Event::value, kSigningIn),
    on<exchanged<kDone>>(kSigningIn, Event::response),
};
static_assert(well_formed(kStates, kRows));

constexpr std::string_view kRefused = "the server rejected the username, the password, or this flow as such";
constexpr Diagnosis kDiagnoses[] = {
    {"invalid_grant", "", kAnywhere, "invalid_credentials", Advice::restart, kRefused, hints::kUsernamePasswordCauses},
    {"inactive_user", "", kAnywhere, "invalid_credentials", Advice::restart, kRefused, hints::kUsernamePasswordCauses},
    {"unsupported_grant_type", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
     hints::kUsernamePasswordCauses},
    {"oauth_flow_disabled", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
     hints::kUsernamePasswordCauses},
    {"unauthorized_client", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
     hints::kUsernamePasswordCauses},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::username_password = {
    .name = "username_password",
    .verb = "username_password",
    .summary = "Signs a user in with username and password at the token endpoint.",
    .description =
        "For integrations that cannot be changed yet, with a private client that is a connected app. There is no refresh token: run the "
        "flow again. A wrong password and a blocked flow get the same error.",
    .source = "RFC 6749 4.3; Salesforce Help: remoteaccess_oauth_username_password_flow",
    .status = Status::discouraged,
    .retires = "2027-02-20",
    .status_note = "Use client_credentials or jwt_bearer for a server of your own, and login or web_server for a person.",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .needs = kNeeds,
    .hosts = kOrgHosts,
    .result = &kTokenSet,
    .lacks = kNoRefreshToken,
    .errors = &kErrors,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
