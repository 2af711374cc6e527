// Letting other Python threads run while the library works or waits.
#ifndef HLID_PYTHON_GIL_H
#define HLID_PYTHON_GIL_H

#include <pybind11/pybind11.h>

#include <atomic>

namespace hlid_python {

// Threads that are in the library, without the lock of the interpreter.
inline std::atomic<int> threads_in_library{0};

// Runs `work`, which touches no Python object and throws nothing, without the interpreter's lock.
// Not py::gil_scoped_release: until Python 3.13 a daemon thread that asks for the lock after the interpreter
// has begun to end is stopped by pthread_exit, which unwinds; out of a destructor, as there, that kills
// the whole process.
template <typename Work>
auto without_gil(Work work) {
  ++threads_in_library;
  PyThreadState* state = PyEval_SaveThread();
  auto value = work();
  --threads_in_library;
  PyEval_RestoreThread(state);
  return value;
}

}  // namespace hlid_python

#endif
