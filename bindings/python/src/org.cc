#include "org.h"

#include "errors.h"
#include "gil.h"
#include "headlessid/org.h"
#include "text.h"

namespace hlid_python {

namespace {

using Call = hlid_status (*)(hlid_view, hlid_text**, hlid_error**);

// JSON in, JSON out. `request` may not change meanwhile: the package gives bytes.
template <Call kCall>
py::object call(const py::bytes& request) {
  const Text json(request, "request");
  hlid_text* out = nullptr;
  hlid_error* err = nullptr;
  check(without_gil([&] { return kCall(json.view(), &out, &err); }), err);
  const hlid_view text = hlid_text_get(out);
  PyObject* bytes = PyBytes_FromStringAndSize(text.data, static_cast<Py_ssize_t>(text.size));
  hlid_text_free(out);
  if (bytes == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(bytes);
}

}  // namespace

void bind_org(py::module_& module) {
  module.def("has_org", [] { return hlid_has_org() != 0; });
  module.def("org_lint", &call<hlid_org_lint>, py::arg("request"));
  module.def("org_generate", &call<hlid_org_generate>, py::arg("request"));
  module.def("org_explain", &call<hlid_org_explain>, py::arg("request"));
}

}  // namespace hlid_python
