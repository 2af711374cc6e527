#include "client.h"

#include <chrono>
#include <string>
#include <utility>

#include "errors.h"
#include "gil.h"
#include "text.h"

namespace hlid_python {

namespace {

// Between two looks for signals: Ctrl-C is felt as immediate, and ten wake-ups a second cost nothing.
constexpr int64_t kSliceMs = 100;
// A cancelled flow ends at once. If it ever did not, Ctrl-C must still get out; the client then keeps
// the flow, and frees it at its own end.
constexpr int kSlicesAfterCancel = 50;
constexpr auto kCloseAtMost = std::chrono::seconds(2);
constexpr size_t kTakeAtMost = 256;

struct FlowFree {
  void operator()(hlid_flow* flow) const { hlid_flow_free(flow); }
};
using OwnedFlow = std::unique_ptr<hlid_flow, FlowFree>;

OwnedFlow new_flow(const App& app, py::handle name, py::handle parameters, py::handle timeout_ms) {
  const Text text(name, "name");
  hlid_flow* made = nullptr;
  hlid_error* err = nullptr;
  check(hlid_flow_new(app.handle(), text.view(), &made, &err), err);
  OwnedFlow flow(made);
  set_parameters(made, parameters);
  if (!timeout_ms.is_none()) {
    check(hlid_flow_set_timeout_ms(made, to_int64(timeout_ms, "timeout_ms"), &err), err);
  }
  return flow;
}

// A dict for DONE, else an exception: also for a step that needs the host, which is not asked here.
py::object outcome_of(const hlid_flow* flow, hlid_step step) {
  if (step == HLID_STEP_DONE) return result_of(flow);
  if (step == HLID_STEP_FAILED) return exception_of(hlid_flow_error(flow));
  return parked_exception(flow, step);
}

}  // namespace

// Counts a thread in and out. Out comes after the interpreter's lock has been taken again: once close() sees zero, no
// thread will ask for the lock from in here.
class Client::Inside {
 public:
  explicit Inside(Client& client) : client_(client) {
    const std::lock_guard<std::mutex> lock(client_.mutex_);
    ++client_.inside_;
  }
  ~Inside() {
    const std::lock_guard<std::mutex> lock(client_.mutex_);
    if (--client_.inside_ == 0) client_.left_.notify_all();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Client& client_;
};

Client::Client(const App& app, py::handle max_in_flight) {
  const int64_t most = max_in_flight.is_none() ? 0 : to_int64(max_in_flight, "max_in_flight");
  // 0 is the library's default; a caller that passes 0 gets an error.
  hlid_error* err = nullptr;
  const int64_t given = most == 0 && !max_in_flight.is_none() ? -1 : most;
  check(hlid_client_new(app.handle(), given, &handle_, &err), err);
}

Client::~Client() {
  // No thread of the client asks for the interpreter's lock. This frees every flow whose completion is still queued,
  // also those that were lent: their Flow objects must not free them again.
  hlid_client_free(handle_);
  for (auto& [tag, run] : runs_) {
    if (run.lent) run.lent->put_back(nullptr);
  }
}

void Client::start(hlid_flow* flow, uint64_t tag, int32_t how) {
  hlid_error* err = nullptr;
  check(hlid_client_start(handle_, flow, tag, how, &err), err);
}

// Waits, and looks for signals in between. One that raises cancels the flow; then let_go has what the client gave back of it
// (NULL: it gave nothing back in time).
template <typename Cancel, typename LetGo>
hlid_completion Client::wait(uint64_t tag, Cancel cancel, LetGo let_go) {
  int slices_left = kSlicesAfterCancel;
  std::unique_ptr<py::error_already_set> interruption;
  while (true) {
    hlid_completion completion = {};
    hlid_error* err = nullptr;
    hlid_client* client = handle_;
    check(without_gil([&] { return hlid_client_wait(client, tag, kSliceMs, &completion, &err); }), err);
    if (completion.step != 0 && interruption == nullptr) return completion;
    if (completion.step != 0 || (interruption != nullptr && --slices_left == 0)) {
      let_go(completion.flow);
      throw py::error_already_set(*interruption);
    }
    if (interruption == nullptr && PyErr_CheckSignals() != 0) {
      interruption = std::make_unique<py::error_already_set>();
      cancel();
    }
  }
}

py::object Client::call(const App& app, py::handle name, py::handle parameters, py::handle timeout_ms) {
  const Inside inside(*this);
  OwnedFlow flow = new_flow(app, name, parameters, timeout_ms);
  const uint64_t tag = new_tag();
  start(flow.get(), tag, HLID_START_ATTENDED);
  hlid_flow* running = flow.release();
  // The client frees what it gives back too late.
  const hlid_completion completion =
      wait(tag, [&] { hlid_flow_cancel(running, nullptr); }, [](hlid_flow* came) { hlid_flow_free(came); });
  flow.reset(completion.flow);
  py::object outcome = outcome_of(completion.flow, completion.step);
  if (completion.step != HLID_STEP_DONE) raise_instance(outcome);
  return outcome;
}

uint64_t Client::queue(Run run) {
  const uint64_t tag = new_tag();
  hlid_flow* flow = run.flow;
  {
    // Before it starts: it may be taken before start() has returned.
    const std::lock_guard<std::mutex> lock(mutex_);
    runs_.emplace(tag, std::move(run));
  }
  try {
    start(flow, tag, HLID_START_QUEUE);
  } catch (py::error_already_set&) {
    const Run back = forget(tag);
    if (back.lent) back.lent->put_back(flow);
    throw;
  }
  return tag;
}

Client::Run Client::forget(uint64_t tag) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = runs_.find(tag);
  if (found == runs_.end()) return {};
  Run run = std::move(found->second);
  runs_.erase(found);
  return run;
}

uint64_t Client::begin(const App& app, py::handle name, py::handle parameters, py::handle timeout_ms) {
  const Inside inside(*this);
  OwnedFlow flow = new_flow(app, name, parameters, timeout_ms);
  const uint64_t tag = queue({flow.get(), nullptr});
  static_cast<void>(flow.release());
  return tag;
}

uint64_t Client::begin_flow(const std::shared_ptr<Flow>& flow) {
  const Inside inside(*this);
  return queue({flow->lend(), flow});
}

hlid_step Client::run_flow(const std::shared_ptr<Flow>& flow) {
  const Inside inside(*this);
  const uint64_t tag = new_tag();
  hlid_flow* handle = flow->lend();
  try {
    start(handle, tag, HLID_START_ATTENDED);
  } catch (py::error_already_set&) {
    flow->put_back(handle);
    throw;
  }
  bool is_back = false;
  const auto let_go = [&](hlid_flow* came) {
    is_back = came != nullptr;
    if (is_back) flow->put_back(came);
  };
  try {
    const hlid_completion completion = wait(tag, [&] { flow->cancel(); }, let_go);
    flow->put_back(completion.flow);
    return completion.step;
  } catch (py::error_already_set&) {
    // The client still has it, and frees it.
    if (!is_back) flow->close();
    throw;
  }
}

void Client::cancel(uint64_t tag) {
  // Its handle lives until its completion has been taken, and forgotten here.
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = runs_.find(tag);
  if (found == runs_.end()) return;
  if (found->second.lent) {
    found->second.lent->cancel();
  } else {
    hlid_flow_cancel(found->second.flow, nullptr);
  }
}

py::list Client::take() {
  const Inside inside(*this);
  hlid_completion completions[kTakeAtMost];
  const size_t count = hlid_client_take(handle_, completions, kTakeAtMost);
  py::list taken(count);
  for (size_t at = 0; at < count; ++at) {
    const hlid_completion& completion = completions[at];
    const Run run = forget(completion.tag);
    // A lent flow goes back to its object, which says what its step is.
    OwnedFlow owned(run.lent ? nullptr : completion.flow);
    taken[at] = py::make_tuple(completion.tag, completion.step,
                               run.lent ? py::object(py::none()) : outcome_of(completion.flow, completion.step));
    if (run.lent) run.lent->put_back(completion.flow);
  }
  return taken;
}

void Client::close() {
  hlid_client* client = handle_;
  without_gil([&] {
    // The child of a fork has none of the threads that are inside, and one of them may have held the mutex.
    const bool is_in_child = hlid_client_fd(client) < 0;
    hlid_client_close(client);
    if (is_in_child) return 0;
    std::unique_lock<std::mutex> lock(mutex_);
    left_.wait_for(lock, kCloseAtMost, [this] { return inside_ == 0; });
    return 0;
  });
}

void bind_client(py::module_& module) {
  py::class_<Client, py::smart_holder>(module, "Client")
      .def(py::init<const App&, py::handle>(), py::arg("app"), py::arg("max_in_flight"))
      .def("call", &Client::call, py::arg("app"), py::arg("name"), py::arg("parameters"), py::arg("timeout_ms"))
      .def("begin", &Client::begin, py::arg("app"), py::arg("name"), py::arg("parameters"), py::arg("timeout_ms"))
      .def("begin_flow", &Client::begin_flow, py::arg("flow"))
      .def("run_flow", &Client::run_flow, py::arg("flow"))
      .def("take", &Client::take)
      .def("cancel", &Client::cancel, py::arg("tag"))
      .def("close", &Client::close)
      .def("fd", &Client::fd)
      .def("in_flight", &Client::in_flight);
}

}  // namespace hlid_python
