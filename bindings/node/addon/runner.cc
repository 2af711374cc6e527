#include "runner.h"

#include <csignal>
#include <utility>

#include "hub.h"

namespace hlid_node {
namespace {

constexpr size_t kTakenAtOnce = 64;
constexpr int64_t kLingersMs = 1000;
// A flow that was begun may not have been started in the end.
constexpr int64_t kLooksAgainMs = 10'000;

}  // namespace

Runner::~Runner() {
  end();
  hlid_client_free(client_);
}

bool Runner::begin() {
  const std::lock_guard lock(mutex_);
  // The start that follows says that the client is closed.
  if (!has_ended_ && !is_running_ && !start_thread()) return false;
  ++flows_;
  return true;
}

bool Runner::start_thread() {
  // The one before it only has to return.
  if (std::exchange(is_joinable_, false)) pthread_join(thread_, nullptr);
  // The host's signal handlers must not run on a thread of ours.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  is_running_ = is_joinable_ = pthread_create(&thread_, nullptr, run, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return is_running_;
}

void Runner::withdraw() {
  const std::lock_guard lock(mutex_);
  --flows_;
}

void Runner::end() {
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
  }
  hlid_client_close(client_);
  std::unique_lock lock(mutex_);
  stopped_.wait(lock, [this] { return !is_running_; });
  if (std::exchange(is_joinable_, false)) pthread_join(thread_, nullptr);
}

void* Runner::run(void* runner) {
#if defined(__linux__)
  pthread_setname_np(pthread_self(), "headlessid-node");
#endif
  static_cast<Runner*>(runner)->work();
  return nullptr;
}

void Runner::work() {
  hlid_completion taken[kTakenAtOnce];
  for (size_t count = 0;;) {
    bool is_idle = false;
    {
      const std::lock_guard lock(mutex_);
      flows_ -= count;
      is_idle = flows_ == 0;
    }
    count = hlid_client_wait_any(client_, is_idle ? kLingersMs : kLooksAgainMs, taken, kTakenAtOnce);
    if (count > 0) {
      hub_.give(taken, count);
      continue;
    }
    // Nothing came for a while, or the client is closed.
    const std::lock_guard lock(mutex_);
    if (flows_ != 0) continue;
    is_running_ = false;
    stopped_.notify_all();
    return;
  }
}

}  // namespace hlid_node
