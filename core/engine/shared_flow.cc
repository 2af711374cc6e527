#include "engine/shared_flow.h"

namespace hlid {

Error SharedFlow::busy() { return Error::state("busy", "the flow is in use by another call or by a client"); }
Error SharedFlow::cancelled() { return Error::state("cancelled", "the flow was cancelled"); }

bool SharedFlow::try_enter() {
  uint32_t seen = word_.load(std::memory_order_relaxed);
  do {
    if ((seen & (kInside | kLent | kFreed)) != 0) return false;
  } while (!word_.compare_exchange_weak(seen, (seen | kInside) + kUser, std::memory_order_acquire, std::memory_order_relaxed));
  if ((seen & kCancelled) != 0) flow.end(cancelled());
  return true;
}

void SharedFlow::enter() {
  uint32_t seen = word_.fetch_add(kUser, std::memory_order_relaxed) + kUser;
  for (;;) {
    if ((seen & kInside) != 0) {
      word_.wait(seen, std::memory_order_relaxed);
      seen = word_.load(std::memory_order_relaxed);
    } else if (word_.compare_exchange_weak(seen, seen | kInside, std::memory_order_acquire, std::memory_order_relaxed)) {
      return;
    }
  }
}

bool SharedFlow::leave() {
  const auto is_last = [](uint32_t word) { return word / kUser == 0 && (word & (kFreed | kLent)) == kFreed; };
  uint32_t left = word_.load(std::memory_order_relaxed);
  bool out = false;
  // Alone, as nearly always: both at once.
  while (!out && left / kUser == 1) {
    uint32_t seen = left;
    left = (seen & ~kInside) - kUser;
    out = word_.compare_exchange_weak(seen, left, std::memory_order_acq_rel, std::memory_order_relaxed);
    if (!out) left = seen;
  }
  if (!out) {
    // Others wait. As long as this call counts as a user the flow stays, so that they can be woken.
    word_.fetch_and(~kInside, std::memory_order_release);
    word_.notify_all();
    left = word_.fetch_sub(kUser, std::memory_order_acq_rel) - kUser;
  }
  if (!is_last(left)) return false;
  delete this;
  return true;
}

void SharedFlow::hurry() {
  word_.fetch_or(kCancelled, std::memory_order_relaxed);
  if (run_) run_->hurry();
}

Result<void> SharedFlow::cancel() {
  enter();
  const bool late = has_ended() || has(kFreed);
  if (!late) {
    hurry();
    flow.give_turn_back();
  }
  leave();
  return late ? Result<void>(Error::state("ended", "the flow had ended")) : Result<void>();
}

void SharedFlow::free() {
  enter();
  if (!has_ended()) hurry();
  word_.fetch_or(kFreed, std::memory_order_relaxed);
  leave();
}

void SharedFlow::lend(std::shared_ptr<Run> run, int64_t process) {
  run_ = std::move(run);
  lent_in_.store(process, std::memory_order_release);
  word_.fetch_or(kLent, std::memory_order_relaxed);
}

void SharedFlow::take_back() {
  run_.reset();
  lent_in_.store(0, std::memory_order_release);
  word_.fetch_and(~kLent, std::memory_order_relaxed);
}

}  // namespace hlid
