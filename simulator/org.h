// org.h: the simulated org: its addresses, its keys, and its state, which can be replaced at any time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "simulator/keys.h"
#include "simulator/state.h"

namespace hlid_sim {

inline constexpr const char* kOrgId = "00DEx0000001abcEAA";
inline constexpr const char* kCommunityId = "0DBEx0000004C9zOAE";

class Org {
 public:
  Org(Options options, std::string origin);

  const std::string& site() const { return site_; }
  const std::string& origin() const { return origin_; }
  const std::string& prefix() const { return prefix_; }
  // The site as responses name it: by its twin's address where only that one exchanges codes.
  // Salesforce's second address of a site, its prefix and this word; without a prefix "/vforcesite".
  std::string twin_prefix() const { return (prefix_.empty() ? "/" : prefix_) + "vforcesite"; }
  std::string community_url() const;
  // Replaces a leading "{site}" of a registered redirect URI by the site's address.
  std::string with_site(std::string uri) const;
  bool is_registered(const App& app, const std::string& redirect_uri) const;

  Keys& keys() { return keys_; }
  const Keys& keys() const { return keys_; }

  // Parts of the state. A part lives as long as the pointer to it, so that a request that a reset overtakes ends safely.
  std::shared_ptr<Directory> directory() { return part(&State::directory); }
  std::shared_ptr<const Directory> directory() const { return part(&State::directory); }
  std::shared_ptr<Tokens> tokens() { return part(&State::tokens); }
  std::shared_ptr<const Tokens> tokens() const { return part(&State::tokens); }
  std::shared_ptr<Watch> watch() { return part(&State::watch); }
  std::shared_ptr<Outbox> outbox() { return part(&State::outbox); }
  std::shared_ptr<Verifications> verifications() { return part(&State::verifications); }
  std::shared_ptr<PasswordResets> password_resets() { return part(&State::password_resets); }
  std::shared_ptr<OneTime<AuthSession>> auth_sessions() { return part(&State::auth_sessions); }
  std::shared_ptr<OneTime<Approval>> approvals() { return part(&State::approvals); }
  std::shared_ptr<OneTime<std::string>> doors() { return part(&State::doors); }
  std::shared_ptr<Carts> carts() { return part(&State::carts); }
  std::shared_ptr<DeviceCodes> device_codes() { return part(&State::device_codes); }
  std::shared_ptr<OAuth1Tokens> oauth1() { return part(&State::oauth1); }
  std::shared_ptr<AssetTokens> asset_tokens() { return part(&State::asset_tokens); }

  Settings settings() const { return state()->directory.settings(); }
  int64_t now_ms() const { return state()->clock.now_ms(); }
  void advance_ms(int64_t by) { state()->clock.advance_ms(by); }

  // Directory::sign_in, counted.
  std::shared_ptr<const User> sign_in(const std::string& username, const std::string& password);

  json seen() const;      // what /__sim/seen shows
  json describe() const;  // what /__sim/state shows

  void wait_ms(int64_t delay);  // real time; ends early when the simulator stops
  void stop();
  void reset();  // as at start, but for the keys

 private:
  std::shared_ptr<State> state() const;
  template <typename Part>
  std::shared_ptr<Part> part(Part State::* member) const {
    const auto owner = state();
    return {owner, &((*owner).*member)};
  }

  const std::string origin_;
  const std::string prefix_;
  const std::string site_;
  const Options initial_;
  Keys keys_;

  mutable std::mutex mutex_;  // of the members below
  std::shared_ptr<State> state_;
  std::condition_variable stopping_;
  bool stopped_ = false;
};

}  // namespace hlid_sim
