#include "simulator/outbox.h"

#include <algorithm>
#include <stdexcept>

#include <fcntl.h>
#include <unistd.h>

namespace hlid_sim {
namespace {

using json = nlohmann::json;

constexpr size_t kMaxMessages = 10'000;  // older ones are dropped, so that a bench of millions fits
constexpr size_t kMaxNames = 100'000;
constexpr int64_t kHourMs = 3'600'000;

json to_json(const Message& message) {
  return {{"to", message.to},   {"channel", message.channel},         {"flow", message.flow},      {"username", message.username},
          {"otp", message.otp}, {"template", message.email_template}, {"sent_ms", message.sent_ms}};
}

}  // namespace

void Outbox::send(const Message& message) {
  const std::lock_guard lock(mutex_);
  if (!file_.empty()) append_locked(to_json(message).dump() + "\n");
  messages_.push_back(message);
  if (messages_.size() > kMaxMessages) messages_.pop_front();
}

// One write for a line, so that a reader that follows the file never reads half of one.
void Outbox::append_locked(const std::string& line) const {
  const int file = open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const bool good = file >= 0 && write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (file >= 0) close(file);
  if (!good) throw std::runtime_error("the outbox file cannot be written");
}

json Outbox::list(const std::string& whom, size_t at_most) const {
  const std::lock_guard lock(mutex_);
  std::vector<json> found;
  for (auto each = messages_.rbegin(); each != messages_.rend() && found.size() < at_most; ++each) {
    if (whom.empty() || each->to == whom || each->username == whom) found.push_back(to_json(*each));
  }
  std::reverse(found.begin(), found.end());
  return found;
}

bool Outbox::may_ask(const std::string& name, int limit, int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (asked_.size() > kMaxNames) std::erase_if(asked_, [&](const auto& item) { return item.second.back() + kHourMs <= now_ms; });
  auto& times = asked_[name];
  while (!times.empty() && times.front() + kHourMs <= now_ms) times.pop_front();
  if (times.size() >= static_cast<size_t>(limit)) return false;
  times.push_back(now_ms);
  return true;
}

}  // namespace hlid_sim
