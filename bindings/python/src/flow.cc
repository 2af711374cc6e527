#include "flow.h"

#include <string>

#include "errors.h"
#include "gil.h"
#include "text.h"

namespace hlid_python {

// Marks the flow as entered for the length of one call.
class Flow::Inside {
 public:
  explicit Inside(Flow& flow) : flow_(flow) { flow_.enter(State::busy); }
  ~Inside() { flow_.leave(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Flow& flow_;
};

Flow::Flow(const App& app, py::handle name) {
  const Text text(name, "name");
  hlid_error* err = nullptr;
  check(hlid_flow_new(app.handle(), text.view(), &handle_, &err), err);
}

std::unique_ptr<Flow> Flow::unseal(const App& app, py::handle name, py::handle ticket, py::handle binding, py::handle now_ms) {
  const Text name_text(name, "name");
  const Text ticket_text(ticket, "ticket");
  const Text binding_text(binding, "binding");
  const int64_t now = to_int64(now_ms, "now_ms");
  const hlid_app* settings = app.handle();
  const hlid_view name_view = name_text.view();
  const hlid_view ticket_view = ticket_text.view();
  const hlid_view binding_view = binding_text.view();
  hlid_flow* made = nullptr;
  hlid_error* err = nullptr;
  check(without_gil([&] { return hlid_flow_unseal(settings, name_view, ticket_view, binding_view, now, &made, &err); }), err);
  return std::unique_ptr<Flow>(new Flow(made));
}

std::unique_ptr<Flow> Flow::of(hlid_flow* handle) { return std::unique_ptr<Flow>(new Flow(handle)); }

Flow::~Flow() {
  // No thread can be inside: every call holds a reference, and so does the client that runs the flow.
  hlid_flow_free(handle_);
}

bool Flow::closed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_ == State::closing || state_ == State::closed;
}

void Flow::enter(State as) {
  const State seen = [&] {
    const std::lock_guard<std::mutex> lock(mutex_);
    const State before = state_;
    if (before == State::idle) state_ = as;
    return before;
  }();
  if (seen == State::idle) return;
  if (seen == State::busy) raise_state("busy", "another thread is inside this flow");
  if (seen == State::lent) raise_state("busy", "a client runs this flow");
  raise_state("closed", "the flow is closed");
}

void Flow::leave() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (state_ == State::busy) {
    state_ = State::idle;
    return;
  }
  // It was closed while we were inside.
  hlid_flow_free(handle_);
  handle_ = nullptr;
  state_ = State::closed;
}

void Flow::close() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (state_ == State::busy) {
    state_ = State::closing;
  } else if (state_ != State::closing) {
    // Where a client runs it, the library cancels it, and frees it when the client lets go.
    hlid_flow_free(handle_);
    handle_ = nullptr;
    state_ = State::closed;
  }
}

bool Flow::cancel() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return handle_ != nullptr && hlid_flow_cancel(handle_, nullptr) == HLID_OK;
}

hlid_flow* Flow::lend() {
  enter(State::lent);
  return handle_;
}

void Flow::put_back(hlid_flow* came) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (state_ != State::lent) return;
  handle_ = came;
  state_ = came == nullptr ? State::closed : State::idle;
}

void Flow::set(py::handle parameter, py::handle value) {
  const Text name(parameter, "parameter");
  const std::string what(name.view().data == nullptr ? "" : name.view().data, name.view().size);
  const Text text(value, what);
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_set(handle_, name.view(), text.view(), &err), err);
}

void Flow::set_timeout_ms(py::handle timeout_ms) {
  const int64_t value = to_int64(timeout_ms, "timeout_ms");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_set_timeout_ms(handle_, value, &err), err);
}

void Flow::set_trace(bool on) {
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_set_trace(handle_, on ? 1 : 0, &err), err);
}

py::object Flow::trace() {
  const Inside inside(*this);
  return to_str(hlid_flow_trace(handle_));
}

void Flow::set_events(bool on) {
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_set_events(handle_, on ? 1 : 0, &err), err);
}

