// One call of libcurl, and how long it may go on: it reads a connection until there is nothing left, which under a
// flood of HTTP/2 frames is never, and meanwhile nobody looks at the clock.
#pragma once

#include <cstddef>
#include <cstdint>

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

 private:
  size_t bytes_ = 0;
  int64_t due_ms_ = INT64_MAX;
};

}  // namespace hlid
