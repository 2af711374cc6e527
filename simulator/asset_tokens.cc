#include "simulator/asset_tokens.h"

#include <algorithm>
#include <cstdio>

namespace hlid_sim {
namespace {

constexpr size_t kMaxEvents = 10'000;

std::string new_id(size_t number) {
  char id[19];
  std::snprintf(id, sizeof id, "02iEx%010zuAAA", number);
  return id;
}

}  // namespace

nlohmann::json AssetTokens::link(const nlohmann::json& fields) {
  const std::lock_guard lock(mutex_);
  for (const char* name : {"Id", "SerialNumber"}) {
    const nlohmann::json wanted = fields.value(name, nlohmann::json());
    if (wanted.is_null()) continue;
    const auto found = std::find_if(assets_.begin(), assets_.end(),
                                    [&](const nlohmann::json& asset) { return asset.value(name, nlohmann::json()) == wanted; });
    if (found != assets_.end()) return *found;
    if (std::string(name) == "Id") return nullptr;
  }
  nlohmann::json asset = fields;
  asset["Id"] = new_id(assets_.size() + 1);
  assets_.push_back(asset);
  return asset;
}

void AssetTokens::publish(nlohmann::json event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
  if (events_.size() > kMaxEvents) events_.pop_front();
}

nlohmann::json AssetTokens::describe() const {
  const std::lock_guard lock(mutex_);
  return {{"assets", assets_}, {"events", events_}};
}

}  // namespace hlid_sim