py::object Flow::events() {
  const Inside inside(*this);
  return to_str(hlid_flow_events(handle_));
}

namespace {

py::tuple request_of(const hlid_flow* flow) {
  const size_t count = hlid_flow_request_header_count(flow);
  py::list headers(count);
  for (size_t at = 0; at < count; ++at) {
    headers[at] =
        py::make_tuple(to_str(hlid_flow_request_header_name(flow, at)), to_str(hlid_flow_request_header_value(flow, at)));
  }
  const hlid_view body = hlid_flow_request_body(flow);
  return py::make_tuple(to_str(hlid_flow_request_name(flow)), to_str(hlid_flow_request_method(flow)),
                        to_str(hlid_flow_request_url(flow)), std::move(headers),
                        body.data == nullptr ? py::object(py::bytes()) : to_bytes(body), hlid_flow_request_retry_safe(flow) != 0,
                        hlid_flow_request_prefers_http2(flow) != 0, hlid_flow_deadline_ms(flow));
}

py::object problem_of(const hlid_flow* flow) {
  const hlid_error* problem = hlid_flow_ask_problem(flow);
  return problem == nullptr ? py::object(py::none()) : exception_of(problem);
}

const char* name_of(hlid_store_operation operation) {
  switch (operation) {
    case HLID_STORE_LOAD: return "load";
    case HLID_STORE_SAVE: return "save";
    case HLID_STORE_DELETE: return "delete";
    case HLID_STORE_LOCK: return "lock";
    case HLID_STORE_UNLOCK: return "unlock";
    default: return "unknown";
  }
}

// Operation, key, version, new version, value, time to live, owner: absent ones are None.
py::tuple store_of(const hlid_flow* flow) {
  return py::make_tuple(name_of(hlid_flow_store_operation(flow)), to_bytes(hlid_flow_store_key(flow)),
                        to_str(hlid_flow_store_version(flow)), to_str(hlid_flow_store_new_version(flow)),
                        to_bytes(hlid_flow_store_value(flow)), hlid_flow_store_ttl_ms(flow), to_str(hlid_flow_store_owner(flow)));
}

// What the caller has to know of a step, copied while the step lasts.
py::tuple details_of(const hlid_flow* flow, hlid_step step) {
  switch (step) {
    case HLID_STEP_SEND: return request_of(flow);
    case HLID_STEP_ASK:
      return py::make_tuple(to_str(hlid_flow_ask_name(flow)), hlid_flow_ask_secret(flow) != 0, problem_of(flow));
    case HLID_STEP_SHOW:
      return py::make_tuple(to_str(hlid_flow_show_url(flow)), to_str(hlid_flow_show_code(flow)),
                            to_str(hlid_flow_show_verification_uri(flow)), to_str(hlid_flow_ask_name(flow)), problem_of(flow));
    case HLID_STEP_SIGN: return py::make_tuple(to_str(hlid_flow_sign_algorithm(flow)), to_bytes(hlid_flow_sign_input(flow)));
    case HLID_STEP_STORE: return store_of(flow);
    case HLID_STEP_WAIT: return py::make_tuple(hlid_flow_wait_until_ms(flow));
    case HLID_STEP_DONE: return py::make_tuple(result_of(flow));
    case HLID_STEP_FAILED: return py::make_tuple(exception_of(hlid_flow_error(flow)));
    default: return py::make_tuple(to_str(hlid_step_name(step)));
  }
}

}  // namespace

py::object parked_exception(const hlid_flow* flow, hlid_step step) {
  if (const hlid_error* problem = hlid_flow_ask_problem(flow)) return exception_of(problem);
  if (step == HLID_STEP_SIGN) {
    return state_exception("no_signer", "signed_by is host: the flow needs a signature, and this client has no signer");
  }
  const hlid_view name = step == HLID_STEP_ASK ? hlid_flow_ask_name(flow) : hlid_step_name(step);
  return state_exception("unexpected_step", "the flow needs " + std::string(name.data, name.size) +
                                                ", which only a person has: start it as a challenge");
}

