#include "simulator/keys.h"

namespace hlid_sim {
namespace {

constexpr size_t kMaxKeys = 8;  // older ones are no longer published

}  // namespace

std::shared_ptr<const SigningKey> Keys::signing() const {
  const std::lock_guard lock(mutex_);
  if (signing_.empty()) signing_.push_back(std::make_shared<const SigningKey>());
  return signing_.back();
}

void Keys::rotate() {
  signing();  // so that there is an old one
  auto next = std::make_shared<const SigningKey>();
  const std::lock_guard lock(mutex_);
  if (signing_.size() >= kMaxKeys) signing_.erase(signing_.begin());
  signing_.push_back(std::move(next));
}

nlohmann::json Keys::jwks() const {
  signing();
  const std::lock_guard lock(mutex_);
  auto keys = nlohmann::json::array();
  for (const auto& key : signing_) keys.push_back(key->jwk());
  return {{"keys", keys}};
}

AppKey Keys::of_app(const App& app) const {
  if (!app.client_assertion_certificate.empty()) return {"", app.client_assertion_certificate};
  if (!app.is_first_party_app_enabled && !app.is_jwt_bearer_enabled) return {};
  const std::lock_guard lock(mutex_);
  const auto found = of_apps_.find(app.client_id);
  if (found != of_apps_.end()) return found->second;
  return of_apps_[app.client_id] = make_app_key(app.client_id);
}

AppKey Keys::of_assertions(const App& app) const { return app.certificate.empty() ? of_app(app) : AppKey{"", app.certificate}; }

AppKey Keys::of_asset_tokens() const {
  const std::lock_guard lock(mutex_);
  if (of_asset_tokens_.private_pem.empty()) of_asset_tokens_ = make_app_key("Asset Tokens");
  return of_asset_tokens_;
}

AppKey Keys::of_identity_provider(const Settings& settings) const {
  if (!settings.saml_validation_cert.empty()) return {"", settings.saml_validation_cert};
  const std::lock_guard lock(mutex_);
  if (of_identity_provider_.private_pem.empty()) of_identity_provider_ = make_app_key("Identity Provider");
  return of_identity_provider_;
}

}  // namespace hlid_sim
