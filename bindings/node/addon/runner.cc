#include "runner.h"

#include <csignal>
#include <utility>

#include "hub.h"

namespace hlid_node {
namespace {

constexpr size_t kTakenAtOnce = 64;
constexpr int64_t kLingersMs = 1000;

}  // namespace

Runner::~Runner() {
  end();
  hlid_client_free(client_);
}

std::optional<hlid_status> Runner::start(hlid_flow* flow, uint64_t tag, hlid_error** error) {
  const std::lock_guard lock(mutex_);
  // The library says it where the client is closed.
  if (!has_ended_ && !is_running_ && !start_thread()) return std::nullopt;
  return hlid_client_start(client_, flow, tag, HLID_START_ANY, error);
}

bool Runner::start_thread() {
  // The one before it only has to return.
  if (std::exchange(is_joinable_, false)) pthread_join(thread_, nullptr);
  // The host's signal handlers must not run on a thread of ours.
  sigset_t hosts;
  sigset_t before;
  sigfillset(&hosts);
  // But for what a thread does to itself: blocked, the process would end without a word.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT, SIGPROF}) sigdelset(&hosts, signal);
  pthread_sigmask(SIG_SETMASK, &hosts, &before);
  is_running_ = is_joinable_ = pthread_create(&thread_, nullptr, run, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return is_running_;
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
  for (;;) {
    const size_t count = hlid_client_wait_any(client_, kLingersMs, taken, kTakenAtOnce);
    if (count > 0) {
      hub_.give(taken, count);
      continue;
    }
    // Nothing came for a while, or the client is closed.
    const std::lock_guard lock(mutex_);
    if (hlid_client_in_flight(client_) != 0) continue;
    is_running_ = false;
    stopped_.notify_all();
    return;
  }
}

}  // namespace hlid_node
