// A new access token for a refresh token, and new sessions for the org's web domains.
#include "flows/parts/hybrid.h"
#include "flows/parts/refresh.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"

namespace hlid {
namespace {

enum State : uint8_t { kRefreshing, kDone };

constexpr OrgSetting kOrgSettings[] = {org::kAppRefreshScope, org::kAppRefreshPolicy, org::kAppRefreshSecret,
                                       org::kAppHybridScopes, org::kAppNamedJwt,      org::kAppRotation};

Result<void> refresh(Context& flow) { return fill_refresh(flow, "hybrid_refresh"); }

constexpr StateSpec kStates[] = {send_state("refresh", kRefreshRequest, refresh), done_state()};
constexpr Row kRows[] = {
    on<hybrid_exchanged<kDone>>(kRefreshing, Event::response),
};
static_assert(well_formed(kStates, kRows));

constexpr auto kDiagnoses = with_hybrid_scopes(refresh_diagnoses(hints::kHybridRotation));
static_assert(is_without_order(kDiagnoses));
// What cannot be read leaves the session as it was.
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false, .unreadable = Advice::retry_later};

}  // namespace

constexpr FlowSpec flows::hybrid_refresh = {
    .name = "hybrid_refresh",
    .verb = "hybrid_refresh",
    .summary = "Gets a new access token for a refresh token, and new sessions for the org's web domains.",
    .description =
        "For an app that shows the org's pages in a web view. It accepts the refresh tokens of the web server, user-agent and "
        "hybrid flows. The result lists the cookies to set, and each call brings new ones. All else is as with refresh: a "
        "refresh_token in the result replaces the old one, and where no response came the outcome is not known. An app that "
        "issues JWT-based access tokens cannot rotate its refresh tokens as well: the server then rejects the grant.",
    .source = "Salesforce Help: remoteaccess_oauth_hybrid_app_refresh_token_flow_ca, remoteaccess_oauth_hybrid_app_flow_cookies",
    .parameters = kRefreshParameters,
    .org_settings = kOrgSettings,
    .hosts = kEveryHost,
    .result = &kHybridTokenSet,
    .errors = &kErrors,
    .renews_session = true,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
