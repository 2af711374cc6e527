// One thread. std::thread ends the process if it cannot be created; this reports it instead.
#pragma once

#include <pthread.h>

namespace hlid {

class Thread {
 public:
  using Work = void* (*)(void* context);
  Thread() = default;
  Thread(const Thread&) = delete;
  Thread& operator=(const Thread&) = delete;
  // The thread starts with every signal blocked: the host's handlers never run on it, and a write to a
  // closed connection there cannot end the process.
  bool start(Work work, void* context);
  // One of the two, once, after start.
  void join();
  void detach();

 private:
  pthread_t thread_{};
};

}  // namespace hlid
