// The org's side: files of an org's configuration, written, checked and explained.
#ifndef HLID_PYTHON_ORG_H
#define HLID_PYTHON_ORG_H

#include <pybind11/pybind11.h>

namespace hlid_python {

namespace py = pybind11;

void bind_org(py::module_& module);

}  // namespace hlid_python

#endif
