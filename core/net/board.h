// What the callers have in common: who is in flight, what is asked for, what is finished, and which thread turns the loop. One
// lock; no work is done under it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/descriptors.h"
#include "net/leader.h"
#include "net/operation.h"

namespace hlid {

// A thread that waits for its flow to end, for the queue, or for the loop.
struct Sleeper : Leader::Waiter {
  std::condition_variable bell;
  Sleeper* next = nullptr;  // waits for the same
};

// What a thread turns the loop for.
struct Errand {
  static constexpr int64_t kNoLimit = INT64_MAX;

  const Operation* mine = nullptr;  // until this one has ended
  bool for_queue = false;           // else: until the queue holds something; else the keeper's, while there are unattended flows
  int64_t until_ms = kNoLimit;      // by the steady clock; but the sockets are looked at once
  bool looked = false;
};

class Board {
 public:
  // `driven`: the host's loop turns ours, and looks into the queue after each turn.
  Board(int64_t max_in_flight, bool driven);
  bool open() { return wake_.open() && (driven_ || queue_signal_.open()); }
  [[nodiscard]] bool is_driven() const { return driven_; }

  // ---- callers ----

  // A place for an operation: STATE if the client is closed or full, or the tag is in use. An operation that
  // is not `listed` has no tag, and is known to its owner alone.
  Result<void> reserve(const OperationPtr& operation, bool listed);
  // Releases an unused place.
  void withdraw(const OperationPtr& operation, bool listed);
  // To the thread that turns the loop. False: the client was closed meanwhile, and the place is given back.
  bool hand_over(const OperationPtr& operation, bool listed);
  // Finished ones, in the order in which they finished.
  size_t take(OperationPtr* out, size_t capacity);
  // The waited one with this tag. STATE if there is none.
  Result<OperationPtr> find(uint64_t tag);
  static Error no_such_flow();
  // Waits for the errand's operation, or for the queue. `lead`: the loop is the caller's to turn, until Board::pause says stop;
  // then it asks again. `late`: also where the client is closed and nothing comes into the queue any more.
  enum class Awaited { ended, late, lead };
  Awaited await(const Errand& errand, Sleeper& self);
  // Gives up the place of an operation that ended; false: another thread was faster.
  bool release(const OperationPtr& operation, bool listed);
  void cancel(const OperationPtr& operation);
  // No flow starts any more. Returns with the loop, and keeps it.
  void close();
  // What was neither taken nor waited for, once all has ended.
  std::vector<OperationPtr> take_rest();
  [[nodiscard]] size_t in_flight() const;
  [[nodiscard]] int queue_fd() const { return queue_signal_.fd(); }

  // ---- the keeper: the thread that turns the loop where no call does ----

  // Whether it has to be started before an operation is handed over that no call may wait for.
  [[nodiscard]] bool lacks_keeper() const;
  void set_keeper();
  // True: the loop is its own, until Board::pause says stop. False: its time is over.
  bool keep(Sleeper& self);

  // ---- the thread that turns the loop ----

  struct Orders {
    std::vector<OperationPtr> started;
    std::vector<OperationPtr> cancelled;
  };
  // After each turn. `stop`: another thread has the loop now, or none. `sleep`: there is nothing but the sockets and the clock.
  enum class Pause { stop, follow, sleep };
  Pause pause(const Errand& errand, Orders& out);
  // A turn on the host's loop. False: another thread has it, or the client is closed.
  bool begin_turn(Orders& out);
  // `more`: the next turn has something to do at once.
  void end_turn(bool more);
  // What was asked for and is not followed any more.
  void collect(Orders& out);
  void finish(const OperationPtr& operation);
  void stir(bool woken);
  [[nodiscard]] int wake_fd() const { return wake_.fd(); }

 private:
  // All under the lock.
  [[nodiscard]] bool is_served(const Errand& errand) const;
  void order();
  void call();
  static void ring(Sleeper* first, bool all);
  void free_place(Operation& operation);
  void show_host();
  void swap(Orders& out);

  mutable std::mutex mutex_;
  const int64_t max_in_flight_;
  const bool driven_;
  bool is_raised_ = false;  // the wake descriptor, for the host's loop
  int64_t in_flight_ = 0;
  int64_t wanting_keeper_ = 0;  // unattended ones that have a place and have not ended
  bool has_keeper_ = false;
  Leader leader_;
  std::unordered_map<uint64_t, OperationPtr> listed_;
  std::vector<OperationPtr> started_;
  std::vector<OperationPtr> cancelled_;
  std::deque<OperationPtr> queue_;
  Sleeper* wait_for_queue_ = nullptr;
  bool is_signalled_ = false;  // the queue's descriptor
  std::condition_variable* keepers_bell_ = nullptr;
  Signal wake_;
  Signal queue_signal_;
};

}  // namespace hlid
