#include "simulator/org.h"

#include <chrono>
#include <stdexcept>

#include "simulator/crypto.h"
#include "simulator/options.h"

namespace hlid_sim {
namespace {

constexpr size_t kSweepEvery = 50'000;
constexpr size_t kMaxUses = 1'000'000;  // values of one kind whose uses are counted
constexpr size_t kMaxCartItems = 1'000;
constexpr size_t kMaxFaults = 1'000;
constexpr size_t kMaxKeys = 8;  // older ones are no longer published

int64_t system_now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

constexpr int64_t minutes(int64_t count) { return count * 60'000; }

}  // namespace

Org::Org(Options options, std::string origin)
    : origin_(std::move(origin)),
      prefix_(options.path_prefix),
      site_(origin_ + prefix_),
      initial_(std::move(options)),
      outbox_(initial_.outbox_file) {
  const std::lock_guard lock(mutex_);
  load_locked(initial_);
}

int64_t Org::now_ms() const { return (initial_.now_ms ? initial_.now_ms() : system_now_ms()) + offset_ms_; }

std::shared_ptr<const SigningKey> Org::signing_key() const {
  const std::lock_guard lock(keys_mutex_);
  if (keys_.empty()) keys_.push_back(std::make_shared<const SigningKey>());
  return keys_.back();
}

void Org::rotate_signing_key() {
  signing_key();  // so that there is an old one
  auto next = std::make_shared<const SigningKey>();
  const std::lock_guard lock(keys_mutex_);
  if (keys_.size() >= kMaxKeys) keys_.erase(keys_.begin());
  keys_.push_back(std::move(next));
}

json Org::jwks() const {
  signing_key();
  const std::lock_guard lock(keys_mutex_);
  json keys = json::array();
  for (const auto& key : keys_) keys.push_back(key->jwk());
  return {{"keys", keys}};
}

AppKey Org::app_key(const App& app) const {
  if (!app.client_assertion_certificate.empty()) return {"", app.client_assertion_certificate};
  if (!app.is_first_party_app_enabled && !app.is_jwt_bearer_enabled) return {};
  const std::lock_guard lock(keys_mutex_);
  const auto found = app_keys_.find(app.client_id);
  if (found != app_keys_.end()) return found->second;
  return app_keys_[app.client_id] = make_app_key(app.client_id);
}

void Org::load_locked(const Options& options) {
  options_ = options;
  apps_.clear();
  users_.clear();
  for (const auto& app : options.apps) apps_[app.client_id] = std::make_shared<const App>(app);
  for (const auto& user : options.users) users_[user.username] = std::make_shared<const User>(user);
}

Settings Org::settings() const {
  const std::lock_guard lock(mutex_);
  return options_.settings;
}

std::shared_ptr<const App> Org::find_app(const std::string& client_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = apps_.find(client_id);
  return found == apps_.end() ? nullptr : found->second;
}

std::shared_ptr<const User> Org::find_user(const std::string& username) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(username);
  return found == users_.end() ? nullptr : found->second;
}

std::vector<std::string> Org::usernames() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const auto& user : options_.users) names.push_back(user.username);
  return names;
}

