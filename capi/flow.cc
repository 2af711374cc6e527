// hlid_flow: each call checks its handle and its arguments, and hands over to the engine.
#ifdef HLID_HAS_CLIENT
#include <unistd.h>
#endif

#include "capi/handles.h"

#include "flows/registry.h"
#ifdef HLID_HAS_ORG
#include "org/inquiries.h"
#endif

using hlid::Error;
using hlid::Step;
using hlid::text_of;
using hlid::view_of;
using hlid::view_or_absent;
using hlid::with;

namespace {

constexpr hlid_view kAbsent = {nullptr, 0};

template <typename Call>
hlid_status with_views(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err, Call call) {
  if (!hlid::is_sound(name)) return hlid::fail_null(err, "name");
  if (!hlid::is_sound(value)) return hlid::fail_null(err, "value");
  return with(flow, err, call);
}

// A child process after a fork has the flow, but neither the client nor the thread that ran it.
// A thread of the parent was inside, and is not here: the flow may be half-way through a step.
bool is_torn(const hlid_flow* flow) { return flow->is_entered() && flow->process != ::getpid(); }

bool is_left_behind([[maybe_unused]] const hlid_flow* flow) {
#ifdef HLID_HAS_CLIENT
  const int64_t process = flow->lent_in();
  return process != 0 && process != ::getpid();
#else
  return false;
#endif
}

bool is_sending(const hlid_flow* flow) { return flow != nullptr && flow->flow.started() && flow->flow.step() == Step::send; }
bool is_at(const hlid_flow* flow, Step step) { return flow != nullptr && flow->flow.started() && flow->flow.step() == step; }
bool is_asking(const hlid_flow* flow) { return is_at(flow, Step::ask) || is_at(flow, Step::show); }

}  // namespace

hlid_status hlid_flow_new(const hlid_app* app, hlid_view name, hlid_flow** out, hlid_error** err) {
  if (app == nullptr) return hlid::fail_null(err, "app");
  if (out == nullptr) return hlid::fail_null(err, "out");
  if (!hlid::is_sound(name)) return hlid::fail_null(err, "name");
  const hlid::FlowSpec* spec = hlid::find_flow(text_of(name));
#ifdef HLID_HAS_ORG
  if (spec == nullptr) spec = hlid::org::find_inquiry(text_of(name));
#endif
  if (spec == nullptr) return hlid::fail(err, hlid::unknown_flow());
  if (auto good = spec->check_app(*app->app); !good) return hlid::finish(std::move(good), err);
  *out = new hlid_flow(app->app, *spec);
  return HLID_OK;
}

void hlid_flow_free(hlid_flow* flow) {
  if (flow == nullptr) return;
  if (is_torn(flow)) return;
  if (is_left_behind(flow)) {
    delete flow;
  } else {
    flow->free();
  }
}

hlid_view hlid_flow_name(const hlid_flow* flow) { return flow == nullptr ? kAbsent : view_of(flow->flow.spec().name); }

hlid_status hlid_flow_set(hlid_flow* flow, hlid_view parameter, hlid_view value, hlid_error** err) {
  return with_views(flow, parameter, value, err, [&](hlid::Flow& f) -> hlid::Result<void> {
    if (value.data == nullptr) return {};
    return f.set(text_of(parameter), text_of(value));
  });
}

hlid_status hlid_flow_set_timeout_ms(hlid_flow* flow, int64_t timeout_ms, hlid_error** err) {
  return with(flow, err, [&](hlid::Flow& f) { return f.set_timeout_ms(timeout_ms); });
}

hlid_status hlid_flow_set_trace(hlid_flow* flow, int32_t on, hlid_error** err) {
  return with(flow, err, [&](hlid::Flow& f) { return f.set_trace(on != 0); });
}

hlid_view hlid_flow_trace(const hlid_flow* flow) { return flow == nullptr ? kAbsent : view_of(flow->flow.trace()); }

