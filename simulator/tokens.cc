#include "simulator/tokens.h"

#include <algorithm>

#include "simulator/crypto.h"

namespace hlid_sim {
namespace {

constexpr size_t kSweepEvery = 50'000;
constexpr size_t kMaxAges = 1'000'000;
constexpr int64_t kMinuteMs = 60'000;

int64_t code_lifetime_ms(const Directory& directory) {
  return int64_t{directory.settings().authorization_code_lifetime_s} * 1000;
}

}  // namespace

std::string Tokens::issue_code(GrantPtr grant) {
  const std::string random = base64url(random_bytes(48));
  const std::string code = "aPrx" + random.substr(0, 20) + "." + random.substr(20) + "==";
  const int64_t now = clock_.now_ms();
  const int64_t lifetime = code_lifetime_ms(directory_);
  const std::lock_guard lock(mutex_);
  sweep_locked(now, lifetime);
  codes_[sha256(code)] = Code{std::move(grant), now, false};
  return code;
}

FoundGrant Tokens::redeem_code(const std::string& code, const std::string& client_id) {
  const int64_t now = clock_.now_ms();
  const int64_t lifetime = code_lifetime_ms(directory_);
  const Digest digest = sha256(code);
  const std::lock_guard lock(mutex_);
  const auto found = codes_.find(digest);
  if (found == codes_.end()) return {};
  Code& record = found->second;
  if (record.grant->client_id != client_id) return {Lookup::other_client, nullptr};
  if (record.used) {
    record.grant->revoked = true;
    return {Lookup::used, nullptr};
  }
  record.used = true;
  if (now >= record.issued_ms + lifetime) return {Lookup::expired, nullptr};
  return {Lookup::ok, record.grant};
}

void Tokens::remember_access_token(const std::string& token, AccessToken record) {
  Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  access_tokens_.insert_or_assign(std::move(digest), std::move(record));
}

std::optional<AccessToken> Tokens::find_access_token(const std::string& token) const {
  const int64_t now = clock_.now_ms();
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  const auto found = access_tokens_.find(digest);
  if (found == access_tokens_.end() || found->second.grant->revoked || now >= found->second.expires_ms) return std::nullopt;
  return found->second;
}

std::string Tokens::issue_refresh_token(GrantPtr grant) {
  std::string token = "5Aep861" + base64url(random_bytes(48));
  const int64_t now = clock_.now_ms();
  const std::lock_guard lock(mutex_);
  refresh_tokens_[sha256(token)] = Refresh{std::move(grant), now, false, false};
  return token;
}

FoundGrant Tokens::begin_refresh(const std::string& token, const std::string& client_id) {
  const int64_t now = clock_.now_ms();
  const int64_t lifetime = directory_.settings().refresh_token_lifetime_min * kMinuteMs;
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  const auto found = refresh_tokens_.find(digest);
  if (found == refresh_tokens_.end()) return {};
  Refresh& record = found->second;
  if (record.grant->client_id != client_id) return {Lookup::other_client, nullptr};
  if (record.retired) {
    if (!record.grant->revoked.exchange(true)) ++families_ended_;
    return {Lookup::used, nullptr};
  }
  if (record.grant->revoked || (lifetime > 0 && now >= record.issued_ms + lifetime)) return {Lookup::expired, nullptr};
  if (record.in_use) {
    ++refreshes_in_use_;
    return {Lookup::in_use, nullptr};
  }
  record.in_use = true;
  return {Lookup::ok, record.grant};
}

void Tokens::finish_refresh(const std::string& token, bool done, bool retire) {
  const int64_t now = clock_.now_ms();
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  const auto found = refresh_tokens_.find(digest);
  if (found == refresh_tokens_.end()) return;
  if (done && refreshed_at_age_ms_.size() < kMaxAges) refreshed_at_age_ms_.push_back(now - found->second.issued_ms);
  found->second.in_use = false;
  found->second.retired = found->second.retired || retire;
}

json Tokens::refreshes() const {
  const std::lock_guard lock(mutex_);
  return {{"done", refreshed_at_age_ms_.size()},
          {"ages_ms", refreshed_at_age_ms_},
          {"in_use", refreshes_in_use_},
          {"families_ended", families_ended_}};
}

GrantPtr Tokens::find_refresh_token(const std::string& token) const {
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  const auto found = refresh_tokens_.find(digest);
  if (found == refresh_tokens_.end() || found->second.retired || found->second.grant->revoked) return nullptr;
  return found->second.grant;
}

bool Tokens::has_refresh_token(const std::string& client_id, const std::string& username) const {
  const std::lock_guard lock(mutex_);
  return std::any_of(refresh_tokens_.begin(), refresh_tokens_.end(), [&](const auto& item) {
    const Refresh& each = item.second;
    return !each.retired && !each.grant->revoked && each.grant->client_id == client_id && each.grant->username == username;
  });
}

bool Tokens::revoke_access_token(const std::string& token) {
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  return access_tokens_.erase(digest) != 0;
}

bool Tokens::revoke_refresh_token(const std::string& token) {
  const GrantPtr grant = find_refresh_token(token);
  return grant && !grant->revoked.exchange(true);
}

// Without this a bench of millions of logins would keep every token it ever made.
void Tokens::sweep_locked(int64_t now, int64_t code_lifetime_ms) {
  if (codes_.size() + access_tokens_.size() < sweep_at_ + kSweepEvery) return;
  std::erase_if(codes_, [&](const auto& item) { return now >= item.second.issued_ms + 2 * code_lifetime_ms; });
  std::erase_if(access_tokens_, [&](const auto& item) { return item.second.grant->revoked || now >= item.second.expires_ms; });
  std::erase_if(refresh_tokens_, [](const auto& item) { return item.second.grant->revoked.load(); });
  sweep_at_ = codes_.size() + access_tokens_.size();
}

}  // namespace hlid_sim
