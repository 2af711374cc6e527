// Signing in with an external identity provider, past the site's own login page: a browser goes there and comes back.
#include "flows/parts/browser.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec required_provider() {
  ValueSpec provider = kProviderParameter;
  provider.required = true;
  provider.in_ticket = InTicket::always;
  return provider;
}
constexpr ValueSpec kParameters[] = {required_provider(), kScopeParameter, kStateParameter};

constexpr OrgSetting kOrgSettings[] = {org::kSiteProviders, org::kAppProofKey, org::kAppApproval};

using Table = BrowserCodeFlow<exchange_code, read_token>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::native_sso = {
    .name = "native_sso",
    .verb = "native_sso",
    .summary = "Signs a customer or partner in with an external identity provider, in a browser.",
    .description =
        "Shows an address for a browser (a custom tab, an authentication session), which Salesforce sends on to the provider "
        "at once. When the browser arrives at the app's callback, give that address: its state, issuer and address are "
        "checked, and the code in it is exchanged. While the address is shown the flow can be sealed.",
    .source = "Salesforce Help: remoteaccess_native_sso; RFC 6749 4.1; RFC 7636; RFC 9207",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .needs = kCodeNeeds,
    .result = &kTokenSet,
    .errors = &kBrowserErrors,
    .check_given = check_callback,
    .finish = finish_named,
    .slots = kBrowserSlots,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
