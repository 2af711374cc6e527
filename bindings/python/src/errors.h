// The one place where an error of the library becomes a Python exception.
#ifndef HLID_PYTHON_ERRORS_H
#define HLID_PYTHON_ERRORS_H

#include <pybind11/pybind11.h>

#include <string_view>

#include "headlessid/headlessid.h"

namespace hlid_python {

namespace py = pybind11;

// A new instance of the class in headlessid._errors that suits the error. Copies; `err` stays the caller's.
py::object exception_of(const hlid_error* err);

// Raises an exception that was made above.
[[noreturn]] void raise_instance(const py::object& exception);

// Makes one, raises it, and frees `err`.
[[noreturn]] void raise(hlid_error* err);

// Raises if `status` is not HLID_OK; `err` is what that call had set. By reference, so that
// `check(call(&err), err)` reads it after the call, whichever argument comes first.
inline void check(hlid_status status, hlid_error* const& err) {
  if (status != HLID_OK) raise(err);
}

// Faults that the binding finds itself: another thread is inside this handle, it has been closed, or a flow
// needs something that the caller has not given. The first is a new StateError, the second raises it.
py::object state_exception(std::string_view reason, std::string_view message);
[[noreturn]] void raise_state(std::string_view reason, std::string_view message);

}  // namespace hlid_python

#endif
