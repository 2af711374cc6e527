// verifications.h: one-time codes that were sent to people, and what happens when one is returned.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "simulator/simulator.h"

namespace hlid_sim {

// A registration or a passwordless login between INIT and authorize.
struct Verification {
  std::string purpose;  // the Auth-Request-Type that may redeem it, or that of a first-party flow
  std::string method;   // "email" or "sms"
  std::string about;    // the name in the request, whether it exists or not
  User person;          // the user who signs in; for a registration, the user to create
  std::string otp;      // empty: no user was found, and no code is ever right
};

class Verifications {
 public:
  // Returns its identifier.
  std::string begin(Verification verification, const Settings& settings, int64_t now_ms);
  // Absent if the identifier is unknown, expired, used, out of attempts, or of another purpose or method, or the code is
  // wrong: the response to all of these is the same. The right code works once.
  std::optional<Verification> finish(const std::string& identifier, const std::string& purpose, const std::string& method,
                                     const std::string& otp, const Settings& settings, int64_t now_ms);

 private:
  struct Pending {
    Verification verification;
    int64_t began_ms = 0;
    int failures = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Pending> pending_;         // by identifier
  std::unordered_map<std::string, std::string> identifier_;  // the last one, by purpose and name
};

// Password resets between their two steps, by the name in the request. A name that does not exist is treated the same,
// so that no response tells them apart.
class PasswordResets {
 public:
  enum class Outcome { right, wrong, start_again };

  void begin(const std::string& name, std::string username, std::string otp, const Settings& settings, int64_t now_ms);
  // With `right`, `username` is set; the code stays valid until end(), because the policy may refuse the password.
  Outcome check(const std::string& name, const std::string& otp, const Settings& settings, int64_t now_ms, std::string& username);
  void end(const std::string& name);

 private:
  struct Pending {
    std::string username;
    std::string otp;  // empty: never right
    int64_t began_ms = 0;
    int failures = 0;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Pending> pending_;
};

std::string make_digits(int length);   // for registration and passwordless login
std::string make_letters(int length);  // for a password reset: capitals and digits that are not mistaken for others

}  // namespace hlid_sim
