#include "hub.h"

#include <utility>

#include "client.h"
#include "flow.h"
#include "runner.h"

namespace hlid_node {
namespace {

// Promises resolved in one turn of the event loop; more wait for the next, so that a burst of a thousand logins
// does not hold up the host's timers and sockets.
constexpr size_t kMostPerTurn = 64;

}  // namespace

Hub::~Hub() { shut_down(); }

bool Hub::start() {
  if (to_loop_ != nullptr) return true;
  if (ended_) return false;
  napi_value name = nullptr;
  if (napi_create_string_utf8(env_, "headlessid", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_threadsafe_function(env_, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_loop, &to_loop_) !=
          napi_ok) {
    to_loop_ = nullptr;
    return false;
  }
  // Only flows in flight keep a process alive, not a client that rests.
  napi_unref_threadsafe_function(env_, to_loop_);
  // Hooks run last in, first out: this one, added after the thread-safe function, ends the threads before Node
  // takes that function away under them.
  napi_add_env_cleanup_hook(env_, on_env_end, this);
  return true;
}

bool Hub::begin_open() {
  const std::lock_guard lock(mutex_);
  if (stop_) return false;
  ++opening_;
  return true;
}

bool Hub::end_open(Runner* runner) {
  bool kept = false;
  {
    const std::lock_guard lock(mutex_);
    --opening_;
    kept = runner != nullptr && !stop_;
    if (kept) runners_.push_back(runner);
  }
  opened_.notify_all();
  return kept;
}

void Hub::remove(Runner* runner) {
  const std::lock_guard lock(mutex_);
  std::erase(runners_, runner);
}

void Hub::sent(uint64_t tag, Flow* flow, Client* client, napi_deferred deferred) {
  flow->lend();
  flow->Ref();
  client->Ref();
  if (in_flight_.empty()) napi_ref_threadsafe_function(env_, to_loop_);
  in_flight_.emplace(tag, InFlight{flow, client, deferred});
}

void Hub::give(const hlid_completion* ended, size_t count) {
  {
    const std::lock_guard lock(mutex_);
    ready_.insert(ready_.end(), ended, ended + count);
    if (std::exchange(loop_called_, true)) return;
  }
  napi_call_threadsafe_function(to_loop_, nullptr, napi_tsfn_nonblocking);
}

void Hub::deliver_all() { deliver(SIZE_MAX); }

void Hub::shut_down() {
  if (std::exchange(ended_, true)) return;
  {
    std::unique_lock lock(mutex_);
    stop_ = true;
    opened_.wait(lock, [this] { return opening_ == 0; });
  }
  // Only this thread takes one out.
  for (Runner* runner : runners_) runner->end();
  // No caller is left: the promises stay as they are, and the flows go back to their objects.
  for (auto& [tag, entry] : in_flight_) entry.flow->take_back();
  in_flight_.clear();
  ready_.clear();
  runners_.clear();
  if (to_loop_ != nullptr) {
    napi_remove_env_cleanup_hook(env_, on_env_end, this);
    napi_release_threadsafe_function(std::exchange(to_loop_, nullptr), napi_tsfn_abort);
  }
}

void Hub::on_env_end(void* hub) { static_cast<Hub*>(hub)->shut_down(); }

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
