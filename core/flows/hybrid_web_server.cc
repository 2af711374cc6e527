// The web server flow of an app that shows the org's pages: the tokens, and the sessions of the org's web domains.
#include "flows/parts/browser.h"
#include "flows/parts/hybrid.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {HLID_BROWSER_PARAMETERS, kImmediateParameter};

constexpr OrgSetting kOrgSettings[] = {org::kAppCallback, org::kAppScopes,    org::kAppHybridScopes, org::kAppSecret,
                                       org::kAppProofKey, org::kProofKey,     org::kAppNamedJwt,     org::kAppRotation,
                                       org::kAppApproval, org::kSiteProviders};

Result<void> fill(Context& flow) { return exchange_code_for(flow, "hybrid_auth_code"); }

using Table = BrowserCodeFlow<fill, read_hybrid_token>;
static_assert(well_formed(Table::kStates, Table::kRows));

constexpr Diagnosis kDiagnoses[] = {
    HLID_BROWSER_DIAGNOSES(hints::kAppEnabled),
    {"invalid_grant", "", Endpoint::code, "code_refused", Advice::restart, "the server rejected the authorization code",
     hints::kHybridCode},
    kHybridScopeDiagnosis,
    kHybridRotationDiagnosis,
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::hybrid_web_server = in_browser({
    .name = "hybrid_web_server",
    .verb = "hybrid_web_server",
    .summary = "Signs a person in through a browser, for an app that shows the org's pages in a web view.",
    .description =
        "The web server flow. Its result also has the sessions of the org's web domains, as a list of the cookies to set. "
        "The scope web is needed; lightning, content and visualforce bring one more session each. An app that issues JWT-based "
        "access tokens cannot rotate its refresh tokens as well: the server then rejects the grant.",
    .source = "Salesforce Help: remoteaccess_oauth_hybrid_web_server_flow, remoteaccess_oauth_hybrid_app_flow_cookies",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .result = &kHybridTokenSet,
    .errors = &kErrors,
    .check = check_browser,
    .finish = finish_named,
    .states = Table::kStates,
    .rows = Table::kRows,
});

}  // namespace hlid