hlid_status hlid_flow_set_events(hlid_flow* flow, int32_t on, hlid_error** err) {
  return with(flow, err, [&](hlid::Flow& f) { return f.set_events(on != 0); });
}

hlid_view hlid_flow_events(const hlid_flow* flow) { return flow == nullptr ? kAbsent : view_of(flow->flow.events()); }

hlid_status hlid_flow_next(hlid_flow* flow, int64_t now_ms, hlid_step* out, hlid_error** err) {
  if (out == nullptr) return hlid::fail_null(err, "out");
  return with(flow, err, [&](hlid::Flow& f) -> hlid::Result<void> {
    auto step = f.next(now_ms);
    if (!step) return std::move(step).error();
    *out = static_cast<hlid_step>(*step);
    return {};
  });
}

hlid_view hlid_flow_request_name(const hlid_flow* flow) {
  return is_sending(flow) ? view_of(flow->flow.request().name) : kAbsent;
}
hlid_view hlid_flow_request_method(const hlid_flow* flow) {
  return is_sending(flow) ? view_of(flow->flow.request().method) : kAbsent;
}
hlid_view hlid_flow_request_url(const hlid_flow* flow) { return is_sending(flow) ? view_of(flow->flow.request().url) : kAbsent; }
size_t hlid_flow_request_header_count(const hlid_flow* flow) {
  return is_sending(flow) ? flow->flow.request().headers.size() : 0;
}

hlid_view hlid_flow_request_header_name(const hlid_flow* flow, size_t index) {
  return index < hlid_flow_request_header_count(flow) ? view_of(flow->flow.request().headers[index].name) : kAbsent;
}

hlid_view hlid_flow_request_header_value(const hlid_flow* flow, size_t index) {
  return index < hlid_flow_request_header_count(flow) ? view_of(flow->flow.request().headers[index].value) : kAbsent;
}

hlid_view hlid_flow_request_body(const hlid_flow* flow) {
  return is_sending(flow) ? view_or_absent(flow->flow.request().body.view()) : kAbsent;
}
int32_t hlid_flow_request_retry_safe(const hlid_flow* flow) {
  return is_sending(flow) && flow->flow.request().retry_safe ? 1 : 0;
}
int32_t hlid_flow_request_prefers_http2(const hlid_flow* flow) {
  return is_sending(flow) && flow->flow.request().prefers_http2 ? 1 : 0;
}
int64_t hlid_flow_deadline_ms(const hlid_flow* flow) { return flow == nullptr ? 0 : flow->flow.deadline_ms(); }

hlid_status hlid_flow_give_header(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err) {
  return with_views(flow, name, value, err, [&](hlid::Flow& f) { return f.give_header(text_of(name), text_of(value)); });
}

hlid_status hlid_flow_give_response(hlid_flow* flow, int32_t http_status, int32_t http_version, hlid_view body,
                                    hlid_error** err) {
  return with_views(flow, kAbsent, body, err,
                    [&](hlid::Flow& f) { return f.give_response(http_status, http_version, text_of(body)); });
}

hlid_status hlid_flow_give_no_response(hlid_flow* flow, int32_t sent, hlid_view why, hlid_error** err) {
  if (sent != HLID_NOT_SENT && sent != HLID_MAYBE_SENT)
    return hlid::fail(err, Error::argument("sent", "is neither HLID_NOT_SENT nor HLID_MAYBE_SENT"));
  return with_views(flow, kAbsent, why, err,
                    [&](hlid::Flow& f) { return f.give_no_response(sent == HLID_MAYBE_SENT, "no_response", text_of(why)); });
}

hlid_status hlid_flow_give_fault(hlid_flow* flow, int32_t sent, hlid_view reason, hlid_view why, hlid_error** err) {
  if (sent != HLID_NOT_SENT && sent != HLID_MAYBE_SENT)
    return hlid::fail(err, Error::argument("sent", "is neither HLID_NOT_SENT nor HLID_MAYBE_SENT"));
  return with_views(flow, reason, why, err,
                    [&](hlid::Flow& f) { return f.give_fault(sent == HLID_MAYBE_SENT, text_of(reason), text_of(why)); });
}

