#include "errors.h"

#include "text.h"

namespace hlid_python {

namespace {

// Looked up each time: every interpreter has its own class, and a C++ static must not hold a Python object. A dictionary
// look-up costs nothing on the path of failures.
py::object factory() { return py::module_::import("headlessid._errors").attr("from_native"); }

}  // namespace

void raise_instance(const py::object& exception) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw py::error_already_set();
}

py::object exception_of(const hlid_error* err) {
  return factory()(to_str(hlid_error_kind_name(err)), to_str(hlid_error_advice_name(err)), to_str(hlid_error_reason(err)),
                   to_str(hlid_error_message(err)), to_str(hlid_error_hint(err)), to_str(hlid_error_field(err)),
                   to_str(hlid_error_server_code(err)), to_str(hlid_error_server_text(err)), hlid_error_http_status(err),
                   hlid_error_outcome_unknown(err) != 0, hlid_error_retry_after_ms(err));
}

void raise(hlid_error* err) {
  py::object exception = exception_of(err);
  hlid_error_free(err);
  raise_instance(exception);
}

py::object state_exception(std::string_view reason, std::string_view message) {
  return factory()("STATE", "NONE", py::str(reason.data(), reason.size()), py::str(message.data(), message.size()), py::none(),
                   py::none(), py::none(), py::none(), 0, false, -1);
}

void raise_state(std::string_view reason, std::string_view message) { raise_instance(state_exception(reason, message)); }

}  // namespace hlid_python
