// The settings of one client at one Experience Cloud site, checked once.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/rsa_key.h"
#include "oauth/description.h"
#include "oauth/integration.h"

namespace hlid {

// In the order of the C struct. One row a setting: name, what it takes, what it is for.
std::span<const ValueSpec> app_settings();

struct NamedValue {
  std::string_view name;
  std::string_view value;
};

enum class ClientAuth { none, secret_post, secret_basic, private_key_jwt };

// Read-only once made, and shared by every flow, on any thread.
class App {
 public:
  // ARGUMENT names the setting that is wrong, missing, unknown or given twice.
  static Result<std::shared_ptr<const App>> create(std::span<const NamedValue> settings);

  std::string site;    // without a slash at the end
  std::string origin;  // "https://acme.my.site.com"
  std::string client_id;
  std::string redirect_uri;
  std::string scope;
  Secret client_secret;
  ClientAuth client_auth = ClientAuth::none;
  bool credentials_in_header = false;
  bool url_safe_basic = false;
  bool follow_community_url = false;
  bool guest_uvid_in_body = false;
  bool uvid_scheme_word = false;
  bool send_code_challenge_method = false;
  bool verify_jwt = false;
  // An API key for something in between may be among them.
  std::vector<std::pair<std::string, Secret>> extra_headers;
  std::vector<std::pair<std::string, Secret>> extra_parameters;
  std::string user_agent;
  std::string jwks;
  std::string jwks_path;
  int64_t timeout_ms = kDefaultTimeoutMs;
  // How the client proves what it is: first-party flows, private_key_jwt.
  std::optional<RsaKey> attestation_key;
  bool host_signs = false;
  std::string attestation_audience;  // empty: the site
  std::string attestation_subject;   // empty: client_id
  int64_t attestation_lifetime_s = kDefaultAssertionLifetimeS;
  bool first_party_redirect_uri = false;
  bool first_party_response_type = false;
  // Keys of 32 bytes by their ids. The first seals, every one opens.
  std::vector<std::pair<std::string, Secret>> seal_keys;
  int64_t seal_lifetime_s = kDefaultSealLifetimeS;
  // The integration user whose token guards init and forgot password on some sites.
  IntegrationSource integration;
  std::unique_ptr<IntegrationToken> integration_token = std::make_unique<IntegrationToken>();
  // For core/net.
  bool http_1_only = false;
  bool proxy_from_environment = false;
  Secret proxy;
  std::string ca_file;
  int64_t max_connections = kDefaultMaxConnections;

  // The budget for repetitions: a first try earns a little, a repetition takes ten times that.
  void earn_repeat() const;
  [[nodiscard]] bool spend_repeat() const;

 private:
  Result<void> take(std::string_view name, std::string_view value);
  Result<void> take_site(std::string_view value);
  Result<void> take_seal_keys(std::string_view value);
  Result<void> take_integration(std::string_view name, std::string_view value);
  Result<void> check_integration() const;
  Result<void> check_together(bool auth_method_given);
  bool allow_http_loopback_ = false;
  mutable std::atomic<int> repeat_credit_{kRepeatCredit};
};

}  // namespace hlid
