// One call of libcurl, and how long it may go on: it reads a connection until there is nothing left, which under a
// flood of HTTP/2 frames is never, and meanwhile nobody looks at the clock.
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
  // Before each call; `due_ms`: when the next flow's time is over.
  void begin(int64_t due_ms) {
    bytes_ = 0;
    due_ms_ = due_ms;
  }
  // A TLS record has come. True: this connection has had its share, and is ended.
  bool take(size_t bytes) {
    bytes_ += bytes;
    if (bytes_ > kMaxTurnBytes) return true;
    return bytes_ > kMaxLateTurnBytes && steady_ms() > due_ms_;
  }

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
  int64_t due_ms_ = INT64_MAX;
};

}  // namespace hlid
