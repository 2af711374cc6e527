#include "session.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "errors.h"
#include "text.h"

namespace hlid_python {

namespace {

// Most tokens fit; a longer JWT takes a second call.
constexpr size_t kUsualToken = 4096;
// Above this every time to live is the same to the library, which has a maximum of its own.
constexpr double kMostSeconds = 1e12;
constexpr const char* kNotSeconds = "min_ttl must be a number of seconds from 0 to 1e12";

int64_t now_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// Rounded up, so that a short time remains a time.
int64_t milliseconds_of(py::handle seconds) {
  const double value = PyFloat_AsDouble(seconds.ptr());
  if (value == -1.0 && PyErr_Occurred() != nullptr) {
    const bool too_large = PyErr_ExceptionMatches(PyExc_OverflowError) != 0;
    PyErr_Clear();
    if (too_large) throw py::value_error(kNotSeconds);
    throw py::type_error(std::string("min_ttl must be a number of seconds, not ") + Py_TYPE(seconds.ptr())->tp_name);
  }
  if (!(value >= 0 && value <= kMostSeconds)) throw py::value_error(kNotSeconds);
  return static_cast<int64_t>(std::ceil(value * 1000));
}

// What it held is not read again, and the compiler may not leave this out.
void wipe(char* data, size_t size) {
  volatile char* at = data;
  while (size-- > 0) *at++ = 0;
}

}  // namespace

Sessions::Sessions(const App& app, py::handle keys) {
  const Text text(keys, "session_keys");
  hlid_error* err = nullptr;
  check(hlid_sessions_new(app.handle(), text.view(), &handle_, &err), err);
}

Session::Session(const Sessions& sessions, py::handle key) : pid_(::getpid()) {
  const Text text(key, "key");
  hlid_error* err = nullptr;
  check(hlid_session_new(sessions.handle(), text.view(), &handle_, &err), err);
}

void Session::check_process() const {
  if (pid_ != ::getpid()) raise_state("forked", "the session was made before a fork; a child process must make its own");
}

py::object Session::token(py::handle min_ttl) {
  check_process();
  return copy_of(milliseconds_of(min_ttl));
}

py::object Session::lasting(int64_t min_ttl_ms) {
  check_process();
  // Below 0 the library does not ask whether it is due.
  return copy_of(-std::max<int64_t>(min_ttl_ms, 1));
}

py::object Session::copy_of(int64_t min_ttl_ms) {
  const int64_t now = now_ms();
  char buffer[kUsualToken];
  size_t size = hlid_session_token(handle_, now, min_ttl_ms, buffer, sizeof buffer);
  if (size <= sizeof buffer) {
    const py::object token = size == 0 ? py::object(py::none()) : to_str({buffer, size});
    wipe(buffer, size);
    return token;
  }
  std::vector<char> larger(size);
  size = hlid_session_token(handle_, now, min_ttl_ms, larger.data(), larger.size());
  // One that has just come, and is larger still: the flow hands it out.
  if (size == 0 || size > larger.size()) return py::none();
  const py::object token = to_str({larger.data(), size});
  wipe(larger.data(), size);
  return token;
}

std::unique_ptr<Flow> Session::flow(py::handle name) {
  check_process();
  const Text text(name, "name");
  hlid_flow* made = nullptr;
  hlid_error* err = nullptr;
  check(hlid_session_flow_new(handle_, text.view(), &made, &err), err);
  return Flow::of(made);
}

void bind_session(py::module_& module) {
  py::class_<Sessions, py::smart_holder>(module, "Sessions")
      .def(py::init<const App&, py::handle>(), py::arg("app"), py::arg("keys"));
  py::class_<Session, py::smart_holder>(module, "Session")
      .def(py::init<const Sessions&, py::handle>(), py::arg("sessions"), py::arg("key"))
      .def("token", &Session::token, py::arg("min_ttl"))
      .def("lasting", &Session::lasting, py::arg("min_ttl_ms"))
      .def("check", &Session::check_process)
      .def("flow", &Session::flow, py::arg("name"));
}

}  // namespace hlid_python
