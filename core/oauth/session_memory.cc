#include "oauth/session_memory.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <deque>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/locked.h"
#include "crypto/digest.h"

namespace hlid {
namespace {

constexpr size_t kTokensKept = 1024;
constexpr size_t kUnsavedKept = 256;
constexpr int kSpent = 255;

}  // namespace

struct SessionMemory::Held {
  struct Sent {
    Sha256 digest{};
    int times = 0;  // 0: free
  };
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
  int64_t lifetime_ms = 0;
  std::vector<Sent> sent;  // up to kTokensKept, then in turn
  size_t next = 0;
  std::deque<std::pair<std::string, Unsaved>> unsaved;

  Sent* find(const Sha256& digest) {
    const auto found =
        std::find_if(sent.begin(), sent.end(), [&](const Sent& own) { return own.times != 0 && own.digest == digest; });
    return found == sent.end() ? nullptr : &*found;
  }
};

SessionMemory::SessionMemory() : held_(std::make_unique<Held>()) {}
SessionMemory::~SessionMemory() = default;

int64_t SessionMemory::token_lifetime_ms() const {
  const Locked lock(held_->busy);
  return held_->lifetime_ms;
}

void SessionMemory::rejected_at_age(int64_t age_ms) {
  const Locked lock(held_->busy);
  held_->lifetime_ms = std::clamp(age_ms, kTokenLifetimeFloorMs, kMaxTokenLifetimeMs);
}

void SessionMemory::outlived() {
  const Locked lock(held_->busy);
  held_->lifetime_ms = std::min(held_->lifetime_ms + held_->lifetime_ms / 10, kMaxTokenLifetimeMs);
}

bool SessionMemory::send(std::string_view refresh_token, int limit) {
  const Sha256 digest = sha256(refresh_token);
  const Locked lock(held_->busy);
  if (Held::Sent* known = held_->find(digest)) {
    if (known->times >= limit) return false;
    ++known->times;
    return true;
  }
  if (held_->sent.size() < kTokensKept) {
    held_->sent.push_back({digest, 1});
    return true;
  }
  held_->sent[held_->next] = {digest, 1};
  held_->next = (held_->next + 1) % kTokensKept;
  return true;
}

void SessionMemory::take_back(std::string_view refresh_token) {
  const Sha256 digest = sha256(refresh_token);
  const Locked lock(held_->busy);
  Held::Sent* known = held_->find(digest);
  if (known != nullptr && known->times != kSpent) --known->times;
}

void SessionMemory::spend(std::string_view refresh_token) {
  const Sha256 digest = sha256(refresh_token);
  const Locked lock(held_->busy);
  if (Held::Sent* known = held_->find(digest)) known->times = kSpent;
}

void SessionMemory::keep(std::string_view refresh_token) {
  const Sha256 digest = sha256(refresh_token);
  const Locked lock(held_->busy);
  if (Held::Sent* known = held_->find(digest)) known->times = 0;
}

void SessionMemory::put_unsaved(std::string_view in_place_of, Unsaved what) {
  const Locked lock(held_->busy);
  if (held_->unsaved.size() == kUnsavedKept) held_->unsaved.pop_front();
  held_->unsaved.emplace_back(std::string(in_place_of), std::move(what));
}

std::optional<SessionMemory::Unsaved> SessionMemory::take_unsaved(std::string_view in_place_of) {
  const Locked lock(held_->busy);
  const auto found =
      std::find_if(held_->unsaved.begin(), held_->unsaved.end(), [&](const auto& own) { return own.first == in_place_of; });
  if (found == held_->unsaved.end()) return std::nullopt;
  std::optional<Unsaved> out(std::move(found->second));
  held_->unsaved.erase(found);
  return out;
}

struct SessionCache::Held {
  mutable std::atomic_flag busy = ATOMIC_FLAG_INIT;
  Secret token;
  Times times;
  int64_t looked_ms = 0;
};

SessionCache::SessionCache() : held_(std::make_unique<Held>()) {}
SessionCache::~SessionCache() = default;

bool lasts(const SessionCache::Times& times, int64_t now_ms, int64_t min_ttl_ms) {
  if (times.ends_ms == 0) return true;
  const int64_t half = std::max<int64_t>(0, times.ends_ms - times.received_ms) / 2;
  return now_ms + std::min(min_ttl_ms, half) < times.ends_ms;
}

size_t SessionCache::copy(int64_t now_ms, int64_t min_ttl_ms, int64_t cache_ms, char* out, size_t capacity) const {
  const bool may_be_due = min_ttl_ms < 0;
  const int64_t ttl_ms = may_be_due ? -std::max(min_ttl_ms, -kMaxTokenLifetimeMs) : min_ttl_ms;
  const Locked lock(held_->busy);
  // A clock that was set back does not make it last longer.
  const bool is_recent = now_ms - held_->looked_ms < cache_ms && held_->looked_ms - now_ms < cache_ms;
  if (held_->token.empty() || !is_recent || !lasts(held_->times, now_ms, ttl_ms)) return 0;
  if (!may_be_due && is_due(held_->times, now_ms)) return 0;
  if (held_->token.size() <= capacity) std::memcpy(out, held_->token.view().data(), held_->token.size());
  return held_->token.size();
}

void SessionCache::put(std::string_view access_token, const Times& times, int64_t looked_ms) {
  Secret token(access_token);
  {
    const Locked lock(held_->busy);
    std::swap(held_->token, token);
    held_->times = times;
    held_->looked_ms = looked_ms;
  }
}

void SessionCache::drop() {
  const Locked lock(held_->busy);
  held_->token.clear();
  held_->times = Times();
}

Secret SessionCache::last(int64_t now_ms, int64_t min_ttl_ms, Times& times) const {
  const Locked lock(held_->busy);
  if (held_->token.empty() || !lasts(held_->times, now_ms, min_ttl_ms)) return {};
  times = held_->times;
  return held_->token.clone();
}

}  // namespace hlid
