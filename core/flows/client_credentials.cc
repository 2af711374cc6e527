// A token for the app itself: it runs as the integration user that the app's policies name.
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/one_request.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr OrgSetting kOrgSettings[] = {org::kAppClientCredentials, org::kAppRunAsUser, org::kAppScopes, org::kUserApiEnabled};
constexpr HostKind kHosts[] = {HostKind::my_domain};
constexpr std::string_view kNeeds[] = {"client_secret"};

Result<void> check(Context& flow) {
  if (flow.app.client_auth != ClientAuth::private_key_jwt) return {};
  return Error::argument("token_endpoint_auth_method",
                         "must be client_secret_post or client_secret_basic for client credentials");
}

Result<void> fill(Context& flow) {
  form_of(flow).add("grant_type", "client_credentials");
  return {};
}

constexpr RequestSpec kRequest{.name = "token",
                               .endpoint = Endpoint::token,
                               .path = kTokenPath,
                               .retry_safe = true,
                               .auth = Auth::client,
                               .extras = Extras::all};
using Table = OneRequest<kRequest, fill, read_token>;
static_assert(well_formed(Table::kStates, Table::kRows));

constexpr Diagnosis kDiagnoses[] = {
    {"", "no valid scopes", kAnywhere, "no_valid_scopes", Advice::fix_org, "the app has no scope that this flow grants",
     hints::kMachineScopes},
    {"access_denied", "", kAnywhere, "no_run_as_user", Advice::fix_org, "the app's run-as user may not use this flow",
     hints::kRunAsInternal},
    {"inactive_user", "", kAnywhere, "no_run_as_user", Advice::fix_org, "the app's run-as user is not active", hints::kRunAsUser},
    {"invalid_grant", "", kAnywhere, "no_run_as_user", Advice::fix_org,
     "the server does not issue a token for the app's run-as user", hints::kRunAsUser},
    {"unsupported_grant_type", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
     hints::kClientCredentialsSwitch},
    {"oauth_flow_disabled", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
     hints::kClientCredentialsSwitch},
    {"unauthorized_client", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
     hints::kClientCredentialsSwitch},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::client_credentials = {
    .name = "client_credentials",
    .verb = "client_credentials",
    .summary = "Gets an access token for the app itself, without a person.",
    .description =
        "For servers only: the app proves itself with its secret, in the body or in an Authorization: Basic header, and gets a "
        "token of the integration user that its policies name. The setting site must be the org's My Domain: Salesforce documents "
        "no other host. There is no refresh token: run the flow again when the token has expired. private_key_jwt is refused. The "
        "setting scope is not sent: Salesforce accepts no scope here and grants those of the app, except web, refresh_token and "
        "full.",
    .source = "RFC 6749 4.4; Salesforce Help: remoteaccess_oauth_client_credentials_flow",
    .org_settings = kOrgSettings,
    .needs = kNeeds,
    .hosts = kHosts,
    .result = &kTokenSet,
    .lacks = kNoRefreshToken,
    .errors = &kErrors,
    .check = check,
    .finish = finish_named,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
