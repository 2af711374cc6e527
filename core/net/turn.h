// One call of libcurl, and how much it may read before other connections and the clock get their turn.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "net/limits.h"

namespace hlid {

class Turn {
 public:
  // Before each call.
  void begin() { bytes_ = 0; }
  void count(size_t bytes) { bytes_ += bytes; }
  [[nodiscard]] bool is_spent() const { return bytes_ >= kMaxTurnBytes; }
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
};

}  // namespace hlid
