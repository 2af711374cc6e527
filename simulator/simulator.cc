#include "simulator/simulator.h"

#include <mutex>
#include <optional>
#include <stdexcept>

#include "simulator/certificates.h"
#include "simulator/options.h"
#include "simulator/org.h"
#include "simulator/own_host.h"
#include "simulator/routes.h"
#include "simulator/server.h"

namespace hlid_sim {
namespace {

void check(const Options& options) {
  const std::string& prefix = options.path_prefix;
  if (!prefix.empty() && (prefix.front() != '/' || prefix.back() == '/'))
    throw std::runtime_error("the path prefix must begin with a slash and end without one, or be empty");
  const std::string& origin = options.public_origin;
  if (!origin.empty() && ((!origin.starts_with("https://") && !origin.starts_with("http://")) || origin.back() == '/'))
    throw std::runtime_error("the public origin must be http(s)://host[:port]");
}

}  // namespace

struct Simulator::Parts {
  Options options;
  std::optional<PrivateFolder> folder;
  Certificates certificates;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::mutex stopping;
  std::unique_ptr<Org> org;
  std::unique_ptr<Server> server;  // last: it goes first, and its requests use the rest
};

std::unique_ptr<Simulator> Simulator::start(Options options) {
  check(options);
  apply_patch(options, json::object(), PatchScope::before_start);  // completes the users
  auto parts = std::make_unique<Parts>();
  if (options.tls || options.public_origin.starts_with("https://")) {
    parts->certificates = make_certificates();
    parts->folder.emplace();
    parts->ca_file = parts->folder->write("ca.pem", parts->certificates.ca_pem);
    parts->certificate_file = parts->folder->write("certificate.pem", parts->certificates.leaf_pem);
    parts->key_file = parts->folder->write("key.pem", parts->certificates.key_pem);
  }
  parts->server = std::make_unique<Server>(options.port, options.tls ? &parts->certificates : nullptr);
  const std::string own = (options.tls ? "https://localhost:" : "http://localhost:") + std::to_string(parts->server->port());
  parts->org = std::make_unique<Org>(options, options.public_origin.empty() ? own : options.public_origin);
  const OwnHost own_host(parts->server->port(), options.tls, options.public_origin);
  parts->options = std::move(options);
  parts->server->serve([org = parts->org.get(), own_host](const Request& request) -> Routed {
    if (auto refusal = own_host.refusal(request)) return {std::move(*refusal), false};
    return route(*org, request);
  });
  return std::unique_ptr<Simulator>(new Simulator(std::move(parts)));
}

Simulator::Simulator(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Simulator::~Simulator() { stop(); }

const std::string& Simulator::site() const { return parts_->org->site(); }
const std::string& Simulator::origin() const { return parts_->org->origin(); }
int Simulator::port() const { return parts_->server->port(); }
const std::string& Simulator::ca_pem() const { return parts_->certificates.ca_pem; }
const std::string& Simulator::ca_file() const { return parts_->ca_file; }
const std::string& Simulator::certificate_file() const { return parts_->certificate_file; }
const std::string& Simulator::key_file() const { return parts_->key_file; }

json Simulator::description() const {
  json apps = json::array();
  for (const auto& app : parts_->options.apps) {
    json uris = json::array();
    for (const auto& uri : app.redirect_uris) uris.push_back(parts_->org->with_site(uri));
    const AppKey key = parts_->org->keys().of_app(app);
    apps.push_back({{"client_id", app.client_id},
                    {"client_secret", app.client_secret},
                    {"redirect_uri", uris.empty() ? json("") : uris.front()},
                    {"redirect_uris", uris},
                    {"scopes", app.scopes},
                    {"first_party", app.is_first_party_app_enabled},
                    {"integration", !app.client_credentials_user.empty()},
                    {"private_key", key.private_pem},
                    {"client_assertion_certificate", key.certificate_pem},
                    {"public", app.client_secret.empty()}});
  }
  json users = json::array();
  for (const auto& user : parts_->options.users) {
    users.push_back({{"username", user.username},
                     {"password", user.password},
                     {"user_id", user.user_id},
                     {"email", user.email},
                     {"phone", user.phone}});
  }
  return {{"site", site()}, {"origin", origin()}, {"ca_file", ca_file()}, {"control", origin() + "/__sim"},
          {"port", port()}, {"apps", apps},       {"users", users}};
}

json Simulator::asset_tokens() const {
  json out = parts_->org->asset_tokens()->describe();
  out["certificate"] = parts_->org->keys().of_asset_tokens().certificate_pem;
  return out;
}
json Simulator::seen() const { return parts_->org->seen(); }
json Simulator::outbox() const { return parts_->org->outbox()->list("", SIZE_MAX); }
void Simulator::change(const json& patch) { parts_->org->directory()->change(patch); }
void Simulator::advance_ms(int64_t by) { parts_->org->advance_ms(by); }

void Simulator::stop() {
  const std::lock_guard lock(parts_->stopping);
  parts_->org->stop();
  parts_->server->stop();
  parts_->folder.reset();
}

}  // namespace hlid_sim
