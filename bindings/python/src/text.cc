#include "text.h"

#include <string>

namespace hlid_python {

namespace {

// The compiler may not remove this, although the bytes are not read again.
void wipe(char* data, size_t size) {
  volatile char* at = data;
  while (size-- > 0) *at++ = 0;
}

[[noreturn]] void wrong_type(std::string_view what, std::string_view wanted, py::handle value) {
  std::string text(what);
  text += " must be ";
  text += wanted;
  text += ", not ";
  text += Py_TYPE(value.ptr())->tp_name;
  throw py::type_error(text);
}

}  // namespace

Text::Text(py::handle value, std::string_view what) {
  PyObject* object = value.ptr();
  if (object == Py_None) return;
  if (PyUnicode_Check(object)) {
    encode(object);
  } else if (PyBytes_Check(object)) {
    view_ = {PyBytes_AS_STRING(object), static_cast<size_t>(PyBytes_GET_SIZE(object))};
  } else if (PyObject_CheckBuffer(object)) {
    if (PyObject_GetBuffer(object, &buffer_, PyBUF_SIMPLE) != 0) throw py::error_already_set();
    const char* data = static_cast<const char*>(buffer_.buf);
    view_ = {data == nullptr ? "" : data, static_cast<size_t>(buffer_.len)};
  } else if (PyObject_HasAttrString(object, "__fspath__") != 0) {
    PyObject* path = PyOS_FSPath(object);
    if (path == nullptr) throw py::error_already_set();
    if (PyUnicode_Check(path)) {
      encode(path);
      // An ASCII path is read in place: it has to outlive this constructor.
      if (copy_ == nullptr)
        copy_ = path;
      else
        Py_DECREF(path);
    } else {
      copy_ = path;
      view_ = {PyBytes_AS_STRING(path), static_cast<size_t>(PyBytes_GET_SIZE(path))};
    }
  } else {
    wrong_type(what, "str or bytes", value);
  }
}

// ASCII text is read where it lies. For the rest Python would keep its UTF-8 inside the str for as long as
// that lives; a copy of our own can be wiped.
void Text::encode(PyObject* unicode) {
  if (PyUnicode_IS_ASCII(unicode)) {
    view_ = {reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(unicode)), static_cast<size_t>(PyUnicode_GET_LENGTH(unicode))};
    return;
  }
  copy_ = PyUnicode_AsEncodedString(unicode, "utf-8", "surrogatepass");
  if (copy_ == nullptr) throw py::error_already_set();
  view_ = {PyBytes_AS_STRING(copy_), static_cast<size_t>(PyBytes_GET_SIZE(copy_))};
}

Text::~Text() {
  if (copy_ != nullptr) {
    if (PyBytes_CheckExact(copy_) && Py_REFCNT(copy_) == 1) {
      wipe(PyBytes_AS_STRING(copy_), static_cast<size_t>(PyBytes_GET_SIZE(copy_)));
    }
    Py_DECREF(copy_);
  }
  if (buffer_.obj != nullptr) PyBuffer_Release(&buffer_);
}

py::object to_str(hlid_view view) {
  if (view.data == nullptr) return py::none();
  PyObject* text = PyUnicode_DecodeUTF8(view.data, static_cast<Py_ssize_t>(view.size), "surrogateescape");
  if (text == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(text);
}

py::object to_bytes(hlid_view view) {
  if (view.data == nullptr) return py::none();
  PyObject* bytes = PyBytes_FromStringAndSize(view.data, static_cast<Py_ssize_t>(view.size));
  if (bytes == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(bytes);
}

int64_t to_int64(py::handle value, std::string_view what) {
  if (!PyLong_Check(value.ptr())) wrong_type(what, "int", value);
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow != 0) {
    std::string text(what);
    text += " does not fit 64 bits";
    PyErr_SetString(PyExc_OverflowError, text.c_str());
    throw py::error_already_set();
  }
  return number;
}

}  // namespace hlid_python
