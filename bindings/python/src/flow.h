// One flow: its handle, who is inside it, and its steps as plain tuples.
#ifndef HLID_PYTHON_FLOW_H
#define HLID_PYTHON_FLOW_H

#include <pybind11/pybind11.h>

#include <atomic>
#include <cstdint>
#include <memory>

#include "app.h"
#include "headlessid/headlessid.h"

namespace hlid_python {

namespace py = pybind11;

// A flow belongs to one caller at a time: a thread that is inside a call, or a client that runs it. The
// mark below keeps the second caller out before the library is asked, and keeps close() from freeing a
// handle that somebody is in: then the one who is in frees it on the way out.
class Flow {
 public:
  Flow(const App& app, py::handle name);
  // From a ticket; name is the flow's, or None for any.
  static std::unique_ptr<Flow> unseal(const App& app, py::handle name, py::handle ticket, py::handle binding, py::handle now_ms);
  ~Flow();
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  void set(py::handle parameter, py::handle value);
  void set_timeout_ms(py::handle timeout_ms);
  void set_trace(bool on);
  py::object trace();
  py::tuple next(py::handle now_ms);
  void give_response(py::handle status, py::handle http_version, py::handle headers, py::handle body);
  void give_no_response(py::handle sent, py::handle why);
  void give_fault(py::handle sent, py::handle reason, py::handle why);
  void give_value(py::handle name, py::handle value);
  void resend();
  py::object seal(py::handle binding, py::handle now_ms);
  py::object ticket_id();
  py::object name();
  void cancel();
  void close();
  bool closed() const { return state_.load() >= kClosing; }

  // For the client: takes the handle for a run, raising if somebody has it; and puts it back, from any
  // thread and without the interpreter's lock. With `gone` the client has freed it.
  hlid_flow* lend();
  void put_back(bool gone);
  // For the client that has it: the run's tag, and whether somebody wanted the run to end. Each side writes its own
  // before it reads the other's, so that one of them sees both and cancels.
  bool running(uint64_t tag) {
    tag_.store(tag);
    return end_wanted_.load();
  }
  uint64_t want_end() {
    end_wanted_.store(true);
    return tag_.load();
  }

 private:
  enum State : int { kIdle, kBusy, kLent, kClosing, kClosed };
  class Inside;

  explicit Flow(hlid_flow* handle) : handle_(handle) {}
  void enter(State as);
  void leave();

  hlid_flow* handle_ = nullptr;
  std::atomic<int> state_{kIdle};
  std::atomic<uint64_t> tag_{0};
  std::atomic<bool> end_wanted_{false};
};

// Sets parameters from an iterable of (name, value) on a flow that nobody else knows.
void set_parameters(hlid_flow* flow, py::handle parameters);

// What stands in the way of the one who called for a result and got a step: what was wrong with the value that is asked
// for again, or a STATE that says what the step needs. A new exception.
py::object parked_exception(const hlid_flow* flow, hlid_step step);

// What DONE brought: a new dict of str to str.
py::dict result_of(const hlid_flow* flow);

void bind_flow(py::module_& module);

}  // namespace hlid_python

#endif
