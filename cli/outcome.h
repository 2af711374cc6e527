// outcome.h: how a command ends: what went wrong, and the exit status that says so.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace hlid_cli {

// The exit statuses, part of the command's interface. 128 + the signal's number: interrupted (130 for Ctrl-C).
enum Exit : int { kDone = 0, kRefused = 1, kWrongUse = 2, kNoResponse = 3, kBrokenResponse = 4, kWrongState = 5 };

// An error of the library, copied, or one of our own in the same words. Holds no secret.
struct Failure {
  std::string kind;  // "ARGUMENT", "STATE", "TRANSPORT", "PROTOCOL", "REFUSED"
  std::string advice;
  std::string reason;
  std::string message;
  std::string hint;
  std::string field;
  std::string server_code;
  std::string server_text;
  int32_t http_status = 0;
  bool outcome_unknown = false;
  int64_t retry_after_ms = -1;
  std::optional<int> exit_status{};  // where the command has a reason for another one than the kind's
};

int exit_status_of(const Failure& failure);

// The command was used in a way that it cannot work. Never holds a value that was given, only names.
class UsageError : public std::runtime_error {
 public:
  explicit UsageError(const std::string& message, std::string hint = {}, std::string field = {})
      : std::runtime_error(message), hint_(std::move(hint)), field_(std::move(field)) {}
  const std::string& hint() const { return hint_; }
  const std::string& field() const { return field_; }

 private:
  std::string hint_;
  std::string field_;
};

Failure failure_of(const UsageError& error);

// A signal asked us to end.
struct Interrupted {
  int signal;
};

// Standard output accepts nothing any more.
class OutputError : public std::runtime_error {
 public:
  OutputError(const std::string& message, bool reader_gone) : std::runtime_error(message), reader_gone_(reader_gone) {}
  bool reader_gone() const { return reader_gone_; }

 private:
  bool reader_gone_;
};

}  // namespace hlid_cli
