// One flow: its handle, its state between threads, and its steps as plain tuples.
#ifndef HLID_PYTHON_FLOW_H
#define HLID_PYTHON_FLOW_H

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>
#include <mutex>

#include "app.h"
#include "headlessid/headlessid.h"

namespace hlid_python {

namespace py = pybind11;

// A flow belongs to one caller at a time: a thread that is inside a call, or a client that runs it. The state below keeps
// the second caller out before the library is asked. What one call reads of a step takes several of the library's, so that
// a handle that is closed meanwhile is freed by the thread that is inside, on its way out.
class Flow {
 public:
  Flow(const App& app, py::handle name);
  // From a ticket; name is the flow's, or None for any.
  static std::unique_ptr<Flow> unseal(const App& app, py::handle name, py::handle ticket, py::handle binding, py::handle now_ms);
  // Takes the handle over.
  static std::unique_ptr<Flow> of(hlid_flow* handle);
  ~Flow();
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  void set(py::handle parameter, py::handle value);
  void set_timeout_ms(py::handle timeout_ms);
  void set_trace(bool on);
  py::object trace();
  void set_events(bool on);
  py::object events();
  py::tuple next(py::handle now_ms);
  void give_response(py::handle status, py::handle http_version, py::handle headers, py::handle body);
  void give_no_response(py::handle sent, py::handle why);
  void give_fault(py::handle sent, py::handle reason, py::handle why);
  void give_value(py::handle name, py::handle value);
  void offer(py::handle name, py::handle value);
  void give_nothing(py::handle why);
  void give_stored(bool found, py::handle version, py::handle value);
  void give_store_done(bool done);
  void give_store_fault(py::handle why);
  void resend();
  py::object seal(py::handle binding, py::handle now_ms);
  py::object ticket_id();
  py::object name();
  // Both at any time, from any thread. Whether cancel() ended the flow.
  bool cancel();
  void close();
  bool closed() const;

  // For the client: takes the handle for a run, raising if it is in use; and puts it back, from any thread and without the
  // interpreter's lock. NULL: the library has freed it.
  hlid_flow* lend();
  void put_back(hlid_flow* came);

 private:
  enum class State { idle, busy, lent, closing, closed };
  class Inside;

  explicit Flow(hlid_flow* handle) : handle_(handle) {}
  void enter(State as);
  void leave();

  mutable std::mutex mutex_;
  hlid_flow* handle_ = nullptr;
  State state_ = State::idle;
};

// Sets parameters from an iterable of (name, value) on a new flow.
void set_parameters(hlid_flow* flow, py::handle parameters);

// For a caller that wanted a result and got a step: what was wrong with the value that is asked for again, or a STATE that
// says what the step needs. A new exception.
py::object parked_exception(const hlid_flow* flow, hlid_step step);

// The result at DONE: a new dict of str to str.
py::dict result_of(const hlid_flow* flow);

void bind_flow(py::module_& module);

}  // namespace hlid_python

#endif
