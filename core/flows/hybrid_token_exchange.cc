// A token of an identity provider that the org trusts, exchanged for one of Salesforce's and for sessions of its web domains.
#include <array>

#include "flows/parts/hybrid.h"
#include "flows/parts/one_request.h"
#include "flows/parts/token_exchange.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr OrgSetting kOrgSettings[] = {org::kAppTokenExchange,
                                       org::kTokenExchangeHandler,
                                       org::kAppTokenExchangeSecret,
                                       org::kAppPermittedUsers,
                                       org::kAppScopes,
                                       org::kAppHybridScopes,
                                       org::kAppNamedJwt,
                                       org::kAppRotation};

Result<void> fill(Context& flow) { return fill_token_exchange(flow, "urn:ietf:params:oauth:grant-type:hybrid-token-exchange"); }

using Table = OneRequest<kExchangeSubject, fill, read_hybrid_token>;
static_assert(well_formed(Table::kStates, Table::kRows));

constexpr auto kDiagnoses = with_hybrid_scopes(token_exchange_diagnoses(hints::kHybridSubject));
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::hybrid_token_exchange = {
    .name = "hybrid_token_exchange",
    .verb = "exchange_hybrid_token",
    .summary =
        "Exchanges a token of another identity provider for a session, for an app that shows the org's pages in a web view.",
    .description =
        "The token exchange flow. Its result also has the sessions of the org's web domains, as a list of the cookies to set. "
        "The scope web is needed; lightning, content and visualforce bring one more session each. A subject token may be good "
        "for one call: this request is never repeated once it may have been sent. Salesforce names JWT-based access tokens for "
        "the hybrid web server and hybrid refresh flows only, and never together with refresh token rotation: the server then "
        "rejects the grant.",
    .source = "RFC 8693; Salesforce Help: remoteaccess_token_exchange_overview, remoteaccess_oauth_hybrid_app_flow_cookies",
    .parameters = kTokenExchangeParameters,
    .org_settings = kOrgSettings,
    .hosts = kTokenExchangeHosts,
    .result = &kHybridTokenSet,
    .errors = &kErrors,
    .finish = finish_named,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
