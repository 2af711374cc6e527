// Signing in with an external identity provider, past the site's own login page: a browser goes there and comes back.
#include "base/text.h"
#include "codec/url.h"
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/session.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/authorize_response.h"
#include "oauth/org_settings.h"
#include "oauth/pkce.h"

namespace hlid {
namespace {

constexpr size_t kMaxProvider = 128;

constexpr ValueSpec kParameters[] = {
    {.name = "sso_provider",
     .charset = Charset::visible,
     .required = true,
     .max_bytes = kMaxProvider,
     .doc = "Developer name of the authentication provider, as Setup shows it under Auth. Providers or Single Sign-On Settings."},
    kScopeParameter,
    kStateParameter,
};
constexpr ValueSpec kCallbackAsk = {
    .name = "callback_url",
    .charset = Charset::visible,
    .secret = true,
    .max_bytes = kMaxLocation,
    .doc =
        "The whole address at which the browser arrived: the app's redirect_uri with code and state, as browsers write it "
        "(case of scheme and host, default port, empty path). Any other address is refused and the flow waits on; the first "
        "that is the callback counts."};

constexpr OrgSetting kOrgSettings[] = {org::kSiteProviders, org::kAppProofKey, org::kAppPermittedUsers};

enum State : uint8_t { kShowing, kExchanging, kDone };

Result<void> show(Context& flow) {
  // A flow that was resumed shows the address that it showed before: the browser may be on its way.
  if (!flow.has(kVerifier)) {
    if (auto made = new_pkce_and_state(flow); !made) return std::move(made).error();
  }
  Secret query;
  FormWriter form(query);
  form.add("response_type", "code");
  form.add("client_id", flow.app.client_id);
  form.add("redirect_uri", flow.app.redirect_uri);
  form.add("sso_provider", *flow.parameter("sso_provider"));
  add_challenge_and_scope(flow, form, code_challenge_of(flow.slot(kVerifier)).view());
  form.add("state", flow.slot(kState));
  flow.show.url = Secret(flow.app.site);
  flow.show.url.append(kAuthorizePath);
  flow.show.url.append('?');
  flow.show.url.append(query.view());
  return {};
}

// An app whose links all arrive this way gets others, too: they are not the callback, and change nothing.
Result<void> check_given(const Context& flow, std::string_view name, std::string_view value) {
  return check_callback_address(name, value, flow.app.redirect_uri);
}

Next<kExchanging> take_callback(Context& flow) {
  auto code = read_callback_address(flow.given.view(), join({flow.app.site, kAuthorizePath}), flow.app.redirect_uri,
                                    flow.slot(kState), {Endpoint::authorize, flow.errors, true});
  if (!code) return std::move(code).error();
  keep_code(flow, std::move(*code));
  return to<kExchanging>;
}

constexpr StateSpec kStates[] = {
    show_state("show", show, kCallbackAsk),
    send_state("token", kToken, exchange_code),
    done_state(),
};
constexpr Row kRows[] = {
    on<take_callback>(kShowing, Event::value),
    on<exchanged<kDone>>(kExchanging, Event::response),
};
static_assert(well_formed(kStates, kRows));

constexpr const SlotSpec* kSlots[] = {&kVerifier, &kState};

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
    .errors = &kSessionErrors,
    .check_given = check_given,
    .finish = finish_named,
    .slots = kSlots,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
