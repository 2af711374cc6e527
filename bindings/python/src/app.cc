#include "app.h"

#include <memory>
#include <string>

#include "errors.h"
#include "text.h"

namespace hlid_python {

namespace {

struct SettingsFree {
  void operator()(hlid_settings* settings) const { hlid_settings_free(settings); }
};

}  // namespace

App::App(py::handle settings) {
  const std::unique_ptr<hlid_settings, SettingsFree> values(hlid_settings_new());
  for (py::handle item : py::iter(settings)) {
    const py::tuple pair = py::reinterpret_borrow<py::tuple>(item);
    if (pair[1].is_none()) continue;
    const std::string name = py::cast<std::string>(pair[0]);
    const py::object given = pair[1];
    const Text value(given, name);
    hlid_error* err = nullptr;
    check(hlid_settings_set(values.get(), view_of(name), value.view(), &err), err);
  }
  hlid_error* err = nullptr;
  check(hlid_app_new(values.get(), &handle_, &err), err);
}

void bind_app(py::module_& module) {
  py::class_<App, py::smart_holder>(module, "App").def(py::init<py::handle>(), py::arg("settings"));
}

}  // namespace hlid_python