std::shared_ptr<const User> Org::discover(const std::string& hint) const {
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

bool Org::is_locked_locked(const User& user, int64_t now) const {
  const auto record = sign_ins_.find(user.username);
  return user.locked || (record != sign_ins_.end() && now < record->second.locked_until_ms);
}

bool Org::may_sign_in(const User& user) const {
  const int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  return user.active && !user.api_only && !is_locked_locked(user, now);
}

std::shared_ptr<const User> Org::create_user(User user) {
  complete(user);
  auto made = std::make_shared<const User>(std::move(user));
  const std::lock_guard lock(mutex_);
  if (!users_.emplace(made->username, made).second) return nullptr;
  options_.users.push_back(*made);
  return made;
}

void Org::set_password(const std::string& username, const std::string& password) {
  const std::lock_guard lock(mutex_);
  for (auto& user : options_.users) {
    if (user.username != username) continue;
    user.password = password;
    users_[username] = std::make_shared<const User>(user);
  }
  sign_ins_[username].in_a_row = 0;
  sign_ins_[username].locked_until_ms = 0;
}

bool Org::is_registered(const App& app, const std::string& redirect_uri) const {
  constexpr std::string_view mark = "{site}";
  for (std::string registered : app.redirect_uris) {
    if (registered.starts_with(mark)) registered.replace(0, mark.size(), site_);
    if (registered == redirect_uri) return true;
  }
  return false;
}

std::shared_ptr<const User> Org::sign_in(const std::string& username, const std::string& password) {
  count_use("passwords", username + ":" + password);
  const int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(username);
  // Attempts on unknown names are counted together, so that they cannot fill the memory.
  SignIns& record = sign_ins_[found == users_.end() ? "(unknown)" : username];
  ++record.attempts;
  const bool locked = found != users_.end() && is_locked_locked(*found->second, now);
  // Whoever registered without a password can sign in with a code only.
  if (found != users_.end() && !locked && found->second->active && !found->second->api_only && !found->second->password.empty() &&
      found->second->password == password) {
    record.in_a_row = 0;
    return found->second;
  }
  ++record.failures;
  const int max = options_.settings.max_login_attempts;
  if (found != users_.end() && !locked && max > 0 && ++record.in_a_row >= max) {
    record.in_a_row = 0;
    record.locked_until_ms = now + minutes(options_.settings.lockout_min);
  }
  return nullptr;
}

std::string Org::issue_code(GrantPtr grant) {
  const std::string random = base64url(random_bytes(48));
  const std::string code = "aPrx" + random.substr(0, 20) + "." + random.substr(20) + "==";
  const int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  sweep_locked(now);
  codes_[sha256(code)] = Code{std::move(grant), now, false};
  return code;
}

CodeResult Org::redeem_code(const std::string& code, const std::string& client_id) {
  const int64_t now = now_ms();
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
  if (now >= record.issued_ms + int64_t{options_.settings.authorization_code_lifetime_s} * 1000)
    return {Lookup::expired, nullptr};
  return {Lookup::ok, record.grant};
}

void Org::remember_access_token(const std::string& token, AccessToken record) {
  Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  access_tokens_.insert_or_assign(std::move(digest), std::move(record));
}

std::optional<AccessToken> Org::find_access_token(const std::string& token) const {
  const int64_t now = now_ms();
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  const auto found = access_tokens_.find(digest);
  if (found == access_tokens_.end() || found->second.grant->revoked || now >= found->second.expires_ms) return std::nullopt;
  return found->second;
}

std::string Org::issue_refresh_token(GrantPtr grant) {
  std::string token = "5Aep861" + base64url(random_bytes(48));
  const int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  refresh_tokens_[sha256(token)] = Refresh{std::move(grant), now, false, false};
  return token;
}

RefreshResult Org::begin_refresh(const std::string& token, const std::string& client_id) {
  const int64_t now = now_ms();
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  const auto found = refresh_tokens_.find(digest);
  if (found == refresh_tokens_.end()) return {};
  Refresh& record = found->second;
  if (record.grant->client_id != client_id) return {Lookup::other_client, nullptr};
  if (record.retired) {
    record.grant->revoked = true;
    return {Lookup::used, nullptr};
  }
  const int lifetime = options_.settings.refresh_token_lifetime_min;
  if (record.grant->revoked || (lifetime > 0 && now >= record.issued_ms + minutes(lifetime))) return {Lookup::expired, nullptr};
  if (record.in_use) return {Lookup::in_use, nullptr};
  record.in_use = true;
  return {Lookup::ok, record.grant};
}

void Org::finish_refresh(const std::string& token, bool retire) {
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  const auto found = refresh_tokens_.find(digest);
  if (found == refresh_tokens_.end()) return;
  found->second.in_use = false;
  found->second.retired = found->second.retired || retire;
}

GrantPtr Org::find_refresh_token(const std::string& token) const {
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  const auto found = refresh_tokens_.find(digest);
  if (found == refresh_tokens_.end() || found->second.retired || found->second.grant->revoked) return nullptr;
  return found->second.grant;
}

bool Org::revoke_access_token(const std::string& token) {
  const Digest digest = sha256(token);
  const std::lock_guard lock(mutex_);
  return access_tokens_.erase(digest) != 0;
}

bool Org::revoke_refresh_token(const std::string& token) {
  const GrantPtr grant = find_refresh_token(token);
  return grant && !grant->revoked.exchange(true);
}

// Without this a bench of millions of logins would keep every token it ever made.
void Org::sweep_locked(int64_t now) {
  if (codes_.size() + access_tokens_.size() < sweep_at_ + kSweepEvery) return;
  const int64_t code_life = int64_t{options_.settings.authorization_code_lifetime_s} * 1000;
  std::erase_if(codes_, [&](const auto& item) { return now >= item.second.issued_ms + 2 * code_life; });
  std::erase_if(access_tokens_, [&](const auto& item) { return item.second.grant->revoked || now >= item.second.expires_ms; });
  std::erase_if(refresh_tokens_, [](const auto& item) { return item.second.grant->revoked.load(); });
  sweep_at_ = codes_.size() + access_tokens_.size();
}

json Org::cart(const std::string& owner) const {
  const std::lock_guard lock(mutex_);
  const auto found = carts_.find(owner);
  return found == carts_.end() ? json::array() : json(found->second);
}

json Org::add_to_cart(const std::string& owner, const std::vector<json>& items) {
  const std::lock_guard lock(mutex_);
  auto& cart = carts_[owner];
  if (cart.size() + items.size() > kMaxCartItems) refuse("invalid_request", "the cart is full");
  cart.insert(cart.end(), items.begin(), items.end());
  return cart;
}

void Org::count_request(const std::string& endpoint, const Request& request) {
  bool cookie = false;
  for (const auto& header : request.headers) cookie = cookie || header.first == "cookie";
  const std::lock_guard lock(mutex_);
  ++requests_[endpoint];
  if (cookie) ++requests_with_cookies_;
}

void Org::count_use(const char* kind, const std::string& value) {
  Digest digest = sha256(value);
  const std::lock_guard lock(mutex_);
  auto& counts = uses_[kind];
  const auto found = counts.find(digest);
  if (found != counts.end())
    ++found->second;
  else if (counts.size() < kMaxUses)
    counts.emplace(std::move(digest), 1);
}

bool Org::spend(const char* kind, const std::string& value) {
  const std::lock_guard lock(mutex_);
  return spent_[kind].insert(sha256(value)).second;
}

json Org::seen() const {
  const std::lock_guard lock(mutex_);
  json sign_ins = json::object();
  for (const auto& [username, record] : sign_ins_)
    sign_ins[username] = {{"attempts", record.attempts}, {"failures", record.failures}};
  json out = {{"requests", requests_},
              {"requests_with_cookies", requests_with_cookies_},
              {"sign_ins", sign_ins},
              {"codes", json::object()},
              {"code_verifiers", json::object()},
              {"refresh_tokens", json::object()},
              {"identifiers", json::object()},
              {"otps", json::object()},
              {"passwords", json::object()},
              {"recaptcha_tokens", json::object()},
              {"auth_sessions", json::object()},
              {"assertion_ids", json::object()},
              {"frontdoor_otps", json::object()}};
  for (const auto& [kind, counts] : uses_) {
    for (const auto& [digest, count] : counts) out[kind][hex(digest)] = count;
  }
  return out;
}

int64_t Org::uses_of(const std::string& sha256_raw) const {
  const std::lock_guard lock(mutex_);
  int64_t sum = 0;
  for (const auto& [kind, counts] : uses_) {
    const auto found = counts.find(sha256_raw);
    if (found != counts.end()) sum += found->second;
  }
  return sum;
}

json Org::state() const {
  const int64_t now = now_ms();
  const std::lock_guard lock(mutex_);
  json apps = json::array();
  json users = json::array();
  for (const auto& [client_id, app] : apps_) apps.push_back(app_to_json(*app));
  for (const auto& [username, user] : users_) users.push_back(user_to_json(*user));
  return {{"site", site_},
          {"origin", origin_},
          {"apps", apps},
          {"users", users},
          {"now_ms", now},
          {"time_offset_ms", offset_ms_.load()},
          {"faults", faults_.size()},
          {"settings", settings_to_json(options_.settings)}};
}

void Org::change(const json& patch) {
  const std::lock_guard lock(mutex_);
  Options changed = options_;
  apply_patch(changed, patch, PatchScope::running);
  load_locked(changed);
}

void Org::add_fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  if (faults_.size() >= kMaxFaults) throw std::runtime_error("too many faults are waiting");
  faults_.push_back(std::move(fault));
}

std::optional<Fault> Org::take_fault(const std::string& endpoint) {
  const std::lock_guard lock(mutex_);
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->endpoint != endpoint && fault->endpoint != "*") continue;
    Fault taken = *fault;
    if (--fault->times <= 0) faults_.erase(fault);
    return taken;
  }
  return std::nullopt;
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
  const std::lock_guard lock(mutex_);
  load_locked(initial_);
  offset_ms_ = 0;
  codes_.clear();
  access_tokens_.clear();
  refresh_tokens_.clear();
  sweep_at_ = 0;
  carts_.clear();
  faults_.clear();
  requests_.clear();
  requests_with_cookies_ = 0;
  sign_ins_.clear();
  uses_.clear();
  spent_.clear();
  outbox_.clear();
  verifications_.clear();
  password_resets_.clear();
  challenges_.clear();
  doors_.clear();
}

}  // namespace hlid_sim
