// A flow that several threads may reach: one call at a time is inside, or a client runs it, and any thread may cancel and free
// it meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/flow.h"

namespace hlid {

// Every thread between an enter and its leave counts as a user, so that a flow that is freed while it is in use is deleted by
// the last of them.
class SharedFlow {
 public:
  // What a client keeps of a flow that it runs.
  class Run {
   public:
    virtual ~Run() = default;
    // Has the client end the flow soon. Called on any thread, with the flow entered.
    virtual void hurry() = 0;
  };

  SharedFlow(std::shared_ptr<const App> app, const FlowSpec& spec) : flow(std::move(app), spec) {}
  virtual ~SharedFlow() = default;
  SharedFlow(const SharedFlow&) = delete;
  SharedFlow& operator=(const SharedFlow&) = delete;

  Flow flow;

  // ---- any thread ----

  // The next one who enters ends the flow as cancelled: what a thread reads of it at this time stays as it is. STATE, reason
  // "ended", if it has ended.
  Result<void> cancel();
  // Deletes the flow; one that is in use is cancelled, and deleted when the call or the client lets go.
  void free();
  // A call or a client is inside.
  [[nodiscard]] bool is_entered() const { return has(kInside); }

  // ---- a call that needs the flow to itself ----

  // False if another call is inside, or a client runs the flow. A flow that was cancelled has ended afterwards.
  [[nodiscard]] bool try_enter();
  // True: it had been freed, and is gone now.
  bool leave();

  // ---- a client ----

  // Waits for the call that is inside, which never takes long.
  void enter();
  [[nodiscard]] bool is_cancelled() const { return has(kCancelled); }
  // With the flow entered. `process`: where the client is.
  void lend(std::shared_ptr<Run> run, int64_t process);
  void take_back();
  // The process whose client runs the flow; 0: none does.
  [[nodiscard]] int64_t lent_in() const { return lent_in_.load(std::memory_order_acquire); }

  static Error busy();
  static Error cancelled();

 private:
  static constexpr uint32_t kInside = 1;
  static constexpr uint32_t kLent = 2;
  static constexpr uint32_t kCancelled = 4;
  static constexpr uint32_t kFreed = 8;
  static constexpr uint32_t kUser = 16;  // and above: how many

  [[nodiscard]] bool has(uint32_t flag) const { return (word_.load(std::memory_order_relaxed) & flag) != 0; }
  [[nodiscard]] bool has_ended() const { return flow.error() != nullptr || flow.result() != nullptr; }
  void hurry();

  std::atomic<uint32_t> word_{0};
  std::atomic<int64_t> lent_in_{0};
  std::shared_ptr<Run> run_;
};

}  // namespace hlid
