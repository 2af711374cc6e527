// A token of an identity provider that the org trusts, exchanged for one of Salesforce's.
#include "flows/parts/token_exchange.h"

#include "flows/parts/fields.h"
#include "flows/parts/one_request.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"

namespace hlid {
namespace {

Result<void> fill(Context& flow) { return fill_token_exchange(flow, "urn:ietf:params:oauth:grant-type:token-exchange"); }

using Table = OneRequest<kExchangeSubject, fill, read_token>;
static_assert(well_formed(Table::kStates, Table::kRows));

constexpr auto kDiagnoses = token_exchange_diagnoses(hints::kHandlerLog);
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::token_exchange = {
    .name = "token_exchange",
    .verb = "exchange_token",
    .summary = "Exchanges a token of another identity provider for a session of the same user.",
    .description =
        "An Apex class of the org, the token exchange handler, checks the subject token and finds its user, or creates one. A "
        "subject token may be good for one call: this request is never repeated once it may have been sent. There is no page "
        "on which the user could approve the app: it must be pre-authorized.",
    .source = "RFC 8693; Salesforce Help: remoteaccess_token_exchange_overview",
    .parameters = kTokenExchangeParameters,
    .org_settings = kTokenExchangeOrgSettings,
    .hosts = kTokenExchangeHosts,
    .result = &kTokenSet,
    .errors = &kErrors,
    .finish = finish_named,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
