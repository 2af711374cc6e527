#include "oauth/app.h"

#include <algorithm>

#include "base/text.h"
#include "base/version.h"
#include "codec/url.h"
#include "crypto/start.h"
#include "oauth/setting_values.h"

namespace hlid {

App::App() : user_agent(join({"headlessid/", kVersion})) {
  // Nothing of ours uses OpenSSL before there is one: a setting that is a key is read into one, too.
  start_crypto();
}

Result<std::shared_ptr<const App>> App::create(const Settings& settings) {
  auto app = std::make_shared<App>();
  for (const Settings::Held& setting : settings.held()) {
    if (auto taken = setting.row->take(*app, setting.row->spec, setting.value.view()); !taken) return std::move(taken).error();
    app->given_.push_back(&setting.row->spec);
  }
  for (const ValueSpec& spec : app_settings()) {
    if (spec.required && !app->has(spec.name)) return Error::argument(spec.name, "is missing");
  }
  if (auto good = app->check_together(); !good) return std::move(good).error();
  return std::shared_ptr<const App>(std::move(app));
}

Result<std::shared_ptr<const App>> App::create(std::span<const NamedValue> values) {
  Settings settings;
  for (const NamedValue& value : values) {
    if (auto set = settings.set(value.name, value.value); !set) return std::move(set).error();
  }
  return create(settings);
}

bool App::has(std::string_view setting) const {
  return std::any_of(given_.begin(), given_.end(), [&](const ValueSpec* spec) { return setting == spec->name; });
}

HostKind App::host_kind() const {
  const auto url = parse_url(site);
  return url ? host_kind_of(url->host) : HostKind::site;
}

Result<void> App::check_needs(std::string_view flow, std::span<const std::string_view> settings) const {
  for (const std::string_view setting : settings) {
    if (has(setting)) continue;
    if (setting == "client_secret" && client_auth == ClientAuth::private_key_jwt) {
      return Error::argument("token_endpoint_auth_method", join({"cannot be private_key_jwt for ", flow,
                                                                 ", which needs the client_secret: Salesforce accepts no signed "
                                                                 "assertion in its place"}));
    }
    return Error::argument(setting, join({"is required by ", flow}));
  }
  return {};
}

Result<void> App::check_host(std::span<const HostKind> kinds) const {
  const HostKind kind = host_kind();
  if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) return {};
  // A simulated org on this machine stands for every kind of host.
  if (const auto url = parse_url(site); url && is_loopback(url->host)) return {};
  return Error::argument("site", why_wrong_host(kind, kinds));
}

Result<void> App::check_integration() const {
  const bool secret = !integration.client_secret.empty();
  const bool key = integration.key.has_value();
  const bool any = secret || key || !integration.username.empty() || !integration.site.empty() || !integration.audience.empty();
  if (any && !integration.exists())
    return Error::argument("integration_client_id", "is required with the other integration settings");
  if (!integration.exists()) return {};
  if (secret == key) return Error::argument("integration_client_secret", "or integration_key must be given, but not both");
  if (key && integration.username.empty()) return Error::argument("integration_username", "is required with integration_key");
  if (!key && !integration.username.empty()) return Error::argument("integration_username", "requires integration_key");
  return {};
}

Result<void> App::check_together() {
  if (auto good = check_scheme(*this, "site", site); !good) return good;
  if (auto good = check_scheme(*this, "integration_site", integration.site); !good) return good;
  if (auto good = check_integration(); !good) return good;
  if (client_auth == ClientAuth::private_key_jwt) {
    if (!private_key) return Error::argument("private_key", "is required by token_endpoint_auth_method private_key_jwt");
    if (!client_secret.empty())
      return Error::argument("client_secret", "cannot be combined with token_endpoint_auth_method private_key_jwt");
    return {};
  }
  if (!has("token_endpoint_auth_method")) client_auth = client_secret.empty() ? ClientAuth::none : ClientAuth::secret_post;
  if (client_auth != ClientAuth::none && client_secret.empty()) {
    return Error::argument("client_secret", "is required by token_endpoint_auth_method");
  }
  if (client_auth == ClientAuth::none && session_introspection) {
    return Error::argument("session_introspection", "requires a client_secret: a public client cannot introspect tokens");
  }
  if (client_auth == ClientAuth::none && !client_secret.empty()) {
    return Error::argument("token_endpoint_auth_method", "cannot be none together with a client_secret");
  }
  if (client_auth == ClientAuth::secret_basic && client_id.find(':') != std::string::npos) {
    return Error::argument("client_id", "has a colon, which client_secret_basic cannot transport (RFC 7617)");
  }
  return {};
}

void App::earn_repeat() const {
  int credit = repeat_credit_.load(std::memory_order_relaxed);
  while (credit < kRepeatCredit && !repeat_credit_.compare_exchange_weak(credit, credit + 1, std::memory_order_relaxed)) {
  }
}

bool App::spend_repeat() const {
  int credit = repeat_credit_.load(std::memory_order_relaxed);
  while (credit >= kRepeatCost) {
    if (repeat_credit_.compare_exchange_weak(credit, credit - kRepeatCost, std::memory_order_relaxed)) return true;
  }
  return false;
}

}  // namespace hlid
