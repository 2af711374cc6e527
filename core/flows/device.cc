// Signing in on a device without a browser or a keyboard: it shows a code, and a person approves it on another machine.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "codec/json.h"
#include "codec/url.h"
#include "engine/fault.h"
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/read_json.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/address.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

// A ticket holds all of them.
constexpr size_t kMaxDeviceCode = 1024;
constexpr size_t kMaxUserCode = 64;
constexpr size_t kMaxVerificationUri = 256;

constexpr int64_t kDefaultIntervalS = 5;
constexpr int64_t kMaxIntervalS = 300;
constexpr int64_t kSlowerS = 5;
// Beyond it the wait is not doubled: a person who has approved the code is waiting.
constexpr int64_t kMaxDoubledS = 60;
// Salesforce sends no expires_in; its codes live for about this long.
constexpr int64_t kDefaultLifetimeS = 600;
constexpr int64_t kMaxLifetimeS = 86'400;

constexpr ValueSpec scope_until_sent() {
  ValueSpec scope = kScopeParameter;
  scope.in_ticket = InTicket::never;
  return scope;
}
constexpr ValueSpec kParameters[] = {scope_until_sent()};

constexpr OrgSetting kOrgSettings[] = {org::kAppDeviceFlow, org::kAppLocalWithCallback, org::kAppScopes, org::kAppRefreshScope};
constexpr HostKind kHosts[] = {HostKind::my_domain, HostKind::login};

constexpr SlotSpec kDeviceCode{"device_code", InTicket::always};
constexpr SlotSpec kUserCode{"user_code", InTicket::always};
constexpr SlotSpec kVerificationUri{"verification_uri", InTicket::always, true};
constexpr SlotSpec kIntervalS{"interval_s", InTicket::always, true};
// How many polls in a row have failed: each doubles the wait (RFC 8628 3.5).
constexpr SlotSpec kFailures{"failures", InTicket::always, true};
constexpr SlotSpec kExpiresAtMs{"expires_at_ms", InTicket::always, true};
// A time and not a wait: a flow that travels from process to process keeps the server's interval, and does poll.
constexpr SlotSpec kNextPollMs{"next_poll_ms", InTicket::always, true};
constexpr const SlotSpec* kSlots[] = {&kDeviceCode, &kUserCode,    &kVerificationUri, &kIntervalS,
                                      &kFailures,   &kExpiresAtMs, &kNextPollMs};

constexpr RequestSpec kCodeRequest{
    .name = "device_code", .endpoint = Endpoint::device, .path = kTokenPath, .retry_safe = true, .extras = Extras::all};
// Once a person has approved, the server accepts the code a single time.
constexpr RequestSpec kPollRequest{
    .name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .auth = Auth::client, .extras = Extras::all};

enum State : uint8_t { kAskingForCode, kShowing, kPausing, kPolling, kDone };

Result<void> ask_for_code(Context& flow) {
  FormWriter form = form_of(flow);
  form.add("response_type", "device_code");
  form.add("client_id", flow.app.client_id);
  add_scope(flow, form);
  return {};
}

// Salesforce writes some numbers as text. A useless one counts as absent.
int64_t number_in(const JsonValue& root, std::string_view name, int64_t max, int64_t absent) {
  const auto member = root.find(name);
  if (!member) return absent;
  auto value = member->as_integer();
  if (!value && member->as_text()) value = read_decimal(*member->as_text());
  return value && *value > 0 ? std::min(*value, max) : absent;
}

Error bad_response(std::string_view what) {
  return Error::protocol("bad_response", join({"the device code response ", what})).http_status(200);
}

bool is_code(std::string_view text, size_t max) { return !text.empty() && text.size() <= max && is_visible_ascii(text); }

int64_t interval_s(const Context& flow) {
  int64_t seconds = flow.number(kIntervalS);
  for (int64_t i = flow.number(kFailures); i > 0 && seconds < kMaxDoubledS; --i) seconds = std::min(seconds * 2, kMaxDoubledS);
  return seconds;
}

