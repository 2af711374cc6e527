// One flow: its handle, who is inside it, and its steps as plain tuples.
#ifndef HLID_PYTHON_FLOW_H
#define HLID_PYTHON_FLOW_H

#include <pybind11/pybind11.h>

#include <atomic>
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
  Flow(const App &app, py::handle name);
  ~Flow();
  Flow(const Flow &) = delete;
  Flow &operator=(const Flow &) = delete;

  void set(py::handle parameter, py::handle value);
  void set_timeout_ms(py::handle timeout_ms);
  void set_trace(bool on);
  py::object trace();
  py::tuple next(py::handle now_ms);
  void give_answer(py::handle status, py::handle http_version, py::handle headers, py::handle body);
  void give_no_answer(py::handle left, py::handle why);
  void give_value(py::handle name, py::handle value);
  void cancel();
  void close();
  bool closed() const { return state_.load() >= kClosing; }

  // For the client: takes the handle for a run, raising if somebody has it; and puts it back, from any
  // thread and without the interpreter's lock. With `gone` the client has freed it.
  hlid_flow *lend();
  void put_back(bool gone);

 private:
  enum State : int { kIdle, kBusy, kLent, kClosing, kClosed };
  class Inside;

  void enter(State as);
  void leave();

  hlid_flow *handle_ = nullptr;
  std::atomic<int> state_{kIdle};
};

// Sets parameters from an iterable of (name, value) on a flow that nobody else knows.
void set_parameters(hlid_flow *flow, py::handle parameters);

// What DONE brought: a new dict of str to str.
py::dict result_of(const hlid_flow *flow);

void bind_flow(py::module_ &module);

}  // namespace hlid_python

#endif
