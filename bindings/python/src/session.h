// The sessions of an app in a store, and one of them.
#ifndef HLID_PYTHON_SESSION_H
#define HLID_PYTHON_SESSION_H

#include <pybind11/pybind11.h>

#include <cstdint>
#include <memory>

#include "app.h"
#include "flow.h"
#include "headlessid/headlessid.h"

namespace hlid_python {

namespace py = pybind11;

// What this process knows of an app's sessions. Belongs to the process that made it: after a fork the child makes its own.
class Sessions {
 public:
  // keys: the words id:key, or None for the app's setting.
  Sessions(const App& app, py::handle keys);
  ~Sessions() { hlid_sessions_free(handle_); }
  Sessions(const Sessions&) = delete;
  Sessions& operator=(const Sessions&) = delete;

  const hlid_sessions* handle() const { return handle_; }

 private:
  hlid_sessions* handle_ = nullptr;
};

// Safe from every thread.
class Session {
 public:
  Session(const Sessions& sessions, py::handle key);
  ~Session() { hlid_session_free(handle_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The access token that needs no look at the store and lasts for this many seconds, by the system's clock; else None.
  py::object token(py::handle min_ttl);
  // The same for one that is due to be refreshed, and lasts for so many milliseconds.
  py::object lasting(int64_t min_ttl_ms);
  // A flow of the session: begin, token, rejected, guest, end.
  std::unique_ptr<Flow> flow(py::handle name);
  // Raises in the child of a fork.
  void check_process() const;

 private:
  py::object copy_of(int64_t min_ttl_ms);

  hlid_session* handle_ = nullptr;
  int pid_;
};

void bind_session(py::module_& module);

}  // namespace hlid_python

#endif
