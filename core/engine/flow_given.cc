// What the host gives a flow: its parameters, the outcome of each step, values, and what its store has.
#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "engine/fault.h"
#include "engine/flow.h"
#include "engine/redact.h"
#include "oauth/settings.h"

namespace hlid {
namespace {

Error wrong_step(std::string_view what) { return Error::state("wrong_step", join({"the flow does not wait for ", what})); }

// Whether a guest's or a session's text may hold a value for this parameter.
bool fills(const ValueSpec& whole, const ValueSpec& spec) {
  if (spec.expands != Expands::nothing) return false;
  return whole.expands == Expands::tokens || *spec.from_guest != '\0';
}

}  // namespace

// ---- parameters ----

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

// ---- the outcome of a step ----

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

}  // namespace hlid
