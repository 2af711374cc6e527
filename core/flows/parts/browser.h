// A person signs in in a browser: the address of authorize that it is shown, and the callback at which it arrives.
#pragma once

#include <string_view>

#include "engine/keys.h"
#include "engine/spec.h"
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "oauth/diagnoses.h"

namespace hlid {

// A flow that is sealed while its address is shown.
// Opened under other settings, it still wants the ID token that its address asks for.
inline constexpr SlotSpec kWantsIdToken{"wants_id_token", InTicket::always, true};
inline constexpr const SlotSpec* kBrowserSlots[] = {&kVerifier, &kState, &kNonce, &kWantsIdToken};

inline constexpr size_t kMaxProvider = 128;
inline constexpr size_t kMaxPrompt = 32;
inline constexpr size_t kMaxExperienceId = 64;

// What only the address says is left out of a ticket without room for it: a browser has the address by then.
inline constexpr ValueSpec kProviderParameter = {
    .name = "sso_provider",
    .charset = Charset::visible,
    .max_bytes = kMaxProvider,
    .doc =
        "Developer name of the authentication provider, as Setup shows it under Auth. Providers or Single Sign-On Settings. "
        "Salesforce sends the browser on to it at once.",
    .in_ticket = InTicket::if_room};
inline constexpr ValueSpec kPromptParameter = {
    .name = "prompt",
    .kind = ValueKind::list,
    .charset = Charset::scopes,
    .max_bytes = kMaxPrompt,
    .doc =
        "What the person must do even if it is not needed: login (sign in), consent (approve the app), select_account (choose "
        "a user). More than one is separated by spaces.",
    .in_ticket = InTicket::if_room};
inline constexpr ValueSpec kBrowserHintParameter = {
    .name = "login_hint",
    .charset = Charset::one_line,
    .max_bytes = kMaxUsername,
    .doc =
        "The username with which the login page is filled in. Ignored while the browser has a session; on an Experience Cloud "
        "site it works only with prompt login.",
    .in_ticket = InTicket::if_room};
inline constexpr const char* kDisplays[] = {"page", "popup", "touch", "mobile"};
inline constexpr ValueSpec kDisplayParameter = {.name = "display",
                                                .choices = kDisplays,
                                                .doc = "How the login page looks.",
                                                .default_text = "page",
                                                .in_ticket = InTicket::if_room};
inline constexpr ValueSpec kImmediateParameter = {
    .name = "immediate",
    .kind = ValueKind::flag,
    .doc =
        "With true, no page is shown: where the browser has a session and its person has approved the app, it comes back at "
        "once with a code, otherwise with interaction_required. Not on Experience Cloud sites.",
    .default_text = "false",
    .in_ticket = InTicket::if_room};
inline constexpr ValueSpec kNonceParameter = {.name = "nonce",
                                              .charset = Charset::printable,
                                              .secret = true,
                                              .max_bytes = kMaxState,
                                              .doc = "The caller's own nonce, which the ID token repeats.",
                                              .default_text = "43 random characters; none if scopes without openid are named",
                                              .in_ticket = InTicket::never};
inline constexpr ValueSpec kExperienceIdParameter = {
    .name = "expid",
    .charset = Charset::visible,
    .max_bytes = kMaxExperienceId,
    .doc =
        "The experience id of the site's dynamic branding: letters, digits, - and _. It becomes the last part of the page's path.",
    .in_ticket = InTicket::if_room};

// What every flow in a browser has; `immediate` is for those that bring a code.
#define HLID_BROWSER_PARAMETERS                                                                                  \
  kScopeParameter, kStateParameter, kNonceParameter, kPromptParameter, kBrowserHintParameter, kDisplayParameter, \
      kProviderParameter, kExperienceIdParameter

inline constexpr ValueSpec kCallbackAsk = {
    .name = "callback_url",
    .charset = Charset::visible,
    .secret = true,
    .max_bytes = kMaxLocation,
    .doc =
        "The whole address at which the browser arrived: the app's redirect_uri with code and state, as browsers write it "
        "(case of scheme and host, default port, empty path). Any other address is refused and the flow waits on; the first "
        "that is the callback counts.",
    .trimmed = true};

// Checks what is beyond each parameter's own: the words of prompt, and what a site does not have.
Result<void> check_browser(Context& flow);
// An app whose links all arrive this way gets others, too: they are not the callback, and change nothing.
Result<void> check_callback(const Context& flow, std::string_view name, std::string_view value);

// Whether the scopes that are asked for contain openid.
bool wants_openid(const Context& flow);

// The address to show: the flow's own parameters, PKCE where a code comes back, a state, and a nonce if the response can bring
// an ID token. A flow that was resumed shows the address that it showed before: the browser may be on its way.
Result<void> show_authorize(Context& flow, std::string_view response_type);
inline Result<void> show_for_code(Context& flow) { return show_authorize(flow, "code"); }

// The callback of a code: keeps it for the exchange.
Result<void> take_code(Context& flow);

// The flows that go show, token, done.
template <Result<void> (*kFillToken)(Context&), Result<void> (*kReadToken)(Context&)>
struct BrowserCodeFlow {
  enum State : uint8_t { showing, exchanging, done };
  static Next<exchanging> taken(Context& flow) {
    if (auto taken = take_code(flow); !taken) return std::move(taken).error();
    return to<exchanging>;
  }
  static Next<done> finished(Context& flow) {
    if (auto read = kReadToken(flow); !read) return std::move(read).error();
    return to<done>;
  }
  static constexpr StateSpec kStates[] = {show_state("show", show_for_code, kCallbackAsk),
                                          send_state("token", kToken, kFillToken), done_state()};
  static constexpr Row kRows[] = {on<taken>(showing, Event::value), on<finished>(exchanging, Event::response)};
};

// What all flows in a browser have alike: the kinds of host, the setting that they need, the checks and what a ticket holds.
constexpr FlowSpec in_browser(FlowSpec spec) {
  spec.needs = kCodeNeeds;
  spec.hosts = kEveryHost;
  spec.check_given = check_callback;
  spec.slots = kBrowserSlots;
  return spec;
}

// What a refusal means where a browser signs in, and no code and credentials are sent.
#define HLID_BROWSER_DIAGNOSES(not_enabled_hint)                                                                                 \
  {"invalid_grant", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", ""},                   \
      {"inactive_user", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", ""},               \
      {"access_denied",     "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was cancelled or denied",    \
       hints::kDeniedOnPage},                                                                                                    \
      {"login_error", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", ""},                 \
      {"immediate_unsuccessful",                                                                                                 \
       "",                                                                                                                       \
       Endpoint::authorize,                                                                                                      \
       "interaction_required",                                                                                                   \
       Advice::restart,                                                                                                          \
       "the server requires the person to sign in or to approve",                                                                \
       "start again without `immediate`"},                                                                                       \
      {"oauth_flow_disabled", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, not_enabled_hint},         \
      {"unauthorized_client", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, not_enabled_hint},         \
      {"unsupported_response_type", "", kAnywhere, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, not_enabled_hint}, { \
    "unsupported_grant_type", "", kAnywhere, "flow_not_enabled", Advice::fix_org, "the token endpoint rejected this grant",      \
        not_enabled_hint                                                                                                         \
  }

// Of the flows whose code is exchanged.
extern const ErrorSpec kBrowserErrors;

}  // namespace hlid
