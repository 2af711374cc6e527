#include "oauth/key_cache.h"

#include <atomic>
#include <utility>

#include "base/limits.h"
#include "base/locked.h"
#include "oauth/turn.h"

namespace hlid {

struct KeyCache::Held {
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  std::shared_ptr<const Jwks> keys;
  int64_t fetched_at_ms = 0;
  std::optional<int64_t> refetched_at_ms;
  FetchTurn turn;
  std::optional<Error> failure;
  int64_t failed_at_ms = 0;

  // A clock that was set back counts as one that went on: what was fetched in its future is not used for longer.
  static bool is_within(int64_t now_ms, int64_t since_ms, int64_t span_ms) {
    return now_ms - since_ms < span_ms && since_ms - now_ms < span_ms;
  }
  [[nodiscard]] bool is_current(int64_t now_ms) const {
    return keys != nullptr && is_within(now_ms, fetched_at_ms, kKeySetLifetimeMs);
  }
};

KeyCache::KeyCache() : held_(std::make_shared<Held>()) {}
KeyCache::~KeyCache() = default;

std::shared_ptr<const Jwks> KeyCache::kept(int64_t now_ms) const {
  const Locked lock(held_->busy);
  return held_->is_current(now_ms) ? held_->keys : nullptr;
}

KeyCache::Look KeyCache::take_turn(const Jwks* seen, int64_t now_ms, int64_t lease_ms, std::optional<int64_t> waiting_since_ms) {
  Look out;
  const Locked lock(held_->busy);
  const bool is_current = held_->is_current(now_ms);
  if (is_current && held_->keys.get() != seen) return out;  // one that came since the caller looked is worth another look
  if (is_current && held_->refetched_at_ms && Held::is_within(now_ms, *held_->refetched_at_ms, kKeySetIntervalMs)) {
    out.turn = Turn::too_soon;
    out.due_ms = *held_->refetched_at_ms + kKeySetIntervalMs;
  } else if (waiting_since_ms && held_->failure && *waiting_since_ms <= held_->failed_at_ms) {
    out.failure = held_->failure->clone();
  } else if (const uint64_t holder = held_->turn.take(now_ms, lease_ms); holder != 0) {
    out.turn = Turn::mine;
    // The flow may outlive the app that it was made from, and ends in its own time.
    out.lease = std::shared_ptr<void>(nullptr, [held = held_, holder](void*) {
      const Locked unlock(held->busy);
      held->turn.give_back(holder);
    });
  }
  return out;
}

void KeyCache::store(std::shared_ptr<const Jwks> keys, int64_t now_ms) {
  const Locked lock(held_->busy);
  // A set may be older at the site than the token for which it was fetched: the first time that it lacks a key it is fetched
  // again at once, and then once a minute at most.
  if (held_->is_current(now_ms)) held_->refetched_at_ms = now_ms;
  // The old set goes after the lock.
  std::swap(held_->keys, keys);
  held_->fetched_at_ms = now_ms;
  held_->failure.reset();
}

void KeyCache::fail(const Error& error, int64_t now_ms) {
  const Locked lock(held_->busy);
  held_->failure = error.clone();
  held_->failed_at_ms = now_ms;
}

}  // namespace hlid
