// watch.h: what a test can learn about the requests that have arrived, and the faults that it has injected.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "simulator/wire.h"

namespace hlid_sim {

// A kind of value that may be used once. A name that is not in the list does not compile, so that seen() can show every
// kind from the start.
class UseKind {
 public:
  static constexpr std::string_view kAll[] = {"actor_tokens",  "assertion_ids",  "auth_sessions",    "code_verifiers",
                                              "codes",         "device_codes",   "frontdoor_otps",   "identifiers",
                                              "otps",          "passwords",      "recaptcha_tokens", "refresh_tokens",
                                              "registrations", "request_tokens", "subject_tokens"};

  consteval UseKind(const char* name) : name_(name) {  // NOLINT: implicit, so that calls name the kind in place
    if (std::find(std::begin(kAll), std::end(kAll), name_) == std::end(kAll)) throw "not a kind of kAll";
  }
  std::string name() const { return std::string(name_); }

 private:
  std::string_view name_;
};

// What to send instead of the true response, for the next `times` requests to an endpoint.
struct Fault {
  std::string endpoint;  // "*": any
  int status = 0;        // 0: the endpoint's own response, only late
  std::string body;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  int64_t times = 1;
  int64_t delay_ms = 0;
  bool drop = false;  // do what was asked, but close the connection without a response
};

class Watch {
 public:
  void count_request(const std::string& endpoint, const Request& request);
  void count_use(UseKind kind, const std::string& value);
  bool spend(UseKind kind, const std::string& value);  // true for the first time only

  json seen() const;  // requests, and the uses of each value by kind and SHA-256
  int64_t uses_of(const std::string& sha256_raw) const;

  void add_fault(Fault fault);
  std::optional<Fault> take_fault(const std::string& endpoint);
  size_t faults() const;

 private:
  using Digest = std::string;

  mutable std::mutex mutex_;
  std::deque<Fault> faults_;
  std::map<std::string, int64_t> requests_;
  int64_t requests_with_cookies_ = 0;
  std::map<std::string, std::unordered_map<Digest, int64_t>> uses_;  // by kind
  std::map<std::string, std::unordered_set<Digest>> spent_;
};

}  // namespace hlid_sim
