// device.h: the device codes that the org has issued, from the request for one until it becomes tokens.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace hlid_sim {

struct DeviceCode {
  enum class Verdict { pending, approved, denied, used };
  std::string client_id;
  std::vector<std::string> scopes;
  std::string user_code;
  std::string username;  // who approved
  Verdict verdict = Verdict::pending;
  int64_t expires_ms = 0;
  int64_t interval_ms = 0;      // grows with each slow_down
  int64_t next_poll_at_ms = 0;  // the earliest that is not too fast
};

class DeviceCodes {
 public:
  // The device code.
  std::string add(DeviceCode code, int64_t now_ms);
  // What the device asks for: a copy as it was, and whether the poll came too early. A poll of an approved code that is in time
  // uses it up.
  struct Poll {
    DeviceCode code;
    bool too_fast = false;
  };
  std::optional<Poll> poll(const std::string& device_code, const std::string& client_id, bool enforce_interval, int64_t now_ms);
  // The code that a person types, in any case, with or without hyphens and spaces; absent if it is unknown, expired or decided.
  std::optional<DeviceCode> find(const std::string& user_code, int64_t now_ms) const;
  // False where find() finds nothing.
  bool decide(const std::string& user_code, bool approve, const std::string& username, int64_t now_ms);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, DeviceCode> codes_;          // by the SHA-256 of the device code
  std::unordered_map<std::string, std::string> by_user_code_;  // to the key of codes_
};

}  // namespace hlid_sim
