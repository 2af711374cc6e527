// A person signs in on Salesforce's own page, in a browser, and an app gets a code for tokens.
#include "flows/parts/browser.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {HLID_BROWSER_PARAMETERS, kImmediateParameter};

constexpr OrgSetting kOrgSettings[] = {org::kAppCallback, org::kAppScopes, org::kAppRefreshScope, org::kAppSecret,
                                       org::kAppProofKey, org::kProofKey,  org::kAppApproval,     org::kSiteProviders};

using Table = BrowserCodeFlow<exchange_code, read_token>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::web_server = in_browser({
    .name = "web_server",
    .verb = "web_server",
    .summary = "Signs a person in on Salesforce's own login page, in a browser.",
    .description =
        "The web server flow: an authorization code with PKCE. Shows the address of the login page; when the browser arrives "
        "at the app's callback, give that address. The flow checks it, its state and its issuer, and exchanges the code in it, "
        "once. A web app redirects to the address and seals the flow; whichever machine gets the callback opens it. On an "
        "Experience Cloud site login_hint works only with prompt login, and immediate is refused.",
    .source = "Salesforce Help: remoteaccess_oauth_web_server_flow; RFC 6749 4.1; RFC 7636; RFC 8252; RFC 9207",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .errors = &kBrowserErrors,
    .check = check_browser,
    .finish = finish_named,
    .states = Table::kStates,
    .rows = Table::kRows,
});

}  // namespace hlid
