#include "simulator/metadata.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <deque>
#include <map>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "simulator/crypto.h"
#include "simulator/options.h"
#include "simulator/wire.h"

#ifdef HLID_SIM_METADATA
#include <pugixml.hpp>
#endif

namespace hlid_sim {

#ifndef HLID_SIM_METADATA

bool reads_metadata() { return false; }
void apply_metadata(Options&, const std::vector<MetadataFile>&, const std::string&) {
  throw std::runtime_error("this build cannot read Metadata files");
}

#else

namespace {

std::string trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  return first == std::string_view::npos ? std::string()
                                         : std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

Strings parts_between(const char* separators, const std::string& text) {
  Strings out;
  for (size_t from = 0; from <= text.size();) {
    const size_t end = std::min(text.find_first_of(separators, from), text.size());
    if (const std::string part = trimmed(std::string_view(text).substr(from, end - from)); !part.empty()) out.push_back(part);
    from = end + 1;
  }
  return out;
}

// A comma may be part of an address.
Strings lines_of(const std::string& text) { return parts_between("\r\n", text); }
Strings parts_of(const std::string& text) { return parts_between(",\r\n", text); }

// The part of a file, or nothing: what is asked of nothing is absent.
class Node {
 public:
  explicit Node(pugi::xml_node node = {}) : node_(node) {}

  [[nodiscard]] bool is_there() const { return !node_.empty(); }
  // Whatever its namespace prefix. One that is nil says nothing.
  [[nodiscard]] Node child(std::string_view name) const {
    for (const pugi::xml_node each : node_.children()) {
      if (local_name(each) == name) return is_nil(each) ? Node() : Node(each);
    }
    return Node();
  }
  [[nodiscard]] std::vector<Node> children(std::string_view name) const {
    std::vector<Node> out;
    for (const pugi::xml_node each : node_.children()) {
      if (local_name(each) == name && !is_nil(each)) out.emplace_back(each);
    }
    return out;
  }
  static std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    return name.substr(name.find(':') + 1);
  }
  [[nodiscard]] std::string own_text() const {
    std::string out;
    for (const pugi::xml_node each : node_.children()) {
      if (each.type() == pugi::node_pcdata || each.type() == pugi::node_cdata) out += each.value();
    }
    return trimmed(out);
  }
  [[nodiscard]] std::string text(std::string_view name) const { return child(name).own_text(); }
  [[nodiscard]] bool on(std::string_view name, bool otherwise = false) const {
    const std::string value = text(name);
    return value.empty() ? otherwise : value == "true" || value == "1";
  }
  [[nodiscard]] int number(std::string_view name, int otherwise) const {
    const std::string value = text(name);
    int out = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
    return error == std::errc() && end == value.data() + value.size() && out >= 0 ? out : otherwise;
  }

 private:
  static bool is_nil(const pugi::xml_node& node) {
    for (const pugi::xml_attribute& each : node.attributes()) {
      const std::string_view value = each.value();
      if (std::string_view(each.name()).ends_with(":nil") && (value == "true" || value == "1")) return true;
    }
    return false;
  }

