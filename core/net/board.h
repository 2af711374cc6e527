// What callers and the I/O thread have in common: who is in flight, what is asked for, what is finished. One
// lock; no work is done under it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/descriptors.h"
#include "net/operation.h"

namespace hlid {

class Board {
 public:
  explicit Board(int64_t max_in_flight) : max_in_flight_(max_in_flight) {}
  bool open() { return wake_.open() && queue_signal_.open(); }

  // ---- callers ----

  // A place for an operation: STATE if the client is closed or full, or the tag is in use. An operation that
  // is not `listed` has no tag, and is known to its owner alone.
  Result<void> reserve(const OperationPtr& operation, bool listed);
  // Releases an unused place.
  void withdraw(const OperationPtr& operation, bool listed);
  // To the I/O thread. False: the client was closed meanwhile, and the place is given back.
  bool hand_over(const OperationPtr& operation, bool listed);
  // Finished ones, in the order in which they finished.
  size_t take(OperationPtr* out, size_t capacity);
  // The waited one with this tag as soon as it has finished; null if it has not by then (-1: no limit). STATE
  // if there is none.
  Result<OperationPtr> wait(uint64_t tag, int64_t timeout_ms);
  // The same for an operation that is not listed, without a limit.
  void wait(Operation& operation);
  void cancel(const OperationPtr& operation);
  void begin_close();
  // What was neither taken nor waited for, once the I/O thread has ended.
  std::vector<OperationPtr> take_rest();
  [[nodiscard]] size_t in_flight() const;
  [[nodiscard]] int queue_fd() const { return queue_signal_.fd(); }

  // ---- the I/O thread ----

  struct Orders {
    std::vector<OperationPtr> started;
    std::vector<OperationPtr> cancelled;
    bool closing = false;
  };
  // What was asked for since the last time.
  void collect(Orders& out);
  void finish(const OperationPtr& operation);
  [[nodiscard]] int wake_fd() const { return wake_.fd(); }

 private:
  void wake_loop();                    // under the lock
  void release(Operation& operation);  // under the lock

  mutable std::mutex mutex_;
  const int64_t max_in_flight_;
  int64_t in_flight_ = 0;
  bool closing_ = false;
  bool woken_ = false;
  std::unordered_map<uint64_t, OperationPtr> listed_;
  std::vector<OperationPtr> started_;
  std::vector<OperationPtr> cancelled_;
  std::deque<OperationPtr> queue_;
  Signal wake_;
  Signal queue_signal_;
};

}  // namespace hlid