// The last poll comes when the code ends, unless the server wants it later.
void plan_poll(Context& flow, int64_t at_least_ms = 0) {
  const int64_t due_ms = std::min(flow.now_ms + interval_s(flow) * 1000, flow.number(kExpiresAtMs));
  flow.keep_number(kNextPollMs, std::max(due_ms, flow.now_ms + at_least_ms));
}

Next<kShowing> read_code(Context& flow) {
  JsonDocument document;
  auto root = read_json_success(flow, document);
  if (!root) return std::move(root).error();
  const std::string_view device_code = root->text("device_code").value_or("");
  const std::string_view user_code = root->text("user_code").value_or("");
  const std::string_view address = root->text("verification_uri").value_or("");
  if (!is_code(device_code, kMaxDeviceCode)) return bad_response("has no device_code of at most 1,024 characters");
  if (!is_code(user_code, kMaxUserCode)) return bad_response("has no user_code of at most 64 characters");
  // A person will sign in there: a foreign address is never shown.
  if (!is_code(address, kMaxVerificationUri) || !is_login_page(flow.app, address)) {
    return Error(bad_response("has no verification_uri of the org's or of a login host"))
        .advise(Advice::fix_org)
        .hint(hints::kNothingBetween);
  }
  flow.keep(kDeviceCode, device_code);
  flow.keep(kUserCode, user_code);
  flow.keep(kVerificationUri, address);
  flow.keep_number(kIntervalS, number_in(*root, "interval", kMaxIntervalS, kDefaultIntervalS));
  flow.keep_number(kExpiresAtMs, flow.now_ms + number_in(*root, "expires_in", kMaxLifetimeS, kDefaultLifetimeS) * 1000);
  plan_poll(flow);
  return to<kShowing>;
}

constexpr std::string_view kExpired = "the code was not approved in time";

Error expired() { return Error(Error::refused("device_code_expired", kExpired).advise(Advice::restart)); }

Result<void> show(Context& flow) {
  if (flow.now_ms >= flow.number(kExpiresAtMs)) return expired();
  Show& show = *flow.show;
  show.verification_uri = flow.slot(kVerificationUri);
  show.code = flow.slot(kUserCode);
  Secret query;
  FormWriter(query).add("user_code", show.code);
  show.url = Secret(show.verification_uri);
  show.url.append(show.verification_uri.find('?') == std::string::npos ? '?' : '&');
  show.url.append(query.view());
  return {};
}

// After a poll: a server that has failed is asked less often until it responds.
void plan_next_poll(Context& flow, bool failed, int64_t at_least_ms) {
  flow.keep_number(kFailures, failed ? flow.number(kFailures) + 1 : 0);
  plan_poll(flow, at_least_ms);
}

// No poll is sent that the server could only refuse.
Result<void> pause(Context& flow) {
  if (flow.number(kNextPollMs) == 0) plan_poll(flow);
  flow.wait_until_ms = flow.number(kNextPollMs);
  const int64_t expires_at_ms = flow.number(kExpiresAtMs);
  if (flow.wait_until_ms > expires_at_ms || flow.now_ms >= expires_at_ms) return expired();
  return {};
}

Result<void> poll(Context& flow) {
  FormWriter form = form_of(flow);
  form.add("grant_type", "device");
  // Basic in the header leaves it out of the body, where this grant wants it.
  if (flow.app.client_auth == ClientAuth::secret_basic) form.add("client_id", flow.app.client_id);
  form.add_secret("code", flow.slot(kDeviceCode));
  return {};
}

Next<kDone, kPausing> polled(Context& flow) {
  auto read = read_token(flow);
  if (read) return to<kDone>;
  const std::string_view reason = read.error().data().reason;
  const bool too_fast = reason == "rate_limited";
  // It says itself that it did nothing with the poll: a 408 has not read it, a 425 does not want it yet.
  const bool failed = reason == "server_error" || reason == "request_timeout" || reason == "too_early";
  if (!too_fast && !failed && reason != "authorization_pending") return std::move(read).error();
  if (too_fast) flow.keep_number(kIntervalS, flow.number(kIntervalS) + kSlowerS);
  plan_next_poll(flow, failed, retry_after_ms(flow.response, flow.now_ms).value_or(0));
  return to<kPausing>;
}

