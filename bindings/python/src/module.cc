// _native: the base of the headlessid package. Private: its names and shapes change without notice.
#include <pybind11/pybind11.h>

#include <chrono>
#include <string>
#include <thread>

#include "app.h"
#include "client.h"
#include "flow.h"
#include "gil.h"
#include "headlessid/headlessid.h"
#include "org.h"
#include "session.h"
#include "text.h"

namespace py = pybind11;

namespace {

// The header that this file was compiled with, against the library that it runs with.
void check_abi(uint32_t built_for, uint32_t found) {
  if (built_for == found) return;
  throw py::import_error("headlessid was built for ABI " + std::to_string(built_for) + " of its library, but found ABI " +
                         std::to_string(found));
}

// A daemon thread may still be in the library when the interpreter has ended; OpenSSL's own exit handler, which comes next, would
// take away what it works with. Its way back ends at the interpreter's lock. A call takes microseconds, a wait a slice of time.
constexpr int kWaitAtMostMs = 300;
void wait_for_threads() {
  for (int i = 0; i < kWaitAtMostMs && hlid_python::threads_in_library != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

PYBIND11_MODULE(hlid_native, module, py::mod_gil_not_used(), py::multiple_interpreters::per_interpreter_gil()) {
  check_abi(HLID_ABI_VERSION, hlid_abi_version());
  module.doc() = "Private: use the headlessid package.";
  module.attr("VERSION") = hlid_python::to_str(hlid_version());
  module.attr("ABI_VERSION") = hlid_abi_version();
  module.def("has_client", [] { return hlid_has_client() != 0; });
  module.def("catalogue", [] { return hlid_python::to_str(hlid_catalogue()); });
  // The check above with the caller's number, since no build has two that differ.
  module.def("_check_abi", [](uint32_t built_for) { check_abi(built_for, hlid_abi_version()); }, py::arg("built_for"));
  hlid_python::bind_app(module);
  hlid_python::bind_flow(module);
  hlid_python::bind_client(module);
  hlid_python::bind_org(module);
  hlid_python::bind_session(module);
  // Of the process, not of each interpreter; without room for one more handler nothing waits.
  static const int registered = Py_AtExit(wait_for_threads);
  (void)registered;
}

// What Python calls. Before 3.12 pybind11 finds its thread state by the thread alone (PyGILState_Ensure), and so
// waits for ever in any interpreter but the main one: say so instead. Goes when 3.11 does.
extern "C" PYBIND11_EXPORT PyObject* PyInit__native();
extern "C" PYBIND11_EXPORT PyObject* PyInit__native() {
#if PY_VERSION_HEX < 0x030C0000
  if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
    PyErr_SetString(PyExc_ImportError, "headlessid needs Python 3.12 or newer in any interpreter of a process but its main one");
    return nullptr;
  }
#endif
  return PyInit_hlid_native();
}
