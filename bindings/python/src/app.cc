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

App::App(py::handle settings, py::handle profile) {
  const std::unique_ptr<hlid_settings, SettingsFree> values(hlid_settings_new());
  hlid_error* err = nullptr;
  if (!profile.is_none()) {
    const Text json(profile, "profile");
    check(hlid_settings_set_json(values.get(), json.view(), &err), err);
  }
  for (py::handle item : py::iter(settings)) {
    const py::tuple pair = py::reinterpret_borrow<py::tuple>(item);
    const py::object given = pair[1];
    if (given.is_none()) continue;
    const std::string name = py::cast<std::string>(pair[0]);
    const Text value(given, name);
    check(hlid_settings_set(values.get(), view_of(name), value.view(), &err), err);
  }
  check(hlid_app_new(values.get(), &handle_, &err), err);
}

void bind_app(py::module_& module) {
  py::class_<App, py::smart_holder>(module, "App")
      .def(py::init<py::handle, py::handle>(), py::arg("settings"), py::arg("profile") = py::none());
}

}  // namespace hlid_python
