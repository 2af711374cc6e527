#include "app.h"

#include <deque>
#include <string>

#include "errors.h"
#include "text.h"

namespace hlid_python {

App::App(py::handle settings) {
  hlid_app_settings values;
  hlid_app_settings_init(&values, sizeof values);
  // The library borrows every value until hlid_app_new has returned.
  std::deque<Text> held;
  std::deque<py::object> pairs;
  for (py::handle item : py::iter(settings)) {
    pairs.push_back(py::reinterpret_borrow<py::object>(item));
    const py::tuple pair = py::reinterpret_borrow<py::tuple>(item);
    if (pair[1].is_none()) continue;
    const std::string name = py::cast<std::string>(pair[0]);
    held.emplace_back(pair[1], name);
    hlid_error* err = nullptr;
    check(hlid_app_settings_set(&values, view_of(name), held.back().view(), &err), err);
  }
  hlid_error* err = nullptr;
  check(hlid_app_new(&values, &handle_, &err), err);
}

void bind_app(py::module_& module) {
  py::class_<App, py::smart_holder>(module, "App").def(py::init<py::handle>(), py::arg("settings"));
}

}  // namespace hlid_python
