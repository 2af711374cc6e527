// A heap of due times with removable entries: most deadlines are met and never fire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hlid {

// Base of what has a timer; only Timers writes these members.
struct Timed {
  static constexpr size_t kNone = static_cast<size_t>(-1);
  int64_t due_ms = 0;  // by the steady clock
  size_t timer_index = kNone;
};

class Timers {
 public:
  void set(Timed& timed, int64_t due_ms) {
    if (timed.timer_index == Timed::kNone) {
      timed.timer_index = heap_.size();
      heap_.push_back(&timed);
    }
    timed.due_ms = due_ms;
    down(up(timed.timer_index));
  }

  void clear(Timed& timed) {
    const size_t index = timed.timer_index;
    if (index == Timed::kNone) return;
    timed.timer_index = Timed::kNone;
    Timed* last = heap_.back();
    heap_.pop_back();
    if (last == &timed) return;
    put(index, last);
    down(up(index));
  }

  // The earliest; null if there is none.
  [[nodiscard]] Timed* first() const { return heap_.empty() ? nullptr : heap_.front(); }

 private:
  void put(size_t index, Timed* timed) {
    heap_[index] = timed;
    timed->timer_index = index;
  }

  size_t up(size_t index) {
    Timed* moved = heap_[index];
    while (index > 0) {
      const size_t parent = (index - 1) / 2;
      if (heap_[parent]->due_ms <= moved->due_ms) break;
      put(index, heap_[parent]);
      index = parent;
    }
    put(index, moved);
    return index;
  }

  void down(size_t index) {
    Timed* moved = heap_[index];
    for (size_t child = 2 * index + 1; child < heap_.size(); child = 2 * index + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1]->due_ms < heap_[child]->due_ms) ++child;
      if (moved->due_ms <= heap_[child]->due_ms) break;
      put(index, heap_[child]);
      index = child;
    }
    put(index, moved);
  }

  std::vector<Timed*> heap_;
};

}  // namespace hlid
