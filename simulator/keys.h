// keys.h: the keys that the org and its apps sign with.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "simulator/certificates.h"
#include "simulator/jwt.h"
#include "simulator/simulator.h"

namespace hlid_sim {

// A key is made when it is first needed, because that takes a tenth of a second.
class Keys {
 public:
  // The key that signs now.
  std::shared_ptr<const SigningKey> signing() const;
  void rotate();  // the old keys stay published
  nlohmann::json jwks() const;
  // What an app signs with: its certificate, or a pair of the org's making. Empty where the app signs nothing.
  AppKey of_app(const App& app) const;
  // Of the bearer flows and of client authentication, for which an app may have another certificate.
  AppKey of_assertions(const App& app) const;
  // The pair that signs asset tokens, which is not published with the others.
  AppKey of_asset_tokens() const;
  // What the identity provider of the org's single sign-on signs with: the certificate of the settings, or a pair of the org's
  // making.
  AppKey of_identity_provider(const Settings& settings) const;

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::shared_ptr<const SigningKey>> signing_;  // the last one signs
  mutable std::map<std::string, AppKey> of_apps_;
  mutable AppKey of_asset_tokens_;
  mutable AppKey of_identity_provider_;
};

}  // namespace hlid_sim
