#include "hub.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "client.h"
#include "flow.h"

namespace hlid_node {
namespace {

// Promises resolved in one turn of the event loop; more wait for the next, so that a burst of a thousand logins
// does not hold up the host's timers and sockets.
constexpr size_t kMostPerTurn = 64;
constexpr size_t kTakenAtOnce = 64;

bool make_pipe(int& read_end, int& write_end) {
  int ends[2] = {-1, -1};
#if defined(__linux__)
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return false;
#else
  if (pipe(ends) != 0) return false;
  for (int end : ends) {
    fcntl(end, F_SETFD, FD_CLOEXEC);
    fcntl(end, F_SETFL, O_NONBLOCK);
  }
#endif
  read_end = ends[0];
  write_end = ends[1];
  return true;
}

}  // namespace

Hub::~Hub() { shut_down(); }

bool Hub::start() {
  if (running_) return true;
  if (ended_ || !make_pipe(wake_read_, wake_write_)) return false;

  napi_value name = nullptr;
  if (napi_create_string_utf8(env_, "headlessid", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_loop, &to_loop_) !=
          napi_ok) {
    close(std::exchange(wake_read_, -1));
    close(std::exchange(wake_write_, -1));
    return false;
  }
  // Only flows in flight keep a process alive, not a client that rests.
  napi_unref_threadsafe_function(env_, to_loop_);
  // Hooks run last in, first out: this one, added after the thread-safe function, joins the thread before Node
  // takes that function away under it.
  napi_add_env_cleanup_hook(env_, on_env_end, this);

  // The host's signal handlers must not run on a thread of ours.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  running_ = pthread_create(&thread_, nullptr, run, this) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!running_) shut_down();
  return running_;
}

bool Hub::begin_open() {
  const std::lock_guard lock(mutex_);
  if (stop_) return false;
  ++opening_;
  return true;
}

bool Hub::end_open(hlid_client* client) {
  bool watched = false;
  {
    const std::lock_guard lock(mutex_);
    --opening_;
    watched = client != nullptr && !stop_;
    if (watched) {
      clients_.push_back(client);
      wake();
    }
  }
  opened_.notify_all();
  return watched;
}

void Hub::remove(hlid_client* client) {
  const std::lock_guard lock(mutex_);
  std::erase(clients_, client);
  if (running_) wake();
}

void Hub::sent(uint64_t tag, Flow* flow, Client* client, napi_deferred deferred) {
  flow->lend();
  flow->Ref();
  client->Ref();
  if (in_flight_.empty()) napi_ref_threadsafe_function(env_, to_loop_);
  in_flight_.emplace(tag, InFlight{flow, client, deferred});
}

void Hub::drain(hlid_client* client) {
  {
    const std::lock_guard lock(mutex_);
    (void)take(client);
  }
  deliver(SIZE_MAX);
}

void Hub::shut_down() {
  if (std::exchange(ended_, true)) return;
  {
    std::unique_lock lock(mutex_);
    stop_ = true;
    opened_.wait(lock, [this] { return opening_ == 0; });
  }
  if (running_) {
    wake();
    pthread_join(thread_, nullptr);
    running_ = false;
  }
  for (hlid_client* client : clients_) {
    hlid_client_close(client);
    (void)take(client);
  }
  // No caller is left: the promises stay as they are, and the flows go back to their objects.
  for (auto& [tag, entry] : in_flight_) entry.flow->take_back();
  in_flight_.clear();
  ready_.clear();
  clients_.clear();
  if (to_loop_ != nullptr) {
    napi_remove_env_cleanup_hook(env_, on_env_end, this);
    napi_release_threadsafe_function(std::exchange(to_loop_, nullptr), napi_tsfn_abort);
  }
  if (wake_read_ >= 0) close(std::exchange(wake_read_, -1));
  if (wake_write_ >= 0) close(std::exchange(wake_write_, -1));
}

void Hub::on_env_end(void* hub) { static_cast<Hub*>(hub)->shut_down(); }

void* Hub::run(void* hub) {
#if defined(__linux__)
  pthread_setname_np(pthread_self(), "headlessid-node");
#endif
  static_cast<Hub*>(hub)->watch();
  return nullptr;
}

void Hub::watch() {
  std::vector<pollfd> polled;
  for (;;) {
    polled.assign(1, pollfd{wake_read_, POLLIN, 0});
    {
      const std::lock_guard lock(mutex_);
      if (stop_) return;
      for (const hlid_client* client : clients_) polled.push_back(pollfd{hlid_client_fd(client), POLLIN, 0});
    }
    if (poll(polled.data(), static_cast<nfds_t>(polled.size()), -1) < 0) continue;  // EINTR
    if (polled[0].revents != 0) {
      char bytes[64];
      while (read(wake_read_, bytes, sizeof bytes) > 0) {
      }
    }
    bool call = false;
    {
      // A client leaves clients_ before it is freed, and only under this lock.
      const std::lock_guard lock(mutex_);
      if (stop_) return;
      bool any = false;
      for (hlid_client* client : clients_) any = take(client) || any;
      call = any && !std::exchange(loop_called_, loop_called_ || any);
    }
    if (call) napi_call_threadsafe_function(to_loop_, nullptr, napi_tsfn_nonblocking);
  }
}

void Hub::wake() {
  const char byte = 0;
  // A full pipe wakes as well.
  [[maybe_unused]] const ssize_t written = write(wake_write_, &byte, 1);
}

bool Hub::take(hlid_client* client) {
  bool any = false;
  hlid_completion taken[kTakenAtOnce];
  for (;;) {
    const size_t count = hlid_client_take(client, taken, kTakenAtOnce);
    ready_.insert(ready_.end(), taken, taken + count);
    any = any || count > 0;
    if (count < kTakenAtOnce) return any;
  }
}

void Hub::on_loop(napi_env env, napi_value, void* hub, void*) {
  if (env == nullptr) return;  // the environment ends; the hub may be gone
  static_cast<Hub*>(hub)->deliver(kMostPerTurn);
}

void Hub::deliver(size_t most) {
  Napi::HandleScope scope(env_);
  for (size_t done = 0; done < most; ++done) {
    hlid_completion completion;
    {
      const std::lock_guard lock(mutex_);
      if (ready_.empty()) {
        loop_called_ = false;
        return;
      }
      completion = ready_.front();
      ready_.pop_front();
    }
    const auto found = in_flight_.find(completion.tag);
    if (found == in_flight_.end()) continue;
    const InFlight entry = found->second;
    in_flight_.erase(found);
    if (in_flight_.empty()) napi_unref_threadsafe_function(env_, to_loop_);
    entry.flow->take_back();
    // In an environment that is being torn down nothing can be resolved, and no code listens.
    napi_value step = nullptr;
    if (napi_create_int32(env_, completion.step, &step) == napi_ok) napi_resolve_deferred(env_, entry.deferred, step);
    entry.flow->Unref();
    entry.client->Unref();
  }
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    more = !ready_.empty();
    loop_called_ = more;
  }
  if (more) napi_call_threadsafe_function(to_loop_, nullptr, napi_tsfn_nonblocking);
}

}  // namespace hlid_node
