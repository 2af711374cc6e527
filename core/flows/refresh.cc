// A new access token for a refresh token.
#include "flows/code_flow.h"
#include "flows/fields.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "refresh_token",
     .form = Form::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "The refresh token. Where the org rotates them it is good for one call: never send one from two places at once."},
};

constexpr OrgSetting kOrgSettings[] = {
    {"App: OAuth Scopes: Perform requests at any time (refresh_token)", "ExtlClntAppOauthSettings.commaSeparatedOauthScopes"},
    {"App policies: Refresh Token Policy; Enable Refresh Token Rotation",
     "ExtlClntAppOauthConfigurablePolicies.refreshTokenPolicyType"},
    {"App: Require Secret for Refresh Token Flow", "ExtlClntAppGlobalOauthSettings.isSecretRequiredForRefreshToken"},
};

Result<void> refresh(Work& work) {
  begin_request(work, "token", "POST", kTokenPath, false);
  FormWriter form = form_of(work);
  form.add("grant_type", "refresh_token");
  form.add_secret("refresh_token", *work.parameter("refresh_token"));
  if (auto added = add_client(work); !added) return added;
  finish_token(work);
  return {};
}

// The response is lost: whether the old token is still good is not known, and with rotation a second use would end the
// whole session. A response that came, whatever it says of the server, leaves the token where it was.
Error at_an_end(Error error) {
  if (error.data().outcome_unknown) error.edit().advice = Advice::sign_in_again;
  return error;
}

Result<Branch> read(Work& work) { return read_token(work, Asker::refresh); }

Result<Branch> verified(Work& work) { return read_keys(work, Asker::refresh); }

Result<Branch> no_response(Work& work) {
  Error error = std::move(*work.ask.problem);
  work.ask.problem.reset();
  return at_an_end(std::move(error));
}

enum State : uint8_t { kRefresh, kKeys, kDone };
constexpr StateSpec kStates[] = {
    {"refresh", Step::send, refresh},
    {"keys", Step::send, begin_keys},
    {"done", Step::done, nullptr},
};
constexpr Row kRows[] = {
    {kRefresh, Event::response, read, kDone, kKeys},
    {kRefresh, Event::no_response, no_response, kDone, kDone},
    {kKeys, Event::response, verified, kDone, kDone},
};
constexpr RequestSpec kRequests[] = {kCodeFlowRequests[1], kCodeFlowRequests[2]};

}  // namespace

constexpr FlowSpec kRefreshFlow = {
    .name = "refresh",
    .summary = "Gets a new access token for a refresh token.",
    .description =
        "A refresh_token in the result replaces the old one, which may have ended with this call: keep it before anything "
        "else. Without one in the result the old one stays. Where no response came the outcome is not known, and the old "
        "token is best not sent again. The new token has the scopes of the old one: Salesforce refuses a scope here.",
    .source = "RFC 6749 6; Salesforce Help: remoteaccess_oauth_refresh_token_flow",
    .accepts_guest = false,
    .parameters = kParameters,
    .requests = kRequests,
    .asks = {},
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .check = nullptr,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
