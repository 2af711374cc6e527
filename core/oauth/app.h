// The settings of one client at one Experience Cloud site, checked once.
#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "oauth/description.h"

namespace hlid {

// In the order of the C struct. One row a setting: name, what it takes, what it is for.
std::span<const ValueSpec> app_settings();

struct NamedValue {
  std::string_view name;
  std::string_view value;
};

enum class ClientAuth { none, secret_post, secret_basic };

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
  Result<void> check_together(bool auth_method_given);
  bool allow_http_loopback_ = false;
  mutable std::atomic<int> repeat_credit_{kRepeatCredit};
};

}  // namespace hlid
