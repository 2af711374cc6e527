// directory.h: what an admin has set up: the settings, the apps and the users; and how often each user tried to sign in.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "simulator/clock.h"
#include "simulator/simulator.h"

namespace hlid_sim {

class Directory {
 public:
  Directory(const Options& options, const Clock& clock);

  Settings settings() const;
  std::shared_ptr<const App> find_app(const std::string& client_id) const;
  std::shared_ptr<const User> find_user(const std::string& username) const;
  std::vector<std::string> usernames() const;
  // The person whom a user discovery handler finds by an email address, a phone number or one of the user's hints; null
  // for no match, and for more than one.
  std::shared_ptr<const User> discover(const std::string& hint) const;
  bool may_sign_in(const User& user) const;  // active, neither locked nor locked out, not an employee
  // The app on which an admin has made this token; null for any other text.
  std::shared_ptr<const App> app_of_initial_access_token(const std::string& token) const;
  void create_app(App app);
  int registered_apps() const;
  std::shared_ptr<const User> create_user(User user);                           // null if the username exists already
  void set_password(const std::string& username, const std::string& password);  // ends a lockout too

  // The user, or null: a wrong password and an unknown, inactive or locked user cannot be told apart. Counts failures.
  // Users for the API only sign in where `at_api`.
  std::shared_ptr<const User> sign_in(const std::string& username, const std::string& password, bool at_api = false);
  nlohmann::json sign_ins() const;  // attempts and failures by username

  nlohmann::json describe() const;  // apps, users and settings, without secrets
  void change(const nlohmann::json& patch);

 private:
  struct SignIns {
    int64_t attempts = 0;
    int64_t failures = 0;
    int in_a_row = 0;
    int64_t locked_until_ms = 0;
  };

  void load_locked(Options options);
  bool is_locked_locked(const User& user, int64_t now) const;

  const Clock& clock_;
  mutable std::mutex mutex_;
  Options options_;
  std::map<std::string, std::shared_ptr<const App>> apps_;
  std::map<std::string, std::shared_ptr<const User>> users_;
  std::map<std::string, SignIns> sign_ins_;
};

}  // namespace hlid_sim
