// Waits for many descriptors at once: epoll where there is one, otherwise poll.
#pragma once

#include <cstdint>
#include <vector>

#include "net/descriptors.h"

namespace hlid {

class Poller {
 public:
  struct Ready {
    int fd;
    bool in;
    bool out;
    bool error;
  };

  bool open();
  // Watches fd anew, or for something else than before.
  void watch(int fd, bool in, bool out);
  void forget(int fd);
  // At most timeout_ms, -1 for ever. What it gives is valid until the next call.
  const std::vector<Ready>& wait(int timeout_ms);

 private:
  std::vector<Ready> ready_;
#ifdef __linux__
  Descriptor epoll_;
#else
  struct Watched {
    int fd;
    bool in;
    bool out;
  };
  std::vector<Watched> watched_;
#endif
};

}  // namespace hlid
