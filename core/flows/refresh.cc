// A new access token for a refresh token.
#include "flows/parts/refresh.h"

#include "flows/parts/code.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"

namespace hlid {
namespace {

enum State : uint8_t { kRefreshing, kDone };

Result<void> refresh(Context& flow) { return fill_refresh(flow, "refresh_token"); }

constexpr StateSpec kStates[] = {send_state("refresh", kRefreshRequest, refresh), done_state()};
constexpr Row kRows[] = {
    on<exchanged<kDone>>(kRefreshing, Event::response),
};
static_assert(well_formed(kStates, kRows));

constexpr auto kDiagnoses = refresh_diagnoses("");
static_assert(is_without_order(kDiagnoses));
// A refusal in front of the token endpoint leaves the session as it was.
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false, .unreadable = Advice::retry_later};

}  // namespace

constexpr FlowSpec flows::refresh = {
    .name = "refresh",
    .verb = "refresh",
    .summary = "Gets a new access token for a refresh token.",
    .description =
        "A refresh_token in the result replaces the old one, which may be invalid after this call: store it before anything "
        "else. Without one in the result the old one stays. Where no response came the outcome is not known, and the old "
        "token is best not sent again. An ID token that does not pass its check is left out, with the reason in id_token_failure. "
        "The new token has the scopes of the old one: Salesforce refuses a scope here.",
    .source = "RFC 6749 6; Salesforce Help: remoteaccess_oauth_refresh_token_flow",
    .parameters = kRefreshParameters,
    .org_settings = kRefreshOrgSettings,
    .hosts = kEveryHost,
    .result = &kTokenSet,
    .errors = &kErrors,
    .renews_session = true,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
