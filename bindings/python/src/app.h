// The settings of one client at one site.
#ifndef HLID_PYTHON_APP_H
#define HLID_PYTHON_APP_H

#include <pybind11/pybind11.h>

#include "headlessid/headlessid.h"

namespace hlid_python {

namespace py = pybind11;

// Settings by name, checked by the library at once. Immutable, so that any number of threads may use it.
class App {
 public:
  // settings: an iterable of (name, value); a value that is None is left out. profile: a JSON object of settings by name,
  // or None; it is read first.
  App(py::handle settings, py::handle profile);
  ~App() { hlid_app_free(handle_); }
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  const hlid_app* handle() const { return handle_; }

 private:
  hlid_app* handle_ = nullptr;
};

void bind_app(py::module_& module);

}  // namespace hlid_python

#endif
