// The implicit grant of an app that shows the org's pages: the tokens, and the sessions of the org's web domains.
#include "flows/parts/hybrid.h"
#include "flows/parts/implicit.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {HLID_BROWSER_PARAMETERS};

constexpr OrgSetting kOrgSettings[] = {org::kUserAgentFlow, org::kAppCallback,   org::kAppScopes,  org::kAppHybridScopes,
                                       org::kAppApproval,   org::kSiteProviders, org::kAppNamedJwt};

enum State : uint8_t { kShowing, kDone };

Result<void> show(Context& flow) { return show_authorize(flow, "hybrid_token"); }

Next<kDone> take_callback(Context& flow) {
  if (auto read = take_tokens(flow); !read) return std::move(read).error();
  add_hybrid_fields(flow.app, flow.result);
  return to<kDone>;
}

constexpr StateSpec kStates[] = {show_state("show", show, kImplicitAsk), done_state()};
constexpr Row kRows[] = {on<take_callback>(kShowing, Event::value)};
static_assert(well_formed(kStates, kRows));

constexpr Diagnosis kDiagnoses[] = {HLID_BROWSER_DIAGNOSES(hints::kUserAgentSwitch), kHybridScopeDiagnosis};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::hybrid_user_agent = in_browser({
    .name = "hybrid_user_agent",
    .verb = "hybrid_user_agent",
    .summary =
        "Signs a person in through a browser that brings the tokens themselves, for an app that shows the org's pages in a web view.",
    .description =
        "The user-agent flow. Its result also has the sessions of the org's web domains, as a list of the cookies to set. "
        "The scope web is needed; lightning, content and visualforce bring one more session each. It does not bring JWT-based "
        "access tokens.",
    .source = "Salesforce Help: remoteaccess_oauth_hybrid_user_agent_token_flow, remoteaccess_oauth_hybrid_app_flow_cookies",
    .status = Status::discouraged,
    .retires = kImplicitRetires,
    .status_note = "The tokens are in the browser's address, where other programs can see them. Use hybrid_web_server.",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .result = &kHybridTokenSet,
    .errors = &kErrors,
    .check = check_browser,
    .browser_brings_tokens = true,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
});

}  // namespace hlid
