// How much libcurl may read before other connections, the clock or the host's own loop get their turn: one call of libcurl, or
// all of them in one turn of the host's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/clock.h"
#include "net/limits.h"

namespace hlid {

class Turn {
 public:
  // Before each call.
  void begin() {
    if (!is_hosts_) bytes_ = 0;
  }
  // A turn of the host's, which may read this much and do this many things.
  void begin_hosts(int64_t bytes, int64_t things) {
    is_hosts_ = true;
    bytes_ = 0;
    most_bytes_ = static_cast<size_t>(bytes);
    things_left_ = things;
    until_us_ = steady_us() + kMaxTurnUs;
  }
  [[nodiscard]] bool is_hosts() const { return is_hosts_; }
  void end_hosts() {
    is_hosts_ = false;
    most_bytes_ = kMaxTurnBytes;
  }
  // Before something is done that takes a while: whether it is for the next turn.
  [[nodiscard]] bool is_over() const { return is_hosts_ && (things_left_ <= 0 || is_spent() || steady_us() >= until_us_); }
  void count_one() { --things_left_; }
  [[nodiscard]] int most_events() const {
    return is_hosts_ ? static_cast<int>(std::clamp<int64_t>(things_left_, 1, kMaxEvents)) : kMaxEvents;
  }
  void count(size_t bytes) { bytes_ += bytes; }
  [[nodiscard]] bool is_spent() const { return bytes_ >= most_bytes_; }
  void* reading = nullptr;  // of Throttle
  const class Throttle* throttle = nullptr;

  // The other side of a connection has said that nothing more comes (close_notify). Kept until what libcurl makes of
  // it has been read; a name, and never looked into.
  void closed(const void* connection) { closed_.push_back(connection); }
  [[nodiscard]] bool was_closed(const void* connection) const {
    return std::find(closed_.begin(), closed_.end(), connection) != closed_.end();
  }
  void forget_closed() { closed_.clear(); }

 private:
  std::vector<const void*> closed_;
  size_t bytes_ = 0;
  size_t most_bytes_ = kMaxTurnBytes;
  bool is_hosts_ = false;
  int64_t things_left_ = 0;
  int64_t until_us_ = 0;
};

}  // namespace hlid
