#include "simulator/directory.h"

#include <algorithm>
#include <utility>

#include "simulator/options.h"
#include "simulator/wire.h"

namespace hlid_sim {
namespace {

constexpr int64_t kMinuteMs = 60'000;

}  // namespace

Directory::Directory(const Options& options, const Clock& clock) : clock_(clock) {
  const std::lock_guard lock(mutex_);
  load_locked(options);
}

void Directory::load_locked(Options options) {
  options_ = std::move(options);
  apps_.clear();
  users_.clear();
  for (const auto& app : options_.apps) apps_[app.client_id] = std::make_shared<const App>(app);
  for (const auto& user : options_.users) users_[user.username] = std::make_shared<const User>(user);
}

Settings Directory::settings() const {
  const std::lock_guard lock(mutex_);
  return options_.settings;
}

std::shared_ptr<const App> Directory::find_app(const std::string& client_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = apps_.find(client_id);
  return found == apps_.end() ? nullptr : found->second;
}

std::shared_ptr<const User> Directory::find_user(const std::string& username) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(username);
  return found == users_.end() ? nullptr : found->second;
}

std::vector<std::string> Directory::usernames() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& user : options_.users) names.push_back(user.username);
  return names;
}

std::shared_ptr<const User> Directory::discover(const std::string& hint) const {
  const auto bare = [](std::string text) {
    std::erase(text, ' ');
    return text;
  };
  const std::string phone = bare(hint);
  const std::lock_guard lock(mutex_);
  std::shared_ptr<const User> found;
  for (const auto& [username, user] : users_) {
    const bool matches =
        user->email == hint || contains(user->hints, hint) || (!user->phone.empty() && bare(user->phone) == phone);
    if (!matches) continue;
    if (found) return nullptr;
    found = user;
  }
  return found;
}

bool Directory::is_locked_locked(const User& user, int64_t now) const {
  const auto record = sign_ins_.find(user.username);
  return user.locked || (record != sign_ins_.end() && now < record->second.locked_until_ms);
}

bool Directory::may_sign_in(const User& user) const {
  const int64_t now = clock_.now_ms();
  const std::lock_guard lock(mutex_);
  return user.active && !user.api_only && !is_locked_locked(user, now);
}

std::shared_ptr<const App> Directory::app_of_initial_access_token(const std::string& token) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [client_id, app] : apps_) {
    if (!token.empty() && app->initial_access_token == token) return app;
  }
  return nullptr;
}

void Directory::create_app(App app) {
  const std::lock_guard lock(mutex_);
  apps_[app.client_id] = std::make_shared<const App>(app);
  options_.apps.push_back(std::move(app));
}

int Directory::registered_apps() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(
      std::count_if(options_.apps.begin(), options_.apps.end(), [](const App& app) { return !app.registered_by.empty(); }));
}

std::shared_ptr<const User> Directory::create_user(User user) {
  complete(user);
  auto made = std::make_shared<const User>(std::move(user));
  const std::lock_guard lock(mutex_);
  if (!users_.emplace(made->username, made).second) return nullptr;
  options_.users.push_back(*made);
  return made;
}

void Directory::set_password(const std::string& username, const std::string& password) {
  const std::lock_guard lock(mutex_);
  for (auto& user : options_.users) {
    if (user.username != username) continue;
    user.password = password;
    users_[username] = std::make_shared<const User>(user);
  }
  sign_ins_[username].in_a_row = 0;
  sign_ins_[username].locked_until_ms = 0;
}

std::shared_ptr<const User> Directory::sign_in(const std::string& username, const std::string& password, bool at_api) {
  const int64_t now = clock_.now_ms();
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(username);
  // Attempts on unknown names are counted together, so that they cannot fill the memory.
  SignIns& record = sign_ins_[found == users_.end() ? "(unknown)" : username];
  ++record.attempts;
  const bool locked = found != users_.end() && is_locked_locked(*found->second, now);
  // A user who registered without a password can sign in with a code only.
  if (found != users_.end() && !locked && found->second->active && (at_api || !found->second->api_only) &&
      !found->second->password.empty() && found->second->password == password) {
    record.in_a_row = 0;
    return found->second;
  }
  ++record.failures;
  const int max = options_.settings.max_login_attempts;
  if (found != users_.end() && !locked && max > 0 && ++record.in_a_row >= max) {
    record.in_a_row = 0;
    record.locked_until_ms = now + options_.settings.lockout_min * kMinuteMs;
  }
  return nullptr;
}

json Directory::sign_ins() const {
  const std::lock_guard lock(mutex_);
  json out = json::object();
  for (const auto& [username, record] : sign_ins_) out[username] = {{"attempts", record.attempts}, {"failures", record.failures}};
  return out;
}

json Directory::describe() const {
  const std::lock_guard lock(mutex_);
  json apps = json::array();
  json users = json::array();
  for (const auto& [client_id, app] : apps_) apps.push_back(app_to_json(*app));
  for (const auto& [username, user] : users_) users.push_back(user_to_json(*user));
  return {{"apps", apps}, {"users", users}, {"settings", settings_to_json(options_.settings)}};
}

void Directory::change(const json& patch) {
  const std::lock_guard lock(mutex_);
  Options changed = options_;
  apply_patch(changed, patch, PatchScope::running);
  load_locked(std::move(changed));
}

}  // namespace hlid_sim
