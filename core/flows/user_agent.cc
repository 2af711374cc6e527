// The implicit grant: a browser brings the tokens themselves, in the fragment of the callback.
#include "flows/parts/browser.h"
#include "flows/parts/implicit.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr const char* kResponseTypes[] = {"token", "token id_token"};
constexpr ValueSpec kParameters[] = {
    {.name = "response_type",
     .choices = kResponseTypes,
     .doc =
         "Whether an ID token comes with the access token. It needs the scope openid, and with that scope it must: without an ID "
         "token nothing ties the tokens to this sign-in.",
     .default_text = "token id_token if the scopes contain openid, else token"},
    HLID_BROWSER_PARAMETERS,
};

enum State : uint8_t { kShowing, kDone };

std::string_view response_type_of(const Context& flow) {
  return flow.parameter("response_type").value_or(wants_openid(flow) ? "token id_token" : "token");
}

Result<void> check(Context& flow) {
  if (wants_openid(flow) && response_type_of(flow) == "token")
    return Error::argument("response_type", "must be token id_token, or left out, if the scopes contain openid");
  return check_browser(flow);
}

Result<void> show(Context& flow) { return show_authorize(flow, response_type_of(flow)); }

Next<kDone> take_callback(Context& flow) {
  if (auto read = take_tokens(flow); !read) return std::move(read).error();
  return to<kDone>;
}

constexpr StateSpec kStates[] = {show_state("show", show, kImplicitAsk), done_state()};
constexpr Row kRows[] = {on<take_callback>(kShowing, Event::value)};
static_assert(well_formed(kStates, kRows));

}  // namespace

constexpr FlowSpec flows::user_agent = in_browser({
    .name = "user_agent",
    .verb = "user_agent",
    .summary = "Signs a person in through a browser that brings the tokens themselves (implicit grant).",
    .description =
        "Shows the address of the login page for a browser. When the browser arrives at the app's callback, give that address "
        "with its fragment, which holds the tokens and which only a page's script or an app's own browser window can see. "
        "Nothing is sent to the token endpoint: no secret and no proof key protects the tokens. A refresh token comes only "
        "with the scope refresh_token, and only if redirect_uri has a scheme of the app's own (com.example.app://callback).",
    .source = "Salesforce Help: remoteaccess_oauth_user_agent_flow; RFC 6749 4.2",
    .status = Status::discouraged,
    .retires = kImplicitRetires,
    .status_note = "The tokens are in the browser's address, where other programs can see them. Use web_server, which a public "
                   "client can use without a secret.",
    .parameters = kParameters,
    .org_settings = kImplicitOrgSettings,
    .result = &kTokenSet,
    .errors = &kImplicitErrors,
    .check = check,
    .browser_brings_tokens = true,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
});

}  // namespace hlid
