// Which thread turns the loop, and which is next. One at a time: that of a call that waits, for a flow of its own or for whatever
// comes into the queue, the keeper (which is there for flows that no call waits for), or that of the call that closes the client.
//
// A thread that lets the loop go calls one other, who may be late: a newcomer takes a free loop first, and the one called then
// waits again, as the first in the line. So every step that leaves the loop free, or the one called without it, ends with `call`.
//
// Everything but `stir` happens under the board's lock. Plain data, so that a test can try every interleaving.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace hlid {

class Leader {
 public:
  struct Waiter;
  struct Line {
    Waiter* first = nullptr;
    Waiter* last = nullptr;
  };
  // One that waits; it is in one line at most, and leaves it before it ends.
  struct Waiter {
    Waiter* before = nullptr;
    Waiter* after = nullptr;
    Line* line = nullptr;
  };

  // ---- taking the loop: true until `pass`; false: sleep until called ----

  // `for_queue`: only while there are flows whose end goes to the queue, and in a line of its own, after the other.
  bool take(Waiter& one, bool for_queue) {
    const bool was_called = answer(one);
    if (is_free() && !closing_ && (!for_queue || queued_ > 0)) {
      leave_line(one);
      taken_ = true;
      return true;
    }
    if (one.line == nullptr) enter_line(for_queue ? for_queue_ : for_own_, one, was_called);
    return false;
  }
  // Only while there are flows that no call waits for, and after one that was called.
  bool take_as_keeper(Waiter& one) {
    answer(one);
    const bool takes = is_free() && !closing_ && called_ == nullptr && unattended_ > 0;
    keeper_ = takes ? nullptr : &one;
    taken_ = taken_ || takes;
    return takes;
  }
  // The host's own loop, which never waits in line: false, another has it. Between two of its turns the loop counts as asleep.
  bool take_turn() {
    const bool takes = is_free() && !closing_;
    taken_ = taken_ || takes;
    return takes;
  }
  // Before all others, and it never passes the loop on.
  bool take_to_close(Waiter& one) {
    closing_ = true;
    answer(one);
    const bool takes = is_free();
    closer_ = takes ? nullptr : &one;
    taken_ = true;
    return takes;
  }

  // ---- letting go ----

  void pass() { taken_ = false; }
  // Without the loop: what it waited for has come, or its time is over.
  void leave(Waiter& one) {
    answer(one);
    leave_line(one);
    if (keeper_ == &one) keeper_ = nullptr;
  }
  // The one to wake now: null if a thread has the loop or is on the way to it, or if there is no need to turn it.
  Waiter* call() {
    if (taken_ || called_ != nullptr) return nullptr;
    if (closing_) return called_ = closer_;
    called_ = for_own_.first;
    if (called_ == nullptr && queued_ > 0) called_ = for_queue_.first;
    if (called_ != nullptr) {
      leave_line(*called_);
    } else if (unattended_ > 0) {
      called_ = keeper_;
    }
    return called_;
  }

  // ---- orders: what others want of the thread that turns the loop ----

  // True: the loop sleeps, and its wake descriptor is to be raised; once for each sleep.
  bool order() {
    ordered_ = true;
    return sleeps_.exchange(false, std::memory_order_relaxed);
  }
  // Before the loop sleeps. False: there are orders.
  bool rest() {
    if (take_orders()) return false;
    sleeps_.store(true, std::memory_order_relaxed);
    return true;
  }
  bool take_orders() { return std::exchange(ordered_, false); }
  // After it has slept, without the lock: an order that comes too early for it raises the descriptor in vain.
  void stir() { sleeps_.store(false, std::memory_order_relaxed); }

  // ---- flows that no call waits for, and those whose end goes to the queue ----

  void add(bool unattended, bool queued) {
    unattended_ += unattended ? 1 : 0;
    queued_ += queued ? 1 : 0;
  }
  void remove(bool unattended, bool queued) {
    unattended_ -= unattended ? 1 : 0;
    queued_ -= queued ? 1 : 0;
  }
  [[nodiscard]] size_t unattended() const { return unattended_; }
  [[nodiscard]] size_t queued() const { return queued_; }

  [[nodiscard]] bool is_closing() const { return closing_; }
  [[nodiscard]] bool is_free() const { return !taken_; }
  [[nodiscard]] const Waiter* first(bool for_queue) const { return (for_queue ? for_queue_ : for_own_).first; }
  [[nodiscard]] const Waiter* called() const { return called_; }
  [[nodiscard]] bool sleeps() const { return sleeps_.load(std::memory_order_relaxed); }
  [[nodiscard]] bool is_ordered() const { return ordered_; }

 private:
  bool answer(const Waiter& one) {
    if (called_ != &one) return false;
    called_ = nullptr;
    return true;
  }
  static void enter_line(Line& line, Waiter& one, bool in_front) {
    one.line = &line;
    one.before = in_front ? nullptr : line.last;
    one.after = in_front ? line.first : nullptr;
    (one.before == nullptr ? line.first : one.before->after) = &one;
    (one.after == nullptr ? line.last : one.after->before) = &one;
  }
  static void leave_line(Waiter& one) {
    if (one.line == nullptr) return;
    (one.before == nullptr ? one.line->first : one.before->after) = one.after;
    (one.after == nullptr ? one.line->last : one.after->before) = one.before;
    one = {};
  }

  Line for_own_;
  Line for_queue_;
  Waiter* called_ = nullptr;
  Waiter* keeper_ = nullptr;  // asleep
  Waiter* closer_ = nullptr;  // asleep
  size_t unattended_ = 0;
  size_t queued_ = 0;
  bool taken_ = false;
  bool closing_ = false;
  bool ordered_ = false;
  std::atomic<bool> sleeps_{false};
};

}  // namespace hlid
