#include "simulator/watch.h"

#include <stdexcept>

#include "simulator/crypto.h"

namespace hlid_sim {
namespace {

constexpr size_t kMaxUses = 1'000'000;  // values of one kind whose uses are counted
constexpr size_t kMaxFaults = 1'000;

}  // namespace

void Watch::count_request(const std::string& endpoint, const Request& request) {
  bool cookie = false;
  for (const auto& header : request.headers) cookie = cookie || header.first == "cookie";
  const std::lock_guard lock(mutex_);
  ++requests_[endpoint];
  if (cookie) ++requests_with_cookies_;
}

void Watch::count_use(UseKind kind, const std::string& value) {
  Digest digest = sha256(value);
  const std::lock_guard lock(mutex_);
  auto& counts = uses_[kind.name()];
  const auto found = counts.find(digest);
  if (found != counts.end())
    ++found->second;
  else if (counts.size() < kMaxUses)
    counts.emplace(std::move(digest), 1);
}

bool Watch::spend(UseKind kind, const std::string& value) {
  const std::lock_guard lock(mutex_);
  return spent_[kind.name()].insert(sha256(value)).second;
}

json Watch::seen() const {
  const std::lock_guard lock(mutex_);
  json out = {{"requests", requests_}, {"requests_with_cookies", requests_with_cookies_}};
  for (const auto kind : UseKind::kAll) out[std::string(kind)] = json::object();
  for (const auto& [kind, counts] : uses_) {
    for (const auto& [digest, count] : counts) out[kind][hex(digest)] = count;
  }
  return out;
}

int64_t Watch::uses_of(const std::string& sha256_raw) const {
  const std::lock_guard lock(mutex_);
  int64_t sum = 0;
  for (const auto& [kind, counts] : uses_) {
    const auto found = counts.find(sha256_raw);
    if (found != counts.end()) sum += found->second;
  }
  return sum;
}

void Watch::add_fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  if (faults_.size() >= kMaxFaults) throw std::runtime_error("too many faults are waiting");
  faults_.push_back(std::move(fault));
}

std::optional<Fault> Watch::take_fault(const std::string& endpoint) {
  const std::lock_guard lock(mutex_);
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->endpoint != endpoint && fault->endpoint != "*") continue;
    Fault taken = *fault;
    if (--fault->times <= 0) faults_.erase(fault);
    return taken;
  }
  return std::nullopt;
}

size_t Watch::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_.size();
}

}  // namespace hlid_sim