  pugi::xml_node node_;
};

struct ReadFile {
  std::string name;  // the base name, without endings
  std::unique_ptr<pugi::xml_document> document;
  [[nodiscard]] Node root() const { return Node(document->document_element()); }
};

std::string base_name(const std::string& path) {
  std::string name = path.substr(path.find_last_of("/\\") + 1);
  constexpr std::string_view kEnding = "-meta.xml";
  if (name.ends_with(kEnding)) name.resize(name.size() - kEnding.size());
  return name.substr(0, name.rfind('.'));
}

class Files {
 public:
  explicit Files(const std::vector<MetadataFile>& files) {
    for (const auto& file : files) read(file);
  }
  [[nodiscard]] const std::vector<const ReadFile*>& of(const std::string& type) const {
    static const std::vector<const ReadFile*> kNone;
    const auto found = by_type_.find(type);
    return found == by_type_.end() ? kNone : found->second;
  }
  // The first of a type that belongs to the app, whatever the file's name.
  [[nodiscard]] Node of_app(const std::string& type, const std::string& app) const {
    for (const ReadFile* file : of(type)) {
      if (file->root().text("externalClientApplication") == app) return file->root();
    }
    return Node();
  }
  [[nodiscard]] Node named(const std::string& type, const std::string& name) const {
    for (const ReadFile* file : of(type)) {
      if (file->name == name) return file->root();
    }
    return Node();
  }
  // Of external client apps, one of whose files may be elsewhere.
  [[nodiscard]] Strings client_apps() const {
    Strings out;
    const auto add = [&](const std::string& name) {
      if (!name.empty() && std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    };
    for (const ReadFile* file : of("ExternalClientApplication")) add(file->name);
    for (const char* type :
         {"ExtlClntAppGlobalOauthSettings", "ExtlClntAppOauthSettings", "ExtlClntAppOauthConfigurablePolicies"}) {
      for (const ReadFile* file : of(type)) add(file->root().text("externalClientApplication"));
    }
    return out;
  }
  [[nodiscard]] Node only(const std::string& type) const { return of(type).empty() ? Node() : of(type).front()->root(); }

 private:
  void read(const MetadataFile& file) {
    const std::string begin = trimmed(std::string_view(file.bytes).substr(0, 64));
    if (begin.find('<') == std::string::npos || file.path.ends_with(".cls") || file.path.ends_with(".md")) return;
    if (!is_utf8(file.bytes)) throw std::runtime_error(file.path + " is not UTF-8");
    ReadFile out{base_name(file.path), std::make_unique<pugi::xml_document>()};
    // Entities of a document type are not read: pugixml leaves them as they are.
    const auto parsed = out.document->load_buffer(file.bytes.data(), file.bytes.size(), pugi::parse_default, pugi::encoding_utf8);
    if (!parsed) {
      if (!file.path.ends_with("-meta.xml") && !file.path.ends_with(".xml") && !begin.starts_with("<?xml")) return;
      const auto at = std::min(static_cast<size_t>(std::max<ptrdiff_t>(parsed.offset, 0)), file.bytes.size());
      const auto line = 1 + std::count(file.bytes.begin(), file.bytes.begin() + static_cast<ptrdiff_t>(at), '\n');
      throw std::runtime_error(file.path + ":" + std::to_string(line) + ": not well-formed XML (" + parsed.description() + ")");
    }
    files_.push_back(std::move(out));
    by_type_[std::string(Node::local_name(files_.back().document->document_element()))].push_back(&files_.back());
  }

  std::deque<ReadFile> files_;
  std::map<std::string, std::vector<const ReadFile*> > by_type_;
};

// As tokens and requests spell it. One that is not in this table keeps its spelling, in small letters.
std::string wire_scope(const std::string& word) {
  constexpr std::pair<std::string_view, const char*> kScopes[] = {{"Basic", "id"},
                                                                  {"Chatter", "chatter_api"},
                                                                  {"CustomApplications", "visualforce"},
                                                                  {"RefreshToken", "refresh_token"},
                                                                  {"OfflineAccess", "refresh_token"},
                                                                  {"CustomPermissions", "custom_permissions"},
                                                                  {"Wave", "wave_api"},
                                                                  {"Eclair", "eclair_api"},
                                                                  {"Pardot", "pardot_api"},
                                                                  {"CDPIngest", "cdp_ingest_api"},
                                                                  {"CDPProfile", "cdp_profile_api"},
                                                                  {"CDPQuery", "cdp_query_api"},
                                                                  {"Chatbot", "chatbot_api"},
                                                                  {"SFApiPlatform", "sfap_api"},
                                                                  {"SFAP", "sfap_api"},
                                                                  {"Interaction", "interaction_api"},
                                                                  {"PwdlessLogin", "pwdless_login_api"},
                                                                  {"ForgotPassword", "forgot_password"},
                                                                  {"UserRegistration", "user_registration_api"},
                                                                  {"MCP", "mcp_api"}};
  for (const auto& [metadata, wire] : kScopes) {
    if (word == metadata) return wire;
  }
  std::string out = word;
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

Strings wire_scopes(const Strings& words) {
  Strings out;
  for (const auto& word : words) {
    const std::string scope = wire_scope(word);
    if (std::find(out.begin(), out.end(), scope) == out.end()) out.push_back(scope);
  }
  return out;
}

// Files have PEM, or its base64 body alone. Empty for anything else, such as a certificate that is only named.
std::string pem_of(const std::string& text) {
  if (read_public_key(text)) return text;
  std::string body;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) body += c;
  }
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (size_t at = 0; at < body.size(); at += 64) pem += body.substr(at, 64) + "\n";
  pem += "-----END CERTIFICATE-----\n";
  return read_public_key(pem) ? pem : std::string();
}

// Enabled ones that name the app, its default one first. Without a file of one, the simulated org's own.
Strings handlers_of(const Files& files, const char* link, const std::string& app) {
  if (files.of("OauthTokenExchangeHandler").empty()) return App().token_exchange_handlers;
  Strings out;
  for (const ReadFile* file : files.of("OauthTokenExchangeHandler")) {
    const Node handler = file->root();
    constexpr const char* kTypes[] = {"isAccessTokenSupported", "isIdTokenSupported", "isJwtSupported", "isRefreshTokenSupported",
                                      "isSaml2Supported"};
    const bool reads_some =
        std::any_of(std::begin(kTypes), std::end(kTypes), [&](const char* type) { return handler.on(type, true); });
    if (!handler.on("isEnabled") || !reads_some) continue;
    const std::string developer_name = handler.text("developerName");
    for (const Node& enablement : handler.children("enablements")) {
      if (enablement.text(link) != app) continue;
      out.insert(enablement.on("isDefault") ? out.begin() : out.end(), developer_name.empty() ? file->name : developer_name);
      break;
    }
  }
  return out;
}

// Where neither app nor files say it: a key that tells whose it is, and a secret that is the same at each start.
void complete(App& app, const std::string& name) {
  if (app.client_id.empty()) app.client_id = "3MVG9Example." + name;
  if (app.client_secret.empty()) app.client_secret = hex(sha256("secret of " + app.client_id));
}

// What both kinds call by the same name.
void read_switches(App& app, const Node& from, bool pkce_by_default) {
  app.client_id = from.text("consumerKey");
  app.client_secret = from.text("consumerSecret");
  app.redirect_uris = lines_of(from.text("callbackUrl"));
  app.certificate = pem_of(from.text("certificate"));
  app.are_bearer_flows_enabled = !app.certificate.empty();
  app.is_jwt_bearer_enabled = app.are_bearer_flows_enabled;
  app.is_consumer_secret_optional = from.on("isConsumerSecretOptional");
  app.is_secret_required_for_refresh_token = from.on("isSecretRequiredForRefreshToken", true);
  app.is_secret_required_for_token_exchange = from.on("isSecretRequiredForTokenExchange");
  app.is_pkce_required = from.on("isPkceRequired", pkce_by_default);
  app.is_named_user_jwt_enabled = from.on("isNamedUserJwtEnabled");
  app.is_refresh_token_rotation_enabled = from.on("isRefreshTokenRotationEnabled");
  app.is_introspect_all_tokens = from.on("isIntrospectAllTokens");
  app.is_device_flow_enabled = from.on("isDeviceFlowEnabled");
  // The simulated org knows no DPoP: such an app gets no token without a proof, and the client has none (RFC 9449).
  if (from.on("isDPopEnabled")) app.refused_with = "invalid_dpop_proof";
}

App external_client_app(const Files& files, const std::string& name) {
  const Node global = files.of_app("ExtlClntAppGlobalOauthSettings", name);
  const Node oauth = files.of_app("ExtlClntAppOauthSettings", name);
  const Node policies = files.of_app("ExtlClntAppOauthConfigurablePolicies", name);
  const Node plugins = files.of_app("ExtlClntAppConfigurablePolicies", name);
  App app;
  read_switches(app, global, true);
  app.is_code_cred_flow_enabled = global.on("isCodeCredFlowEnabled");
  app.is_code_cred_post_only = global.on("isCodeCredPostOnly");
  const std::string distribution = files.named("ExternalClientApplication", name).text("distributionState");
  app.distribution_state = distribution.empty() || distribution == "Local" ? "Local" : "Packaged";

  app.scopes = wire_scopes(parts_of(oauth.text("commaSeparatedOauthScopes")));
  app.is_first_party_app_enabled = oauth.on("isFirstPartyAppEnabled") && !oauth.text("clientAssertionCertificate").empty();
  app.client_assertion_certificate = pem_of(oauth.text("clientAssertionCertificate"));
  // It takes all three.
  const bool assets = !oauth.text("assetTokenSigningCertificate").empty() && !oauth.text("assetTokenValidity").empty();
  app.asset_token_audiences = assets ? parts_of(oauth.text("assetTokenAudiences")) : Strings();
  app.asset_token_validity_s = std::clamp(oauth.number("assetTokenValidity", 180), 1, 86'400);

  app.admin_approved = policies.text("permittedUsersPolicyType") == "AdminApprovedPreAuthorized";
  const bool guest_jwt = policies.child("guestJwtTimeout").is_there() || policies.child("guestJwtSessionTimeoutType").is_there();
  app.is_guest_code_cred_flow_enabled = policies.on("isGuestCodeCredFlowEnabled") && guest_jwt;
  app.guest_jwt_timeout_min = policies.number("guestJwtTimeout", 30);
  app.named_user_jwt_timeout_min = policies.number("namedUserJwtTimeout", 30);
  app.required_session_level = policies.text("requiredSessionLevel");
  const std::string refresh = policies.text("refreshTokenPolicyType");
  app.refresh_token_policy_type = refresh.empty() ? "SpecificLifetime" : refresh;
  // Two flows have a switch in the app and one in its policies.
  if (global.on("isClientCredentialsFlowEnabled") && policies.on("isClientCredentialsFlowEnabled"))
    app.client_credentials_user = policies.text("clientCredentialsFlowUser");
  app.is_token_exchange_enabled = global.on("isTokenExchangeEnabled") && policies.on("isTokenExchangeFlowEnabled");
  app.token_exchange_handlers = handlers_of(files, "externalClientApp", name);
  const bool enabled = plugins.on("isEnabled", !plugins.is_there()) && plugins.on("isOauthPluginEnabled", true);
  if (!enabled) app.refused_with = "oauth_flow_disabled";
  complete(app, name);
  return app;
}

// "specific_lifetime:30:DAYS" of a connected app.
std::string refresh_policy(const std::string& text) {
  if (text == "zero") return "Zero";
  if (text.starts_with("specific_inactivity")) return "SpecificInactivity";
  return text.starts_with("specific_lifetime") ? "SpecificLifetime" : "Infinite";
}

App connected_app(const Files& files, const ReadFile& file) {
  const Node root = file.root();
  const Node config = root.child("oauthConfig");
  const Node assets = config.child("assetTokenConfig");
  App app;
  read_switches(app, config, false);
  app.is_code_cred_flow_enabled = config.on("isCodeCredentialEnabled");
  app.is_code_cred_post_only = config.on("isCodeCredentialPostOnly");
  Strings scopes;
  for (const Node& scope : config.children("scopes")) scopes.push_back(scope.own_text());
  app.scopes = wire_scopes(scopes);
  app.admin_approved = config.on("isAdminApproved");
  if (config.on("isClientCredentialEnabled")) app.client_credentials_user = config.text("oauthClientCredentialUser");
  const Node policy = root.child("oauthPolicy");
  app.is_token_exchange_enabled = config.on("isTokenExchangeEnabled") && policy.on("isTokenExchangeFlowEnabled");
  app.token_exchange_handlers = handlers_of(files, "connectedApp", file.name);
  app.refresh_token_policy_type = refresh_policy(policy.text("refreshTokenPolicy"));
  app.required_session_level = root.child("sessionPolicy").text("sessionLevel");
  app.asset_token_audiences = assets.text("assetSigningCertId").empty() ? Strings() : parts_of(assets.text("assetAudiences"));
  app.asset_token_validity_s = std::clamp(assets.number("assetValidityPeriod", 180), 1, 86'400);
  // As since 2026-11-30: the device flow is for external client apps.
  app.distribution_state = "Packaged";
  const Strings others = files.client_apps();
  const bool is_other = std::find(others.begin(), others.end(), file.name) != others.end();
  complete(app, is_other ? file.name + ".ConnectedApp" : file.name);
  return app;
}

// What such a file lacks stays as it is, as at a deployment.
void read_switch(const Node& from, const char* element, bool& setting) { setting = from.on(element, setting); }

void read_org(Settings& settings, const Files& files) {
  const Node oidc = files.only("OauthOidcSettings");
  read_switch(oidc, "oAuthCdCrdtFlowEnable", settings.oauth_cd_crdt_flow_enable);
  read_switch(oidc, "blockOAuthUnPwFlow", settings.block_oauth_un_pw_flow);
  read_switch(oidc, "blockOAuthUsrAgtFlow", settings.block_oauth_usr_agt_flow);
  read_switch(oidc, "isPkceRequired", settings.is_pkce_required);
}

std::string names_of(const std::vector<const ReadFile*>& files) {
  std::string out;
  for (const ReadFile* file : files) out += (out.empty() ? "" : ", ") + file->name;
  return out;
}

const ReadFile* site_of(const Files& files, const std::string& wanted) {
  const auto& sites = files.of("Network");
  if (wanted.empty()) {
    if (sites.size() > 1) throw std::runtime_error("the files have several sites: name one with --network: " + names_of(sites));
    return sites.empty() ? nullptr : sites.front();
  }
  for (const ReadFile* site : sites) {
    if (site->name == wanted) return site;
  }
  if (sites.empty()) throw std::runtime_error("the files have no site " + wanted + ", and no other");
  throw std::runtime_error("the files have no site " + wanted + ". They have: " + names_of(sites));
}

void read_site(Settings& settings, const Node& network) {
  const std::string status = network.text("status");
  if (!status.empty()) settings.is_site_active = status == "Live";
  const Node site = network.child("networkAuthApiSettings");
  if (!site.is_there()) return;
  read_switch(site, "isHeadlessUserRegistrationAllowed", settings.is_headless_user_registration_allowed);
  // Both spellings occur.
  read_switch(site, "IsPwdlessLoginAllowed", settings.is_pwdless_login_allowed);
  read_switch(site, "isPwdlessLoginAllowed", settings.is_pwdless_login_allowed);
  read_switch(site, "isForgotPwdAllowed", settings.is_forgot_pwd_allowed);
  read_switch(site, "doesRegistrationRequireAuth", settings.does_registration_require_auth);
  read_switch(site, "doesPwdlessLoginRequireAuth", settings.does_pwdless_login_require_auth);
  read_switch(site, "doesForgotPasswordRequireAuth", settings.does_forgot_password_require_auth);
  read_switch(site, "doesPasswordLoginRequireAuth", settings.does_password_login_require_auth);
  read_switch(site, "isRecaptchaRequiredRgstr", settings.is_recaptcha_required_rgstr);
  read_switch(site, "isRecaptchaRequiredPwdlessLogin", settings.is_recaptcha_required_pwdless_login);
  read_switch(site, "isRecaptchaRequiredForgotPwd", settings.is_recaptcha_required_forgot_pwd);
  read_switch(site, "isUserDisambiguationAllowedUsernamePwd", settings.is_user_disambiguation_allowed_username_pwd);
  read_switch(site, "isUserDisambiguationAllowedForgotPwd", settings.is_user_disambiguation_allowed_forgot_pwd);
  read_switch(site, "isFirstPartyAppsAllowed", settings.is_first_party_apps_allowed);
  settings.is_protection_required = true;
  settings.max_password_reset_attempts = site.number("maxPasswordResetAttempts", settings.max_password_reset_attempts);
  const auto has = [&](const char* element) { return !site.text(element).empty(); };
  // A class runs as a user. A site that permits what the class is for has both in its file.
  if (site.child("registrationHandler").is_there() || site.on("isHeadlessUserRegistrationAllowed"))
    settings.headless_registration_handler = has("registrationHandler") && has("registrationExecutionUser");
  if (site.child("headlessDiscoveryHandler").is_there() || site.on("isUserDisambiguationAllowedUsernamePwd") ||
      site.on("isUserDisambiguationAllowedForgotPwd"))
    settings.headless_discovery_handler = has("headlessDiscoveryHandler") && has("headlessDiscoveryExecutionUser");
  // Registration and passwordless login have no switch: a template that is listed may be used. Files name templates, requests
  // their ids, which only the org knows: the ids of the simulated org stand for all that are named.
  const bool listed = !site.child("emailTmplsAllowlist").text("emailTemplate").empty();
  settings.is_rgstr_email_template_allowlisting_enabled = listed;
  settings.is_pwdless_login_email_template_allowlisting_enabled = listed;
  settings.is_forgot_pwd_email_template_allowlisting_enabled =
      listed &&
      site.on("isForgotPwdEmailTemplateAllowlistingEnabled", settings.is_forgot_pwd_email_template_allowlisting_enabled);
}

void add_user(Options& options, const std::string& username) {
  const auto has_name = [&](const User& user) { return user.username == username; };
  if (username.empty() || std::any_of(options.users.begin(), options.users.end(), has_name)) return;
  User& user = options.users.emplace_back();
  user.username = username;
  user.api_only = true;
}

}  // namespace

bool reads_metadata() { return true; }

void apply_metadata(Options& options, const std::vector<MetadataFile>& from, const std::string& site) {
  const Files files(from);
  std::vector<App> apps;
  for (const std::string& name : files.client_apps()) apps.push_back(external_client_app(files, name));
  for (const ReadFile* file : files.of("ConnectedApp")) {
    // Without it the app uses no OAuth.
    if (file->root().child("oauthConfig").is_there()) apps.push_back(connected_app(files, *file));
  }
  const ReadFile* network = site_of(files, site);
  const bool of_org = files.only("OauthOidcSettings").is_there();
  if (apps.empty() && network == nullptr && !of_org)
    throw std::runtime_error("the files have neither an app nor settings of an org or a site");
  for (const App& app : apps) {
    add_user(options, app.client_credentials_user);
    const auto same = [&](const App& each) { return each.client_id == app.client_id; };
    if (std::count_if(apps.begin(), apps.end(), same) > 1)
      throw std::runtime_error("two apps have the consumer key " + app.client_id);
    std::erase_if(options.apps, same);
  }
  options.apps.insert(options.apps.begin(), apps.begin(), apps.end());
  if (!apps.empty()) options.settings.is_device_flow_local_only = true;
  read_org(options.settings, files);
  if (network != nullptr) read_site(options.settings, network->root());
  apply_patch(options, nlohmann::json::object(), PatchScope::before_start);  // checks what was read
}

#endif

}  // namespace hlid_sim
