#include "simulator/org.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace hlid_sim {

Org::Org(Options options, std::string origin)
    : origin_(std::move(origin)),
      prefix_(options.path_prefix),
      site_(origin_ + prefix_),
      initial_(std::move(options)),
      state_(std::make_shared<State>(initial_)) {}

std::shared_ptr<State> Org::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

std::string Org::with_site(std::string uri) const {
  constexpr std::string_view mark = "{site}";
  if (uri.starts_with(mark)) uri.replace(0, mark.size(), site_);
  return uri;
}

std::string Org::community_url() const { return settings().token_host == "any" ? site_ : origin_ + twin_prefix(); }

bool Org::is_registered(const App& app, const std::string& redirect_uri) const {
  return std::any_of(app.redirect_uris.begin(), app.redirect_uris.end(),
                     [&](const std::string& registered) { return with_site(registered) == redirect_uri; });
}

std::shared_ptr<const User> Org::sign_in(const std::string& username, const std::string& password) {
  const auto current = state();
  current->watch.count_use("passwords", username + ":" + password);
  return current->directory.sign_in(username, password);
}

json Org::seen() const {
  const auto current = state();
  json out = current->watch.seen();
  out["sign_ins"] = current->directory.sign_ins();
  out["refreshes"] = current->tokens.refreshes();
  return out;
}

json Org::describe() const {
  const auto current = state();
  json out = current->directory.describe();
  out["site"] = site_;
  out["origin"] = origin_;
  out["now_ms"] = current->clock.now_ms();
  out["time_offset_ms"] = current->clock.offset_ms();
  out["faults"] = current->watch.faults();
  return out;
}

void Org::wait_ms(int64_t delay) {
  std::unique_lock lock(mutex_);
  stopping_.wait_for(lock, std::chrono::milliseconds(delay), [this] { return stopped_; });
}

void Org::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  stopping_.notify_all();
}

void Org::reset() {
  auto fresh = std::make_shared<State>(initial_);
  const std::lock_guard lock(mutex_);
  state_ = std::move(fresh);
}

}  // namespace hlid_sim