hlid_view hlid_flow_ask_name(const hlid_flow* flow) { return is_asking(flow) ? view_or_absent(flow->flow.ask().name) : kAbsent; }
int32_t hlid_flow_ask_secret(const hlid_flow* flow) { return is_asking(flow) && flow->flow.ask().secret ? 1 : 0; }

const hlid_error* hlid_flow_ask_problem(const hlid_flow* flow) {
  return is_asking(flow) && flow->flow.ask().problem ? &flow->problem : nullptr;
}

hlid_status hlid_flow_give_value(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err) {
  return with_views(flow, name, value, err, [&](hlid::Flow& f) { return f.give_value(text_of(name), text_of(value)); });
}

hlid_status hlid_flow_offer(hlid_flow* flow, hlid_view name, hlid_view value, hlid_error** err) {
  return with_views(flow, name, value, err, [&](hlid::Flow& f) { return f.offer(text_of(name), text_of(value)); });
}

hlid_status hlid_flow_give_nothing(hlid_flow* flow, hlid_view why, hlid_error** err) {
  return with_views(flow, kAbsent, why, err, [&](hlid::Flow& f) { return f.give_nothing(text_of(why)); });
}

hlid_status hlid_flow_resend(hlid_flow* flow, hlid_error** err) {
  return with(flow, err, [](hlid::Flow& f) { return f.resend(); });
}

hlid_view hlid_flow_show_url(const hlid_flow* flow) {
  return is_at(flow, Step::show) ? view_of(flow->flow.show().url.view()) : kAbsent;
}
hlid_view hlid_flow_show_code(const hlid_flow* flow) {
  return is_at(flow, Step::show) ? view_or_absent(flow->flow.show().code) : kAbsent;
}
hlid_view hlid_flow_show_verification_uri(const hlid_flow* flow) {
  return is_at(flow, Step::show) ? view_or_absent(flow->flow.show().verification_uri) : kAbsent;
}
hlid_view hlid_flow_sign_algorithm(const hlid_flow* flow) {
  return is_at(flow, Step::sign) ? view_of(flow->flow.sign().algorithm) : kAbsent;
}
hlid_view hlid_flow_sign_input(const hlid_flow* flow) {
  return is_at(flow, Step::sign) ? view_of(flow->flow.sign().input.view()) : kAbsent;
}
int64_t hlid_flow_wait_until_ms(const hlid_flow* flow) { return is_at(flow, Step::wait) ? flow->flow.wait_until_ms() : 0; }

hlid_status hlid_flow_cancel(hlid_flow* flow, hlid_error** err) {
  if (flow == nullptr) return hlid::fail_null(err, "flow");
  if (is_torn(flow)) return hlid::fail(err, Error::state("forked", "a thread of the parent process is inside the flow"));
  if (is_left_behind(flow)) return hlid::fail(err, Error::state("forked", "a client of another process runs the flow"));
  return hlid::finish(flow->cancel(), err);
}

const hlid_result* hlid_flow_result(const hlid_flow* flow) { return is_at(flow, Step::done) ? &flow->result : nullptr; }

const hlid_error* hlid_flow_error(const hlid_flow* flow) {
  return flow != nullptr && flow->flow.error() != nullptr ? &flow->error : nullptr;
}

hlid_view hlid_result_get(const hlid_result* result, hlid_view name) {
  return result == nullptr || !hlid::is_sound(name) ? kAbsent : view_or_absent(result->flow->result()->get(text_of(name)));
}

size_t hlid_result_count(const hlid_result* result) { return result == nullptr ? 0 : result->flow->result()->values().size(); }

hlid_view hlid_result_name(const hlid_result* result, size_t index) {
  return index < hlid_result_count(result) ? view_of(result->flow->result()->values()[index].first) : kAbsent;
}

hlid_view hlid_result_value(const hlid_result* result, size_t index) {
  return index < hlid_result_count(result) ? view_of(result->flow->result()->values()[index].second) : kAbsent;
}
