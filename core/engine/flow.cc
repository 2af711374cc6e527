#include "engine/flow.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "crypto/random.h"
#include "engine/events.h"
#include "engine/fault.h"
#include "engine/integration_token.h"
#include "engine/redact.h"
#include "engine/request.h"
#include "engine/trace.h"
#include "oauth/hints.h"
#include "oauth/site_address.h"

namespace hlid {
namespace {

Error wrong_step(std::string_view what) { return Error::state("wrong_step", join({"the flow does not wait for ", what})); }

Error response_after(const char* reason, std::string_view why, Advice advice) {
  return Error::transport(reason, why).advise(advice);
}

// Whether a guest's or a session's text may hold a value for this parameter.
bool fills(const ValueSpec& whole, const ValueSpec& spec) {
  if (spec.expands != Expands::nothing) return false;
  return whole.expands == Expands::tokens || *spec.from_guest != '\0';
}

}  // namespace

Flow::Flow(std::shared_ptr<const App> app, const FlowSpec& spec)
    : app_(std::move(app)), spec_(&spec), work_(*app_, *spec.errors), timeout_ms_(app_->timeout_ms) {}

Result<void> Flow::set(std::string_view name, std::string_view value) {
  const auto found =
      std::find_if(spec_->parameters.begin(), spec_->parameters.end(), [&](const ValueSpec& row) { return name == row.name; });
  if (found == spec_->parameters.end()) {
    const auto settings = app_settings();
    const bool is_setting = std::any_of(settings.begin(), settings.end(), [&](const ValueSpec& row) { return name == row.name; });
    return unknown_name(name, value, is_setting ? settings : spec_->parameters, join({"is not a parameter of ", spec_->name}));
  }
  if (auto good = may_set(*found); !good) return good;
  if (found->trimmed) value = trimmed(value);
  if (auto good = check_value(*found, value); !good) return good;
  if (found->expands != Expands::nothing) return expand(*found, value);
  has_changed_ = phase_ != Phase::fresh;
  for (auto& [spec, held] : work_.parameters_) {
    if (spec != &*found) continue;
    held = Secret(value);
    return {};
  }
  if (work_.parameters_.empty()) work_.parameters_.reserve(Context::kUsualSecrets);
  work_.parameters_.emplace_back(&*found, Secret(value));
  return {};
}

// While a person is asked, what has been used up or was never given can be given for what is sent next; and what a ticket
// keeps only if there is room, because the host cannot tell whether there was. What the flow asks for is given, not set, and
// what excludes another that is there could not be taken back.
Result<void> Flow::may_set(const ValueSpec& spec) const {
  if (phase_ == Phase::fresh) return {};
  const bool asks = phase_ == Phase::asking && step_ == Step::ask;
  const bool again = spec.single_use || spec.in_ticket == InTicket::if_room || !work_.parameter(spec.name);
  if (!asks || !again || spec_->find_ask(spec.name) != nullptr) {
    return Error::state("already_started", "parameters are set before the first step");
  }
  return check_excluded(spec);
}

// Those that exclude each other each say so.
Result<void> Flow::check_excluded(const ValueSpec& spec) const {
  for (const char* other : spec.excludes) {
    if (work_.parameter(other)) return Error::argument(spec.name, join({"cannot be combined with ", other}));
  }
  return {};
}

// A result of an earlier flow, as its JSON text: its members fill the parameters that want them, all or none.
Result<void> Flow::expand(const ValueSpec& whole, std::string_view json) {
  JsonDocument document;
  if (document.parse(json) != JsonFault::none) return Error::argument(whole.name, "is not a JSON object");
  const JsonValue root = document.root();
  std::vector<std::pair<const ValueSpec*, std::string_view>> found;
  for (const ValueSpec& spec : spec_->parameters) {
    if (!fills(whole, spec)) continue;
    const std::string_view member = whole.expands == Expands::tokens ? spec.name : spec.from_guest;
    const auto value = root.text(member);
    if (!value) continue;
    if (auto good = check_value(spec, *value); !good) {
      return Error::argument(whole.name, join({"has a member ", member, " that is not valid"}));
    }
    found.emplace_back(&spec, *value);
  }
  const bool is_guest = whole.expands == Expands::guest;
  if (found.empty() || (is_guest && !root.text("uvid"))) {
    return Error::argument(whole.name,
                           is_guest ? "is not the JSON text of a guest or visitor" : "is not the JSON text of a session");
  }
  for (const auto& [spec, value] : found) {
    if (auto good = may_set(*spec); !good) return good;
  }
  // What another guest or session filled before does not stay with this one's.
  if (phase_ == Phase::fresh) std::erase_if(work_.parameters_, [&](const auto& held) { return fills(whole, *held.first); });
  for (const auto& [spec, value] : found) {
    if (auto set = this->set(spec->name, value); !set) return set;
  }
  return {};
}

Result<void> Flow::set_timeout_ms(int64_t timeout_ms) {
  if (started()) return Error::state("already_started", "the timeout is set before the first step");
  if (timeout_ms < 1 || timeout_ms > kMaxTimeoutMs) return Error::argument("timeout_ms", "must be a number from 1 to 600,000");
  timeout_ms_ = timeout_ms;
  return {};
}

Result<void> Flow::set_trace(bool on) {
  if (started()) return Error::state("already_started", "the trace is switched before the first step");
  work_.tracing = on;
  return {};
}

Result<void> Flow::set_events(bool on) {
  if (started()) return Error::state("already_started", "events are switched before the first step");
  wants_events_ = on;
  return {};
}

Result<void> Flow::check_parameters() {
  for (const ValueSpec& spec : spec_->parameters) {
    const bool given = work_.parameter(spec.name).has_value();
    if (spec.required && !given) return Error::argument(spec.name, "is missing");
    if (!given) continue;
    if (auto good = check_excluded(spec); !good) return good;
  }
  return spec_->check == nullptr ? Result<void>() : spec_->check(work_);
}

Result<Step> Flow::next(int64_t now_ms) {
  // A clock may be set before 1970 (a machine without a battery): it still advances, and so do deadlines.
  work_.now_ms = std::clamp<int64_t>(now_ms, -kLastTimeMs, kLastTimeMs);
  switch (phase_) {
    case Phase::fresh:
      if (auto good = check_parameters(); !good) return std::move(good).error();
      deadline_ms_ = work_.now_ms + timeout_ms_;
      work_.timeout_ms = timeout_ms_;
      began_ms_ = work_.now_ms;
      enter(0);
      break;
    case Phase::restored:
      deadline_ms_ = work_.now_ms + timeout_ms_;
      began_ms_ = work_.now_ms;
      enter(state_);
      break;
    case Phase::given: act(); break;
    case Phase::waiting:
      // A clock that was set back counts as one that went on.
      if (work_.now_ms < entered_ms_) {
        work_.wait_until_ms -= entered_ms_ - work_.now_ms;
        entered_ms_ = work_.now_ms;
      }
      if (work_.now_ms >= work_.wait_until_ms) resume();
      break;
    case Phase::asking:
      // The page has been shown, and asks for nothing.
      if (step_ == Step::show && state().ask == nullptr && !std::exchange(is_unread_, false)) take_row(Event::shown);
      break;
    case Phase::ended: break;
  }
  return step_;
}

// What a wait was for: a time, what another flow fetches, or a repetition of the request.
void Flow::resume() {
  if (errand_ == Errand::await_token) return await_token();
  if (errand_ == Errand::await_keys) return find_keys();
  if (errand_ != Errand::none) return fetch(errand_);
  if (state().step == Step::wait) return take_row(Event::time);
  prepare_step();
}

// The only way into a state.
void Flow::enter(uint8_t state) {
  state_ = state;
  attempts_ = 0;
  // A signature goes with the token that was got for its request.
  has_token_ = has_token_ && step_ == Step::sign;
  prepare();
}

void Flow::prepare() {
  const StateSpec& spec = state();
  if (spec.step == Step::done) return finish();
  if (spec.step == Step::send) return prepare_keys();
  prepare_token();
}

void Flow::prepare_token() {
  const StateSpec& spec = state();
  const bool guarded = spec.request != nullptr && *spec.request->integration_scope != '\0';
  if (guarded && !has_token_ && wants_integration_token(work_)) return await_token();
  prepare_step();
}

void Flow::prepare_step() {
  const StateSpec& spec = state();
  work_.ask.name = "";
  work_.ask.secret = false;
  if (spec.step == Step::send) return prepare_request(*spec.request, spec.enter);
  // While a person is asked, or a host, no memory is kept for a request.
  work_.request = Request();
  work_.response = Response();
  work_.show = spec.step == Step::show ? std::make_unique<Show>() : nullptr;
  work_.sign = spec.step == Step::sign ? std::make_unique<Sign>() : nullptr;
  work_.store = spec.step == Step::store ? std::make_unique<StoreRequest>() : nullptr;
  if (work_.store) work_.store->operation = spec.operation;
  if (spec.enter != nullptr) {
    if (auto entered = spec.enter(work_); !entered) return fail(std::move(entered).error());
  }
  // The caller brought what would be signed.
  if (spec.step == Step::sign && work_.sign->input.empty()) return take_row(Event::value);
  if (spec.ask != nullptr) {
    work_.ask.name = spec.ask->name;
    work_.ask.secret = spec.ask->secret;
  }
  stop_at(spec.step);
  // A wait of the flow's own is not network time.
  if (spec.step == Step::wait) deadline_ms_ = work_.wait_until_ms + timeout_ms_;
  if (spec.step == Step::sign && !app_->host_signs) return sign_with_key();
  if (spec.step == Step::wait && work_.now_ms >= work_.wait_until_ms) return take_row(Event::time);
  if (spec.ask != nullptr) take_offer();
}

void Flow::prepare_request(const RequestSpec& request, Result<void> (*fill)(Context&)) {
  if (attempts_ == 0) app_->earn_repeat();
  if (work_.now_ms >= deadline_ms_) {
    return fail(response_after("timeout", "the flow's time was over before the request could be sent", Advice::retry_later));
  }
  work_.request.clear();
  work_.request_spec = &request;
  if (work_.tracing) work_.request.redacted_body.reserve(256);
  if (auto begun = begin_request(work_, request); !begun) return fail(std::move(begun).error());
  if (auto filled = fill(work_); !filled) return fail(std::move(filled).error());
  if (auto finished = finish_request(work_, request); !finished) return fail(std::move(finished).error());
  work_.response.clear();
  work_.repeated = attempts_ > 0;
  if (work_.tracing) trace_request(notes().trace, work_.request);
  stop_at(Step::send);
}

void Flow::stop_at(Step step) {
  step_ = step;
  phase_ = step == Step::wait ? Phase::waiting : Phase::asking;
  entered_ms_ = work_.now_ms;
}

// The app has the key itself, so that the host is not asked to sign.
void Flow::sign_with_key() {
  // Out of a ticket, a flow may meet an app with other settings than the one that began it.
  if (!app_->private_key) return fail(Error::argument("private_key", "is missing: this flow signs with it"));
  auto signature = app_->private_key->sign_rs256(work_.sign->input.view());
  if (!signature) return fail(std::move(signature).error());
  work_.given = std::move(*signature);
  take_row(Event::value);
}

// What was given meets the present state: the row says which action runs and where it leads.
void Flow::act() {
  if (wants_events_) note_given();
  if (given_ == Given::no_response) return handle_no_response();
  if (given_ == Given::broken) {
    Error error(Error::protocol(why_reason_, failure_text()).http_status(work_.response.status));
    // The server has done what it did; no complete response says what that was.
    if (!work_.request.retry_safe) mark_lost(error);
    return fail(std::move(error));
  }
  if (given_ == Given::response) return handle_response();
  if (work_.tracing && step_ == Step::store) trace_store(notes().trace, work_.store->operation, store_outcome());
  if (given_ == Given::loaded) return take_row(Event::loaded);
  if (given_ == Given::stored || given_ == Given::not_stored)
    return take_row(given_ == Given::stored ? Event::stored : Event::not_stored);
  if (given_ == Given::store_fault) return fail(Error::transport("store_fault", failure_text()).advise(Advice::retry_later));
  if (given_ == Given::value && state().slot != nullptr) work_.keep(*state().slot, std::move(work_.given));
  take_row(given_ == Given::resend ? Event::resend : Event::value);
}

Flow::Notes& Flow::notes() {
  if (!notes_) notes_ = std::make_unique<Notes>();
  return *notes_;
}

void Flow::note_given() {
  const EventTime when{spec_->name, entered_ms_, work_.now_ms};
  const int attempt = attempts_ + 1;
  std::string& events = notes().events;
  switch (given_) {
    case Given::response: return note_request_event(events, when, work_, work_.response.status, attempt, "");
    case Given::broken: return note_request_event(events, when, work_, work_.response.status, attempt, why_reason_);
    case Given::no_response: return note_request_event(events, when, work_, 0, attempt, why_reason_);
    case Given::value:
    case Given::resend: return;  // a person's time is not the flow's
    default: return note_store_event(events, when, work_.store->operation, store_outcome());
  }
}

const char* Flow::store_outcome() const {
  switch (given_) {
    case Given::loaded: return work_.stored->found ? "found" : "not_found";
    case Given::stored: return "done";
    case Given::not_stored: return "not_done";
    default: return "fault";
  }
}

void Flow::note_end(const Error* error) {
  if (!wants_events_) return;
  note_flow_event(notes().events, {spec_->name, began_ms_, work_.now_ms}, error, work_.refreshed_by);
}

const Row* Flow::row_for(Event event) const {
  const auto row =
      std::find_if(spec_->rows.begin(), spec_->rows.end(), [&](const Row& r) { return r.state == state_ && r.event == event; });
  return row == spec_->rows.end() ? nullptr : &*row;
}

// The one place where a state leads to the next.
void Flow::take_row(Event event) {
  const Row* row = row_for(event);
  if (row == nullptr) return fail(wrong_step("that"));  // a hole in the flow's own table
  // The deadline is the network's: it starts again after a person and after a flow's own wait, and leaves out a signer.
  if (step_ == Step::ask || step_ == Step::show || event == Event::time) {
    deadline_ms_ = work_.now_ms + timeout_ms_;
  } else if (step_ == Step::sign) {
    deadline_ms_ += std::max<int64_t>(0, work_.now_ms - entered_ms_);
  }
  // A wait on the way to a question does not change what was wrong with the last value.
  if (event != Event::time) work_.ask.problem.reset();
  auto next = row->action == nullptr ? Result<uint8_t>(row->ways.states[0]) : row->action(work_);
  // While request and response are still there: what their headers and members held is searched for, too.
  if (work_.ask.problem) show_server_words(*work_.ask.problem);
  if (!next) show_server_words(next.error());
  if (!next && event == Event::response) mark_unread(next.error());
  // A token that a site has accepted once may have grown old by the next request.
  if (event == Event::response) work_.token_is_new_ = false;
  work_.response.clear();
  work_.given.clear();
  work_.stored.reset();
  work_.failure.reset();
  // A refusal may have to be put right first; what another action says is the end.
  if (!next) return event == Event::response ? fail(std::move(next).error()) : end_with(std::move(next).error());
  enter(*next);
}

void Flow::handle_response() {
  if (work_.tracing) {
    trace_response(notes().trace, work_);
  }
  if (auto good = check_response(work_.response); !good) {
    mark_unread(good.error());
    return fail(std::move(good).error());
  }
  work_.response.request_url = work_.request.url;
  if (work_.response.is_passing_fault() && work_.request.retry_safe) {
    const int64_t asked = retry_after_ms(work_.response, work_.now_ms).value_or(0);
    if (asked <= kMaxRetryAfterMs && repeat(asked)) return;
  }
  if (errand_ != Errand::none) return end_errand();
  take_row(Event::response);
}

void Flow::handle_no_response() {
  if (work_.tracing) trace_no_response(notes().trace, failure_text());
  const Fault* fault = find_fault(why_reason_);
  const bool lasting = fault != nullptr && fault->lasting && !maybe_sent_;
  const bool again = !lasting && (!maybe_sent_ || work_.request.retry_safe);
  const bool late = work_.now_ms >= deadline_ms_;
  if (again && !late && repeat(0)) return;
  if (late && !lasting) why_reason_ = "timeout";  // a host's own transport cannot say so
  Error error = no_response_error();
  if (errand_ != Errand::none || row_for(Event::no_response) == nullptr) return fail(std::move(error));
  work_.failure = std::move(error);
  take_row(Event::no_response);
}

bool Flow::repeat(int64_t at_least_ms) {
  if (attempts_ + 1 >= kMaxAttempts) return false;
  // Full jitter (0 to the bound), doubled with each attempt; but never sooner than the server asks.
  const int64_t bound = std::min(kFirstBackoffMs << static_cast<unsigned>(attempts_), kMaxBackoffMs);
  const int64_t wait = std::max(at_least_ms, 1 + random_up_to(bound - 1));
  if (work_.now_ms + wait >= deadline_ms_ || !app_->spend_repeat()) return false;
  ++attempts_;
  work_.wait_until_ms = work_.now_ms + wait;
  stop_at(Step::wait);
  return true;
}

Error Flow::no_response_error() const {
  const bool unknown = maybe_sent_ && !work_.request.retry_safe;
  Error error = response_after(why_reason_, failure_text(), Advice::retry_later);
  if (const Fault* fault = find_fault(why_reason_); fault != nullptr && !unknown) {
    error.edit().advice = fault->advice;
    error.edit().hint = fault->hint;
    error.edit().field = fault->field;
    // The integration user's token may come from a host of its own.
    if (error.data().field == "site" && !work_.request.url.starts_with(app_->origin)) error.edit().field = "integration_site";
  }
  if (unknown) mark_lost(error);
  return error;
}

Result<void> Flow::expect_send() const {
  if (phase_ != Phase::asking || step_ != Step::send) return wrong_step("an HTTP response");
  return {};
}

// A response over the limits ends the flow at the next `next`. The host, which still gives the rest of
// it, is not to be told of a wrong step for what the server did.
bool Flow::has_broken_off() const { return phase_ == Phase::given && given_ == Given::broken; }

Result<void> Flow::give_header(std::string_view name, std::string_view value) {
  if (has_broken_off()) return {};
  if (auto good = expect_send(); !good) return good;
  const Headers& so_far = work_.response.headers;
  if (so_far.size() >= kMaxResponseHeaders || so_far.bytes() + name.size() + value.size() > kMaxResponseHeaderBytes) {
    return give_broken_response("response_too_large", "the response's headers are over their maximum of 256 and 64 KiB");
  }
  work_.response.headers.add(name, value, true);
  return {};
}

Result<void> Flow::give_headers(Headers& headers) {
  if (auto good = expect_send(); !good) return good;
  if (headers.size() > kMaxResponseHeaders || headers.bytes() > kMaxResponseHeaderBytes) {
    return give_broken_response("response_too_large", "the response's headers are over their maximum of 256 and 64 KiB");
  }
  std::swap(work_.response.headers, headers);
  headers.clear();
  return {};
}

Result<void> Flow::give_response(int32_t status, int32_t http_version, std::string_view body) {
  if (has_broken_off()) {
    work_.response.status = status;
    return {};
  }
  if (auto good = expect_send(); !good) return good;
  if (body.size() > kMaxResponseBody) {
    work_.response.status = status;
    return give_broken_response("response_too_large", "the response's body is over its maximum of 1 MiB");
  }
  return give_response(status, http_version, Secret(body));
}

Result<void> Flow::give_response(int32_t status, int32_t http_version, Secret body) {
  if (auto good = expect_send(); !good) return good;
  work_.response.status = status;
  work_.response.http_version = http_version;
  work_.response.body = std::move(body);
  given_ = Given::response;
  phase_ = Phase::given;
  return {};
}

Result<void> Flow::give_no_response(bool maybe_sent, const char* reason, std::string_view why) {
  if (has_broken_off()) return {};
  if (auto good = expect_send(); !good) return good;
  maybe_sent_ = maybe_sent;
  why_reason_ = reason;
  notes().why = why.empty() ? "no response came" : redacted(why, work_, kMaxServerText);
  given_ = Given::no_response;
  phase_ = Phase::given;
  return {};
}

Result<void> Flow::give_fault(bool maybe_sent, std::string_view reason, std::string_view why) {
  const Fault* fault = find_fault(reason);
  if (fault == nullptr) return Error::argument("reason", "is not a reason of kind TRANSPORT");
  return give_no_response(maybe_sent && !fault->before_sending, fault->reason, why.empty() ? fault->text : why);
}

Result<void> Flow::give_broken_response(const char* reason, std::string_view why) {
  if (auto good = expect_send(); !good) return good;
  why_reason_ = reason;
  notes().why = redacted(why, work_, kMaxServerText);
  given_ = Given::broken;
  phase_ = Phase::given;
  return {};
}

Result<std::string_view> Flow::accept(std::string_view name, std::string_view value) const {
  const ValueSpec* asked = spec_->find_ask(name);
  if (asked != nullptr) {
    if (asked->trimmed) value = trimmed(value);
    if (auto good = check_value(*asked, value); !good) return std::move(good).error();
    if (spec_->check_given != nullptr) {
      if (auto good = spec_->check_given(work_, name, value); !good) return std::move(good).error();
    }
  }
  if (value.empty()) return Error::argument(name, "is empty");
  if (value.size() > kMaxToken) return Error::argument(name, "is longer than 32768 bytes");
  return value;
}

Result<void> Flow::give_value(std::string_view name, std::string_view value) {
  const bool signs = step_ == Step::sign;
  const bool asks = (step_ == Step::ask || step_ == Step::show) && state().ask != nullptr;
  if (phase_ != Phase::asking || (!signs && !asks)) return wrong_step("a value");
  const std::string_view wanted = signs ? std::string_view("signature") : std::string_view(work_.ask.name);
  if (name != wanted) {
    return unknown_name(value == wanted ? std::string_view() : name, value, spec_->asks(),
                        join({"is not what the flow asks for: ", wanted}));
  }
  auto accepted = accept(name, value);
  if (!accepted) return std::move(accepted).error();
  // Parameters that were set at this question count for what is sent next.
  if (has_changed_ && spec_->check != nullptr) {
    if (auto good = spec_->check(work_); !good) return good;
  }
  has_changed_ = false;
  work_.given = Secret(*accepted);
  given_ = Given::value;
  phase_ = Phase::given;
  return {};
}

Result<void> Flow::offer(std::string_view name, std::string_view value) {
  if (phase_ == Phase::ended) return wrong_step("a value");
  const bool asks = phase_ == Phase::asking && (step_ == Step::ask || step_ == Step::show);
  if (asks && name == work_.ask.name) return give_value(name, value);
  const ValueSpec* spec = spec_->find_ask(name);
  if (spec == nullptr) return unknown_name(name, value, spec_->asks(), join({"is not a value that ", spec_->name, " asks for"}));
  auto accepted = accept(name, value);
  if (!accepted) return std::move(accepted).error();
  std::erase_if(offers_, [&](const auto& held) { return held.first == spec; });
  offers_.emplace_back(spec, Secret(*accepted));
  return {};
}

// At a question: what was offered for it is given. A question with a problem is a person's to look at, and whatever was
// offered for later was offered by one who did not know of the problem.
void Flow::take_offer() {
  if (work_.ask.problem) return offers_.clear();
  // A parameter of that name is an offer that the caller made from the beginning.
  if (const auto given = work_.parameter(work_.ask.name)) {
    work_.given = Secret(*given);
    given_ = Given::value;
    return act();
  }
  for (auto& [spec, value] : offers_) {
    if (work_.ask.name != std::string_view(spec->name)) continue;
    work_.given = std::move(value);
    std::erase_if(offers_, [name = spec](const auto& held) { return held.first == name; });
    given_ = Given::value;
    return act();
  }
}

Result<void> Flow::give_nothing(std::string_view why) {
  const bool signs = step_ == Step::sign;
  if (phase_ != Phase::asking || (!signs && step_ != Step::ask && step_ != Step::show)) return wrong_step("a value");
  std::string message(signs ? "the host did not sign" : "the host has no value to give");
  if (!why.empty()) message += ": " + redacted(why, work_, kMaxServerText);
  fail(Error::state(signs ? "signing_failed" : "no_value", message));
  return {};
}

// A spent value must be given again, under its own name or that of a parameter that excludes it.
Result<void> Flow::check_single_use() const {
  for (const ValueSpec* spent : work_.spent_) {
    const auto given = [&](const char* name) { return work_.parameter(name).has_value(); };
    if (given(spent->name) || std::any_of(spent->excludes.begin(), spent->excludes.end(), given)) continue;
    Error error = Error::state("single_use_spent",
                               join({spent->name, " has been used: get a new one and set it before the message is sent again"}));
    error.edit().advice = Advice::ask_again;
    error.edit().field = spent->name;
    return error;
  }
  return {};
}

Result<void> Flow::resend() {
  if (phase_ != Phase::asking || step_ != Step::ask || row_for(Event::resend) == nullptr)
    return wrong_step("a request for a new message");
  if (auto good = check_single_use(); !good) return good;
  if (auto good = check_parameters(); !good) return good;
  given_ = Given::resend;
  phase_ = Phase::given;
  return {};
}

Result<void> Flow::expect_store(bool loads) const {
  const bool fits = phase_ == Phase::asking && step_ == Step::store;
  if (!fits || (work_.store->operation == StoreOperation::load) != loads)
    return wrong_step(loads ? "what the store has" : "the store");
  return {};
}

void Flow::give(Given given) {
  given_ = given;
  phase_ = Phase::given;
}

Result<void> Flow::give_stored(bool found, std::string_view version, std::string_view value) {
  if (auto good = expect_store(true); !good) return good;
  work_.stored = std::make_unique<Stored>();
  Stored& stored = *work_.stored;
  stored.found = found;
  if (found && version.size() <= kMaxStoreVersion) stored.version = version;
  if (found && value.size() <= kMaxRecord) stored.value = Secret(value);
  give(Given::loaded);
  return {};
}

Result<void> Flow::give_store_done(bool done) {
  if (auto good = expect_store(false); !good) return good;
  give(done ? Given::stored : Given::not_stored);
  return {};
}

Result<void> Flow::give_store_fault(std::string_view why) {
  if (phase_ != Phase::asking || step_ != Step::store) return wrong_step("the store");
  notes().why = why.empty() ? std::string("the session store failed, or could not be reached")
                            : join({"the session store failed: ", redacted(why, work_, kMaxServerText)});
  give(Given::store_fault);
  return {};
}

void Flow::end(Error error, bool maybe_sent) {
  if (phase_ == Phase::ended) return;
  const bool unsent = phase_ == Phase::given && given_ == Given::no_response && !maybe_sent_;
  if (state().step == Step::done) {
    note_lost_tokens(error);
  } else if (step_ == Step::send && maybe_sent && !unsent && !work_.request.retry_safe) {
    error.edit().outcome_unknown = true;
  }
  close(std::move(error));
}

void Flow::show_server_words(Error& error) const {
  auto& data = error.edit();
  if (data.raw_code.empty() && data.raw_text.empty()) return;  // none, or shown before
  data.server_code = redacted(data.raw_code.view(), work_, kMaxServerCode);
  data.server_text = redacted(data.raw_text.view(), work_, kMaxServerText);
  data.raw_code.clear();
  data.raw_text.clear();
}

void Flow::fail(Error error) {
  const bool is_checking = state().step == Step::done && (errand_ == Errand::await_keys || errand_ == Errand::fetch_keys);
  if (is_checking) return lose_tokens(std::move(error));
  // A request that goes on where it got no response goes on where it was not reached.
  if (errand_ != Errand::none && error.data().advice == Advice::retry_later && row_for(Event::no_response) != nullptr) {
    errand_ = Errand::none;
    awaiting_since_ms_.reset();
    work_.lease_.reset();
    work_.failure = std::move(error);
    return take_row(Event::no_response);
  }
  if (row_for(Event::failed) == nullptr) return close(std::move(error));
  errand_ = Errand::none;
  awaiting_since_ms_.reset();
  work_.lease_.reset();
  show_server_words(error);
  work_.failure = std::move(error);
  take_row(Event::failed);
}

// Whatever the state could put right.
void Flow::end_with(Error error) {
  if (row_for(Event::failed) == nullptr) return fail(std::move(error));
  close(std::move(error));
}

void Flow::close(Error error) {
  phase_ = Phase::ended;
  step_ = Step::failed;
  error_ = std::make_unique<Error>(std::move(error));
  if (error_->data().hint == hints::kServedHosts) {
    const bool fetches = work_.request_spec == &kIntegrationTokenRequest;
    error_->edit().field = fetches ? "integration_site" : "site";
    error_->edit().hint = hosts_to_give(fetches ? std::span<const HostKind>(kOrgHosts) : spec_->hosts);
  }
  show_server_words(*error_);
  note_end(error_.get());
  offers_.clear();
  errand_ = Errand::none;
  work_.result = FlowResult();
  work_.forget_all();
}

}  // namespace hlid
