// one_time.h: what the org keeps under a value that is valid once and for a limited time: the auth_session of
// first-party flows, the frontdoor_uri of single access.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "simulator/crypto.h"

namespace hlid_sim {

template <typename Value>
class OneTime {
 public:
  std::string put(Value value, int64_t now_ms, int64_t lifetime_ms) {
    std::string name = base64url(random_bytes(48));
    const std::lock_guard lock(mutex_);
    if (items_.size() >= kSweepAbove) std::erase_if(items_, [&](const auto& item) { return item.second.until_ms <= now_ms; });
    items_[sha256(name)] = {std::move(value), now_ms + lifetime_ms};
    return name;
  }

  // Absent if the name is unknown, has expired, or was used before.
  std::optional<Value> take(const std::string& name, int64_t now_ms) {
    const std::lock_guard lock(mutex_);
    const auto found = items_.find(sha256(name));
    if (found == items_.end()) return std::nullopt;
    Item item = std::move(found->second);
    items_.erase(found);
    if (item.until_ms <= now_ms) return std::nullopt;
    return std::move(item.value);
  }

 private:
  static constexpr size_t kSweepAbove = 50'000;
  struct Item {
    Value value;
    int64_t until_ms = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Item> items_;
};

}  // namespace hlid_sim
