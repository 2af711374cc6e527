// Waits for many descriptors at once: epoll where there is one, otherwise poll.
#pragma once

#include <csignal>
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
  // Watches fd, or changes what it is watched for. False: the system has no memory for it, or allows no more.
  bool watch(int fd, bool in, bool out);
  // Stops reporting fd for now.
  void forget(int fd);
  // A socket of ours begins and ends. Between the two it is only really taken out when it stirs unwanted: a kept
  // connection is wanted again and again, and each change would be a call of the system.
  void opened(int fd);
  void closing(int fd);
  // At most `most` that are ready, after at most timeout_ms, -1 for no limit, with this mask of signals meanwhile (null: the
  // thread's). What it returns is valid until the next call.
  const std::vector<Ready>& wait(int timeout_ms, int most, const sigset_t* mask);
  // Readable while a descriptor is ready; -1 where the system has no such thing.
  [[nodiscard]] int fd() const;

 private:
  std::vector<Ready> ready_;
#ifdef __linux__
  struct Entry {
    uint32_t events = 0;  // as the system has it; 0: it does not know the descriptor
    bool wanted = false;
    bool ours = false;
  };
  Entry& entry(int fd);
  void remove(int fd, Entry& known);

  Descriptor epoll_;
  std::vector<Entry> entries_;  // by descriptor
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
