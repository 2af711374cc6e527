// Signing in with an external identity provider, past the site's own login page: a browser goes there and comes back.
#include "base/text.h"
#include "codec/url.h"
#include "flows/code_flow.h"
#include "flows/fields.h"
#include "flows/otp_flow.h"
#include "flows/registry.h"
#include "oauth/authorize_response.h"
#include "oauth/pkce.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "sso_provider",
     .form = Form::visible,
     .required = true,
     .max_bytes = kMaxProvider,
     .doc = "Developer name of the authentication provider, as Setup shows it under Auth. Providers or Single Sign-On Settings."},
    kScopeParameter,
    kStateParameter,
};
constexpr ValueSpec kAsks[] = {
    {.name = "callback_url",
     .form = Form::visible,
     .secret = true,
     .max_bytes = kMaxLocation,
     .doc = "The whole address at which the browser arrived: the app's redirect_uri with code and state, as browsers write it "
            "(case of scheme and host, default port, empty path). Any other address is refused and the flow waits on; the first "
            "that is the callback counts."},
};

constexpr OrgSetting kOrgSettings[] = {
    {"Login & Registration: the provider is among the site's login options", "Network.AllowedExtIdentityProviders"},
    {"App: Require Proof Key for Code Exchange (PKCE)", "ExtlClntAppGlobalOauthSettings.isPkceRequired"},
    kPreAuthorizedSetting,
};

// A flow that was taken up again shows the address that it showed before: the browser may be on its way.
Result<void> keep_proof(Work& work) {
  if (!work.slot(Slot::verifier).empty()) return {};
  auto made = make_proof(work);
  return made ? Result<void>() : std::move(made).error();
}

Result<void> show(Work& work) {
  if (auto made = keep_proof(work); !made) return made;
  Secret query;
  FormWriter form(query);
  form.add("response_type", "code");
  form.add("client_id", work.app.client_id);
  form.add("redirect_uri", work.app.redirect_uri);
  form.add("sso_provider", *work.parameter("sso_provider"));
  form.add("code_challenge", code_challenge_of(work.slot(Slot::verifier)).view());
  if (work.app.send_code_challenge_method) form.add("code_challenge_method", "S256");
  const std::string_view scope = work.parameter("scope").value_or(work.app.scope);
  if (!scope.empty()) form.add("scope", scope);
  form.add("state", work.slot(Slot::state));
  work.show.url = Secret(work.app.site);
  work.show.url.append(kAuthorizePath);
  work.show.url.append('?');
  work.show.url.append(query.view());
  work.ask.name = "callback_url";
  work.ask.secret = true;
  return {};
}

// An app whose links all come this way has others, too: they are no response, and nothing has happened.
Result<void> check_given(const Work& work, std::string_view name, std::string_view value) {
  return check_callback_address(name, value, work.app.redirect_uri);
}

Result<Branch> take_callback(Work& work) {
  auto code = read_callback_address(work.given.view(), join({work.app.site, kAuthorizePath}), work.app.redirect_uri,
                                    work.slot(Slot::state), {Endpoint::authorize, Asker::session, true});
  if (!code) return std::move(code).error();
  keep_code(work, std::move(*code));
  return Branch::then;
}

using Code = CodeFlow<Asker::session, show, exchange_code>;

enum State : uint8_t { kShow, kToken, kKeys, kDone };
constexpr StateSpec kStates[] = {
    {"show", Step::show, show},
    {"token", Step::send, exchange_code},
    {"keys", Step::send, begin_keys},
    {"done", Step::done, nullptr},
};
constexpr Row kRows[] = {
    {kShow, Event::value, take_callback, kToken, kToken},
    {kToken, Event::response, Code::exchanged, kDone, kKeys},
    {kKeys, Event::response, Code::verified, kDone, kDone},
};
constexpr RequestSpec kRequests[] = {kCodeFlowRequests[1], kCodeFlowRequests[2]};

}  // namespace

constexpr FlowSpec kNativeSsoFlow = {
    .name = "native_sso",
    .summary = "Signs a customer or partner in with an external identity provider, in a browser.",
    .description =
        "Shows an address for a browser (a custom tab, an authentication session), which Salesforce sends on to the provider "
        "at once. When the browser arrives at the app's callback, give that address: its state, issuer and address are "
        "checked, and the code in it is exchanged. While the address is shown the flow can be sealed.",
    .source = "Salesforce Help: remoteaccess_native_sso; RFC 6749 4.1; RFC 7636; RFC 9207",
    .accepts_guest = false,
    .parameters = kParameters,
    .requests = kRequests,
    .asks = kAsks,
    .org_settings = kOrgSettings,
    .result = &kTokenSet,
    .check = nullptr,
    .states = kStates,
    .rows = kRows,
    .shows = true,
    .check_given = check_given,
};

}  // namespace hlid
