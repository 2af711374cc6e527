// outbox.h: the messages that the org has sent to people. Nothing leaves the machine: a test reads them here, or in a
// file.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

namespace hlid_sim {

struct Message {
  std::string to;       // an email address or a phone number
  std::string channel;  // "email" or "sms"
  std::string flow;     // "registration", "passwordless_login", "password_reset", "first_party_..."
  std::string username;
  std::string otp;
  std::string email_template;
  int64_t sent_ms = 0;
};

class Outbox {
 public:
  explicit Outbox(std::string file) : file_(std::move(file)) {}  // empty: no file

  void send(const Message& message);  // throws if the file cannot be written
  // The messages to one address or username, or all; the last `at_most`, oldest first.
  nlohmann::json list(const std::string& whom, size_t at_most) const;

  // Counts a request for a message; false if it is one too many within the hour. Names that do not exist are counted
  // as well, so that the response reveals nothing about them.
  bool may_ask(const std::string& name, int limit, int64_t now_ms);

 private:
  void append_locked(const std::string& line) const;

  const std::string file_;
  mutable std::mutex mutex_;
  std::deque<Message> messages_;
  std::map<std::string, std::deque<int64_t>> asked_;
};

}  // namespace hlid_sim
