// clock.h: the org's time, which a test may move forward.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace hlid_sim {

class Clock {
 public:
  explicit Clock(std::function<int64_t()> base) : base_(std::move(base)) {}  // empty: the system's

  int64_t now_ms() const { return (base_ ? base_() : system_ms()) + offset_ms_; }
  int64_t offset_ms() const { return offset_ms_; }
  void advance_ms(int64_t by) { offset_ms_ += by; }

 private:
  static int64_t system_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }

  const std::function<int64_t()> base_;
  std::atomic<int64_t> offset_ms_{0};
};

}  // namespace hlid_sim
