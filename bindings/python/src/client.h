// The client: flows that the library runs by itself, waited for in a thread or taken from the queue.
#ifndef HLID_PYTHON_CLIENT_H
#define HLID_PYTHON_CLIENT_H

#include <pybind11/pybind11.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "app.h"
#include "flow.h"
#include "headlessid/headlessid.h"

namespace hlid_python {

namespace py = pybind11;

// Safe from every thread. The library does the work; this counts the threads in a call, so that close() can let them
// leave, and holds on to the Flow objects that were lent to it.
class Client {
 public:
  // max_in_flight: None, or how many flows may run at a time.
  Client(const App& app, py::handle max_in_flight);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Runs a new flow and waits: its result as a dict, or an exception. Looks for signals ten times a
  // second; one that raises cancels the flow first.
  py::object call(const App& app, py::handle name, py::handle parameters, py::handle timeout_ms);
  // Starts a new flow, or the given one, whose completion goes to the queue: its tag.
  uint64_t begin(const App& app, py::handle name, py::handle parameters, py::handle timeout_ms);
  uint64_t begin_flow(const std::shared_ptr<Flow>& flow);
  // Runs the given flow and waits: the step that it has come to.
  hlid_step run_flow(const std::shared_ptr<Flow>& flow);
  // What the queue holds now, at most 256: a list of (tag, step, a dict or an exception; None for a lent flow). Never
  // waits.
  py::list take();
  // Ends a run whose completion goes to the queue, soon. Ignores an unknown tag.
  void cancel(uint64_t tag);
  // Ends everything; returns once no thread is in a call, or after two seconds.
  void close();
  int fd() const { return hlid_client_fd(handle_); }
  size_t in_flight() const { return hlid_client_in_flight(handle_); }

 private:
  class Inside;
  // One that was begun: its handle, and the object that lent it, if one did.
  struct Run {
    hlid_flow* flow = nullptr;
    std::shared_ptr<Flow> lent;
  };

  uint64_t new_tag() { return next_tag_.fetch_add(1); }
  void start(hlid_flow* flow, uint64_t tag, int32_t how);
  template <typename Cancel, typename LetGo>
  hlid_completion wait(uint64_t tag, Cancel cancel, LetGo let_go);
  // Starts a flow whose completion goes to the queue.
  uint64_t queue(Run run);
  Run forget(uint64_t tag);

  hlid_client* handle_ = nullptr;
  std::atomic<uint64_t> next_tag_{1};
  std::mutex mutex_;
  std::condition_variable left_;
  size_t inside_ = 0;
  std::unordered_map<uint64_t, Run> runs_;
};

void bind_client(py::module_& module);

}  // namespace hlid_python

#endif
