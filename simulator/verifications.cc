#include "simulator/verifications.h"

#include <string_view>

#include "simulator/crypto.h"

namespace hlid_sim {
namespace {

constexpr size_t kSweepAbove = 50'000;
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLetters = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string pick(std::string_view from, size_t length) {
  std::string out;
  // The slight preference for the first characters does no harm here.
  for (const char c : random_bytes(length)) out += from[static_cast<unsigned char>(c) % from.size()];
  return out;
}

int64_t lifetime_ms(const Settings& settings) { return int64_t{settings.otp_lifetime_s} * 1000; }

std::string name_of(const Verification& verification) { return verification.purpose + "\n" + verification.about; }

}  // namespace

std::string make_digits(int length) { return pick(kDigits, static_cast<size_t>(length)); }
std::string make_letters(int length) { return pick(kLetters, static_cast<size_t>(length)); }

std::string Verifications::begin(Verification verification, const Settings& settings, int64_t now_ms) {
  std::string identifier = "MFFx" + pick(kAlphabet, 16);
  const std::lock_guard lock(mutex_);
  if (pending_.size() > kSweepAbove) {
    std::erase_if(pending_, [&](const auto& item) { return item.second.began_ms + lifetime_ms(settings) <= now_ms; });
    std::erase_if(identifier_, [&](const auto& item) { return !pending_.contains(item.second); });
  }
  std::string& last = identifier_[name_of(verification)];
  if (settings.is_older_otp_replaced) pending_.erase(last);
  last = identifier;
  pending_[identifier] = {std::move(verification), now_ms, 0};
  return identifier;
}

std::optional<Verification> Verifications::finish(const std::string& identifier, const std::string& purpose,
                                                  const std::string& method, const std::string& otp, const Settings& settings,
                                                  int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const auto found = pending_.find(identifier);
  if (found == pending_.end()) return std::nullopt;
  Pending& pending = found->second;
  if (now_ms >= pending.began_ms + lifetime_ms(settings) || pending.failures >= settings.max_otp_attempts) return std::nullopt;
  Verification& verification = pending.verification;
  if (verification.purpose != purpose || verification.method != method || verification.otp.empty() || verification.otp != otp) {
    ++pending.failures;
    return std::nullopt;
  }
  Verification done = std::move(verification);
  pending_.erase(found);
  return done;
}

void PasswordResets::begin(const std::string& name, std::string username, std::string otp, const Settings& settings,
                           int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (pending_.size() > kSweepAbove)
    std::erase_if(pending_, [&](const auto& item) { return item.second.began_ms + lifetime_ms(settings) <= now_ms; });
  pending_[name] = {std::move(username), std::move(otp), now_ms, 0};
}

PasswordResets::Outcome PasswordResets::check(const std::string& name, const std::string& otp, const Settings& settings,
                                              int64_t now_ms, std::string& username) {
  const std::lock_guard lock(mutex_);
  const auto found = pending_.find(name);
  if (found == pending_.end()) return Outcome::start_again;
  Pending& pending = found->second;
  if (now_ms >= pending.began_ms + lifetime_ms(settings) || pending.failures >= settings.max_password_reset_attempts)
    return Outcome::start_again;
  if (pending.otp.empty() || pending.otp != otp) {
    ++pending.failures;
    return Outcome::wrong;
  }
  username = pending.username;
  return Outcome::right;
}

void PasswordResets::end(const std::string& name) {
  const std::lock_guard lock(mutex_);
  pending_.erase(name);
}

}  // namespace hlid_sim
