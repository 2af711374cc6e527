// asset_tokens.h: what asset tokens leave in the org: the Assets that they are about, and the platform events that they publish.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace hlid_sim {

class AssetTokens {
 public:
  // The Asset of that Id, or of that SerialNumber, or a new one with these fields; with its Id. Null for an Id that does not
  // exist.
  nlohmann::json link(const nlohmann::json& fields);
  // An AssetTokenEvent.
  void publish(nlohmann::json event);

  nlohmann::json describe() const;  // assets and events, oldest first

 private:
  mutable std::mutex mutex_;
  std::vector<nlohmann::json> assets_;
  std::deque<nlohmann::json> events_;
};

}  // namespace hlid_sim