// A poll that has not left is not lost; one that may have arrived may have used the code up.
Next<kPausing> not_answered(Context& flow) {
  const Error::Data& failure = flow.failure->data();
  const Fault* fault = find_fault(failure.reason);
  const bool lasting = fault != nullptr && fault->lasting;
  if (failure.outcome_unknown || lasting) return std::move(*flow.failure);
  plan_next_poll(flow, true, failure.retry_after_ms);
  return to<kPausing>;
}

constexpr StateSpec kStates[] = {send_state("device_code", kCodeRequest, ask_for_code), show_state("show", show),
                                 wait_state("pause", pause), send_state("poll", kPollRequest, poll), done_state()};
constexpr Row kRows[] = {
    on<read_code>(kAskingForCode, Event::response),
    go(kShowing, Event::shown, kPausing),
    go(kPausing, Event::time, kPolling),
    on<polled>(kPolling, Event::response),
    on<not_answered>(kPolling, Event::no_response),
};
static_assert(well_formed(kStates, kRows));

constexpr std::string_view kRefusedCode =
    "the server issues no tokens for the device code: it has expired, was used, or the app cannot use the flow";
constexpr Diagnosis kDiagnoses[] = {
    // The request for a code.
    {"oauth_flow_disabled", "", Endpoint::device, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kDeviceSwitch},
    {"unauthorized_client", "", Endpoint::device, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kDeviceSwitch},
    {"unsupported_response_type", "", Endpoint::device, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
     hints::kDeviceSwitch},
    {"invalid_grant", "", Endpoint::device, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kDeviceSwitch},
    // A poll.
    {"oauth_flow_disabled", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kDeviceSwitch},
    {"unauthorized_client", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kDeviceSwitch},
    {"unsupported_grant_type", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled,
     hints::kDeviceSwitch},
    {"access_denied", "", Endpoint::token, "access_denied", Advice::restart, "the person denied access", ""},
    {"expired_token", "", Endpoint::token, "device_code_expired", Advice::restart, kExpired, ""},
    {"", "expired", Endpoint::token, "device_code_expired", Advice::restart, kExpired, ""},
    {"invalid_grant", "", Endpoint::token, "device_code_refused", Advice::restart, kRefusedCode, hints::kDeviceCode},
    {"invalid_request", "", Endpoint::token, "device_code_refused", Advice::restart, "the server does not know the device code",
     ""},
    {"inactive_user", "", Endpoint::token, "access_denied", Advice::restart, "the person's user cannot sign in", ""},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::device = {
    .name = "device",
    .verb = "device",
    .summary = "Signs a person in on a device without a browser or keyboard, who approves a code on another machine.",
    .description =
        "Gets a code and shows it with the address at which the person approves it; the shown url has the code filled in, for a "
        "link or a QR code. The flow then polls at the server's interval until the person has approved, and gives up when the "
        "code expires: after ten minutes, unless the server says otherwise. Where the server fails, each further poll waits "
        "twice as long, up to a minute. While the code is shown, and while the flow waits, it can be sealed; the ticket keeps the "
        "time of the next poll. A poll that may have been sent and got no response ends the flow, because the server accepts an "
        "approved code once.",
    .source = "RFC 8628; Salesforce Help: remoteaccess_oauth_device_flow, configure_device_flow_external_client_apps",
    .status_note =
        "From 2026-11-30 the flow works only for external client apps that are Local (distribution state) and have a callback "
        "URL on localhost. Where there is a browser, use web_server.",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .hosts = kHosts,
    .result = &kTokenSet,
    .errors = &kErrors,
    .finish = finish_named,
    .slots = kSlots,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
