// Holding a lock for a few copies. The core knows no threads, so its lock is an atomic flag.
#pragma once

#include <atomic>

namespace hlid {

// Until the end of the block.
class Locked {
 public:
  explicit Locked(std::atomic_flag& busy) : busy_(busy) {
    while (busy_.test_and_set(std::memory_order_acquire)) busy_.wait(true, std::memory_order_relaxed);
  }
  ~Locked() {
    busy_.clear(std::memory_order_release);
    busy_.notify_one();
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  std::atomic_flag& busy_;
};

}  // namespace hlid
