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
#include "crypto/sealed.h"
#include "jose/jwt.h"
#include "oauth/description.h"
#include "oauth/integration.h"
#include "oauth/key_cache.h"
#include "oauth/session_memory.h"
#include "oauth/settings.h"
#include "oauth/site_address.h"

namespace hlid {

// Where a site has its key set.
inline constexpr char kDefaultJwksPath[] = "/id/keys";

// How far an ID token is checked before a flow is DONE. The order is that of the setting's choices.
enum class IdTokenCheck { claims, signature, none };

enum class ClientAuth { none, secret_post, secret_basic, private_key_jwt };

// Read-only once made, and shared by every flow, on any thread.
class App {
 public:
  // ARGUMENT names the setting that is missing, or does not fit the others.
  static Result<std::shared_ptr<const App>> create(const Settings& settings);
  // The same from values that have not been checked: also for a name or a value that is wrong.
  static Result<std::shared_ptr<const App>> create(std::span<const NamedValue> values);
  // With every default, for create() and to check single values with.
  App();

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
  std::optional<bool> send_code_challenge_method{};  // not set: in browsers, where RFC 7636 takes its absence for `plain`
  bool verify_jwt = false;
  IdTokenCheck verify_id_token = IdTokenCheck::claims;
  bool verify_signature = true;
  // An API key for something in between may be among them.
  std::vector<std::pair<std::string, Secret>> extra_headers;
  std::vector<std::pair<std::string, Secret>> extra_parameters;
  std::string user_agent;
  std::shared_ptr<const Jwks> jwks;  // of the settings: nothing is fetched then
  std::unique_ptr<KeyCache> key_cache = std::make_unique<KeyCache>();
  std::string jwks_path = kDefaultJwksPath;
  // With which its flows read responses and tokens.
  std::unique_ptr<JwtMemory> reading = std::make_unique<JwtMemory>();
  int64_t timeout_ms = kDefaultTimeoutMs;
  // How the client proves what it is: first-party flows, private_key_jwt.
  std::optional<RsaKey> private_key;
  bool host_signs = false;
  std::string attestation_audience;  // empty: the site, or for private_key_jwt its token endpoint
  std::string attestation_subject;   // empty: client_id
  int64_t assertion_lifetime_s = kDefaultAssertionLifetimeS;
  bool first_party_redirect_uri = false;
  bool first_party_response_type = false;
  SealKeys seal_keys;
  int64_t seal_lifetime_s = kDefaultSealLifetimeS;
  // Sessions in a store of the host's.
  SealKeys session_keys;
  bool retry_lost_refresh = false;
  bool session_introspection = false;
  int64_t session_cache_ms = kDefaultSessionCacheMs;
  int64_t session_lifetime_s = kDefaultSessionLifetimeS;
  std::unique_ptr<SessionMemory> session_memory = std::make_unique<SessionMemory>();
  // The integration user whose token guards init and forgot password on some sites.
  IntegrationSource integration;
  std::unique_ptr<IntegrationToken> integration_token = std::make_unique<IntegrationToken>();
  // For core/net.
  bool http_1_only = false;
  bool proxy_from_environment = false;
  Secret proxy;
  std::string ca_file;
  int64_t max_connections = kDefaultMaxConnections;
  int64_t request_interval_ms = 0;
  // http:// for loopback hosts, for tests.
  bool allow_http_loopback = false;

  // What kind of host `site` names.
  [[nodiscard]] HostKind host_kind() const;
  // What a flow needs: ARGUMENT names the setting that was not given, or says why `site` will not do.
  [[nodiscard]] Result<void> check_needs(std::string_view flow, std::span<const std::string_view> settings) const;
  [[nodiscard]] Result<void> check_host(std::span<const HostKind> kinds) const;

  // The budget for repetitions: a first try earns a little, a repetition takes ten times that.
  void earn_repeat() const;
  [[nodiscard]] bool spend_repeat() const;

 private:
  [[nodiscard]] bool has(std::string_view setting) const;
  Result<void> check_integration() const;
  Result<void> check_together();
  std::vector<const ValueSpec*> given_;
  mutable std::atomic<int> repeat_credit_{kRepeatCredit};
};

}  // namespace hlid
