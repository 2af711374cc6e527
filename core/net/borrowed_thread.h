// A caller's thread, while it turns the loop: as quiet as one of our own.
#pragma once

#include <csignal>

namespace hlid {

// What a thread that works for us blocks: all signals but those that a thread sends to itself (a crash has to reach the host's
// handler, or the process ends without a word), and a profiler's.
sigset_t hosts_signals();

// The host's signal handlers run on it only while it sleeps; threads that libcurl makes meanwhile (name lookups) never run them.
// A write to a closed connection does not end the process. Nothing is left in OpenSSL's list of errors.
class BorrowedThread {
 public:
  BorrowedThread();
  BorrowedThread(const BorrowedThread&) = delete;
  BorrowedThread& operator=(const BorrowedThread&) = delete;
  ~BorrowedThread();
  // For the time that it sleeps.
  [[nodiscard]] const sigset_t* mask_for_sleep() const { return &asleep_; }

 private:
  sigset_t before_;
  sigset_t asleep_;
};

}  // namespace hlid
