// Text across the border: Python str and bytes in as views, views out as new Python objects.
#ifndef HLID_PYTHON_TEXT_H
#define HLID_PYTHON_TEXT_H

#include <pybind11/pybind11.h>

#include <string_view>

#include "headlessid/headlessid.h"

namespace hlid_python {

namespace py = pybind11;

// The bytes of a Python str, bytes, bytearray or path, for as long as this object lives; None is an
// absent view. Where Python has to make a copy for us, that copy is wiped afterwards: it may be a password.
// Nothing here checks the text: half a surrogate pair, a NUL or two gigabytes are passed on as they are, and
// the core checks them. `what` names the value in the TypeError for any other type, which never shows the value.
class Text {
 public:
  Text(py::handle value, std::string_view what);
  ~Text();
  Text(const Text&) = delete;
  Text& operator=(const Text&) = delete;

  hlid_view view() const { return view_; }

 private:
  void encode(PyObject* unicode);

  hlid_view view_ = {nullptr, 0};
  PyObject* copy_ = nullptr;
  Py_buffer buffer_ = {};
};

// A new str; None if the view is absent. Bytes that are not UTF-8 become lone surrogates
// (PEP 383), so that nothing is lost or replaced.
py::object to_str(hlid_view view);
// A new bytes object; None if the view is absent.
py::object to_bytes(hlid_view view);

inline hlid_view view_of(std::string_view text) { return {text.data(), text.size()}; }

// An int that fits 64 bits; TypeError or OverflowError names `what`, and shows no value.
int64_t to_int64(py::handle value, std::string_view what);

}  // namespace hlid_python

#endif