py::dict result_of(const hlid_flow* flow) {
  py::dict fields;
  const hlid_result* result = hlid_flow_result(flow);
  if (result == nullptr) return fields;
  const size_t count = hlid_result_count(result);
  for (size_t at = 0; at < count; ++at) {
    const hlid_view value = hlid_result_value(result, at);
    if (value.data != nullptr) fields[to_str(hlid_result_name(result, at))] = to_str(value);
  }
  return fields;
}

py::tuple Flow::next(py::handle now_ms) {
  const int64_t now = to_int64(now_ms, "now_ms");
  const Inside inside(*this);
  hlid_step step = 0;
  hlid_error* err = nullptr;
  hlid_flow* flow = handle_;
  check(without_gil([&] { return hlid_flow_next(flow, now, &step, &err); }), err);
  return py::make_tuple(step, details_of(flow, step));
}

void Flow::give_response(py::handle status, py::handle http_version, py::handle headers, py::handle body) {
  const int64_t status_number = to_int64(status, "status");
  const int64_t version_number = to_int64(http_version, "http_version");
  // No server can have sent a number that the library's type cannot hold; the library rejects 0.
  const int32_t status_value = status_number == static_cast<int32_t>(status_number) ? static_cast<int32_t>(status_number) : 0;
  const int32_t version_value =
      version_number == static_cast<int32_t>(version_number) ? static_cast<int32_t>(version_number) : -1;
  const Text text(body, "body");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  for (py::handle item : py::iter(headers)) {
    const py::sequence pair = py::reinterpret_borrow<py::sequence>(item);
    const py::object name_object = pair[0];
    const py::object value_object = pair[1];
    const Text name(name_object, "header name");
    const Text value(value_object, "header value");
    check(hlid_flow_give_header(handle_, name.view(), value.view(), &err), err);
  }
  hlid_flow* flow = handle_;
  const hlid_view bytes = text.view();
  check(without_gil([&] { return hlid_flow_give_response(flow, status_value, version_value, bytes, &err); }), err);
}

void Flow::give_no_response(py::handle sent, py::handle why) {
  const int64_t value = to_int64(sent, "sent");
  const Text text(why, "why");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_give_no_response(handle_, static_cast<int32_t>(value), text.view(), &err), err);
}

void Flow::give_fault(py::handle sent, py::handle reason, py::handle why) {
  const int64_t value = to_int64(sent, "sent");
  const Text word(reason, "reason");
  const Text text(why, "why");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_give_fault(handle_, static_cast<int32_t>(value), word.view(), text.view(), &err), err);
}

void Flow::give_value(py::handle name, py::handle value) {
  const Text name_text(name, "name");
  const Text value_text(value, "value");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  hlid_flow* flow = handle_;
  const hlid_view name_view = name_text.view();
  const hlid_view value_view = value_text.view();
  check(without_gil([&] { return hlid_flow_give_value(flow, name_view, value_view, &err); }), err);
}

void Flow::offer(py::handle name, py::handle value) {
  const Text name_text(name, "name");
  const Text value_text(value, "value");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_offer(handle_, name_text.view(), value_text.view(), &err), err);
}

void Flow::give_nothing(py::handle why) {
  const Text text(why, "why");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_give_nothing(handle_, text.view(), &err), err);
}

void Flow::give_stored(bool found, py::handle version, py::handle value) {
  const Text version_text(version, "version");
  const Text value_text(value, "value");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  hlid_flow* flow = handle_;
  const hlid_view version_view = version_text.view();
  const hlid_view value_view = value_text.view();
  check(without_gil([&] { return hlid_flow_give_stored(flow, found ? 1 : 0, version_view, value_view, &err); }), err);
}

void Flow::give_store_done(bool done) {
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_give_store_done(handle_, done ? 1 : 0, &err), err);
}

void Flow::give_store_fault(py::handle why) {
  const Text text(why, "why");
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_give_store_fault(handle_, text.view(), &err), err);
}

void Flow::resend() {
  const Inside inside(*this);
  hlid_error* err = nullptr;
  check(hlid_flow_resend(handle_, &err), err);
}

