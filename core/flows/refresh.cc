// A new access token for a refresh token.
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "refresh_token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "The refresh token. If the org rotates them, it is valid for one call: never send one from two places at once."},
};

constexpr OrgSetting kOrgSettings[] = {org::kAppRefreshScope, org::kAppRefreshPolicy, org::kAppRefreshSecret};

enum State : uint8_t { kRefreshing, kDone };

constexpr RequestSpec kRequest{
    .name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .auth = Auth::client, .extras = Extras::all};

Result<void> refresh(Context& flow) {
  FormWriter form = form_of(flow);
  form.add("grant_type", "refresh_token");
  form.add_secret("refresh_token", *flow.parameter("refresh_token"));
  return {};
}

// The response is lost: whether the old token is still good is not known, and with rotation a second use would end the
// whole session. A response that came, whatever it says of the server, leaves the token where it was.
Next<> not_answered(Context& flow) {
  Error error = std::move(*flow.failure);
  if (error.data().outcome_unknown) error.edit().advice = Advice::sign_in_again;
  return error;
}

constexpr StateSpec kStates[] = {send_state("refresh", kRequest, refresh), done_state()};
constexpr Row kRows[] = {
    on<exchanged<kDone>>(kRefreshing, Event::response),
    on<not_answered>(kRefreshing, Event::no_response),
};
static_assert(well_formed(kStates, kRows));

constexpr std::string_view kEndedRefresh = "the refresh token has expired, was revoked, or was already used";
constexpr Diagnosis kDiagnoses[] = {
    {"", "already being processed", Endpoint::token, "refresh_in_progress", Advice::retry_later,
     "another request is using this refresh token right now", ""},
    {"invalid_grant", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEndedRefresh, ""},
    {"invalid_token", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEndedRefresh, ""},
    {"inactive_user", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEndedRefresh, ""},
    {"INVALID_SESSION_ID", "", Endpoint::token, "refresh_refused", Advice::sign_in_again, kEndedRefresh, ""},
    {"insufficient_authorization", "", Endpoint::token, "insufficient_authorization", Advice::sign_in_again,
     "the server requires further proof from the person: sign in again", ""},
    {"immediate_unsuccessful", "", Endpoint::token, "interaction_required", Advice::sign_in_again,
     "the server requires the person to sign in or to approve", ""},
    {"invalid_request", "", Endpoint::token, "invalid_request", Advice::fix_org,
     "the server rejected the form of the refresh request", hints::kRequest},
    {"unsupported_grant_type", "", Endpoint::token, "flow_not_enabled", Advice::fix_org,
     "the token endpoint rejected the refresh token grant", hints::kRefreshSwitch},
    {"oauth_flow_disabled", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kRefreshSwitch},
    {"unauthorized_client", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kRefreshSwitch},
};
static_assert(is_without_order(kDiagnoses));
// What cannot be read leaves the session as it was.
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false, .unreadable = Advice::retry_later};

}  // namespace

constexpr FlowSpec flows::refresh = {
    .name = "refresh",
    .verb = "refresh",
    .summary = "Gets a new access token for a refresh token.",
    .description =
        "A refresh_token in the result replaces the old one, which may be invalid after this call: store it before anything "
        "else. Without one in the result the old one stays. Where no response came the outcome is not known, and the old "
        "token is best not sent again. The new token has the scopes of the old one: Salesforce refuses a scope here.",
    .source = "RFC 6749 6; Salesforce Help: remoteaccess_oauth_refresh_token_flow",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .hosts = kEveryHost,
    .result = &kTokenSet,
    .errors = &kErrors,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
