#include "engine/flow.h"

#include <algorithm>

#include "base/limits.h"
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

Error response_after(const char* reason, std::string_view why, Advice advice) {
  return Error::transport(reason, why).advise(advice);
}

}  // namespace

Flow::Flow(std::shared_ptr<const App> app, const FlowSpec& spec)
    : app_(std::move(app)), spec_(&spec), work_(*app_, *spec.errors), timeout_ms_(app_->timeout_ms) {}

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
  if (started() && work_.now_ms < entered_ms_) set_back(entered_ms_ - work_.now_ms);
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

// The host's clock, between two of its calls: that counts as one that went on.
void Flow::set_back(int64_t by_ms) {
  entered_ms_ -= by_ms;
  began_ms_ -= by_ms;
  deadline_ms_ -= by_ms;
  if (awaiting_since_ms_) *awaiting_since_ms_ -= by_ms;
  if (phase_ == Phase::waiting) work_.wait_until_ms -= by_ms;
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
  if (row == nullptr)
    return fail(Error::state("wrong_step", "the flow does not wait for that"));  // a hole in the flow's own table
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