py::object Flow::seal(py::handle binding, py::handle now_ms) {
  const Text text(binding, "binding");
  const int64_t now = to_int64(now_ms, "now_ms");
  const Inside inside(*this);
  hlid_view ticket = {nullptr, 0};
  hlid_error* err = nullptr;
  hlid_flow* flow = handle_;
  const hlid_view binding_view = text.view();
  check(without_gil([&] { return hlid_flow_seal(flow, binding_view, now, &ticket, &err); }), err);
  return to_str(ticket);
}

py::object Flow::ticket_id() {
  const Inside inside(*this);
  return to_str(hlid_flow_ticket_id(handle_));
}

py::object Flow::name() {
  const Inside inside(*this);
  return to_str(hlid_flow_name(handle_));
}

void set_parameters(hlid_flow* flow, py::handle parameters) {
  for (py::handle item : py::iter(parameters)) {
    const py::tuple pair = py::reinterpret_borrow<py::tuple>(item);
    const py::object value = pair[1];
    if (value.is_none()) continue;
    const py::object name_object = pair[0];
    const Text name(name_object, "parameter");
    const Text text(value, std::string_view(name.view().data, name.view().size));
    hlid_error* err = nullptr;
    check(hlid_flow_set(flow, name.view(), text.view(), &err), err);
  }
}

void bind_flow(py::module_& module) {
  // The library's numbers by name, so that no number appears in Python.
  py::dict steps;
  for (hlid_step step : {HLID_STEP_SEND, HLID_STEP_ASK, HLID_STEP_SHOW, HLID_STEP_SIGN, HLID_STEP_WAIT, HLID_STEP_DONE,
                         HLID_STEP_FAILED, HLID_STEP_STORE}) {
    steps[py::int_(step)] = to_str(hlid_step_name(step));
  }
  module.attr("STEPS") = steps;
  module.attr("NOT_SENT") = static_cast<int>(HLID_NOT_SENT);
  module.attr("MAYBE_SENT") = static_cast<int>(HLID_MAYBE_SENT);

  py::class_<Flow, py::smart_holder>(module, "Flow")
      .def(py::init<const App&, py::handle>(), py::arg("app"), py::arg("name"))
      .def("set", &Flow::set, py::arg("parameter"), py::arg("value"))
      .def("set_timeout_ms", &Flow::set_timeout_ms, py::arg("timeout_ms"))
      .def("set_trace", &Flow::set_trace, py::arg("on"))
      .def("trace", &Flow::trace)
      .def("set_events", &Flow::set_events, py::arg("on"))
      .def("events", &Flow::events)
      .def("next", &Flow::next, py::arg("now_ms"))
      .def("give_response", &Flow::give_response, py::arg("status"), py::arg("http_version"), py::arg("headers"), py::arg("body"))
      .def("give_no_response", &Flow::give_no_response, py::arg("sent"), py::arg("why"))
      .def("give_fault", &Flow::give_fault, py::arg("sent"), py::arg("reason"), py::arg("why"))
      .def("give_value", &Flow::give_value, py::arg("name"), py::arg("value"))
      .def("offer", &Flow::offer, py::arg("name"), py::arg("value"))
      .def("give_nothing", &Flow::give_nothing, py::arg("why"))
      .def("give_stored", &Flow::give_stored, py::arg("found"), py::arg("version"), py::arg("value"))
      .def("give_store_done", &Flow::give_store_done, py::arg("done"))
      .def("give_store_fault", &Flow::give_store_fault, py::arg("why"))
      .def("resend", &Flow::resend)
      .def("seal", &Flow::seal, py::arg("binding"), py::arg("now_ms"))
      .def("ticket_id", &Flow::ticket_id)
      .def("name", &Flow::name)
      .def_static("unseal", &Flow::unseal, py::arg("app"), py::arg("name"), py::arg("ticket"), py::arg("binding"),
                  py::arg("now_ms"))
      .def("cancel", &Flow::cancel)
      .def("close", &Flow::close)
      .def_property_readonly("closed", &Flow::closed);
}

}  // namespace hlid_python
