#include "simulator/options.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <stdexcept>
#include <type_traits>

#include "simulator/crypto.h"

namespace hlid_sim {
namespace {

using json = nlohmann::json;

// One list of names for reading and writing. Secrets are in the list, and left out where a description is made.
template <typename Visitor, typename Value>
  requires std::is_same_v<std::remove_const_t<Value>, Settings>
void visit(Value& s, Visitor&& v) {
  v("oauth_cd_crdt_flow_enable", s.oauth_cd_crdt_flow_enable);
  v("outage", s.outage);
  v("guest_token_requires_http2", s.guest_token_requires_http2);
  v("authorization_code_lifetime_s", s.authorization_code_lifetime_s);
  v("session_timeout_min", s.session_timeout_min);
  v("id_token_lifetime_min", s.id_token_lifetime_min);
  v("refresh_token_lifetime_min", s.refresh_token_lifetime_min);
  v("max_login_attempts", s.max_login_attempts);
  v("lockout_min", s.lockout_min);
  v("pkce_mismatch_error", s.pkce_mismatch_error);
  v("enable_oauth_cors_policy", s.enable_oauth_cors_policy);
  v("cors_whitelist_origins", s.cors_whitelist_origins);
  v("does_registration_require_auth", s.does_registration_require_auth);
  v("does_pwdless_login_require_auth", s.does_pwdless_login_require_auth);
  v("does_forgot_password_require_auth", s.does_forgot_password_require_auth);
  v("is_recaptcha_required_rgstr", s.is_recaptcha_required_rgstr);
  v("is_recaptcha_required_pwdless_login", s.is_recaptcha_required_pwdless_login);
  v("is_recaptcha_required_forgot_pwd", s.is_recaptcha_required_forgot_pwd);
  v("recaptcha_kind", s.recaptcha_kind);
  v("is_recaptcha_accepted", s.is_recaptcha_accepted);
  v("headless_registration_handler", s.headless_registration_handler);
  v("headless_discovery_handler", s.headless_discovery_handler);
  v("is_user_disambiguation_allowed_username_pwd", s.is_user_disambiguation_allowed_username_pwd);
  v("is_user_disambiguation_allowed_forgot_pwd", s.is_user_disambiguation_allowed_forgot_pwd);
  v("is_rgstr_email_template_allowlisting_enabled", s.is_rgstr_email_template_allowlisting_enabled);
  v("is_pwdless_login_email_template_allowlisting_enabled", s.is_pwdless_login_email_template_allowlisting_enabled);
  v("is_forgot_pwd_email_template_allowlisting_enabled", s.is_forgot_pwd_email_template_allowlisting_enabled);
  v("network_email_tmpl_allowlist", s.network_email_tmpl_allowlist);
  v("max_password_reset_attempts", s.max_password_reset_attempts);
  v("otp_length", s.otp_length);
  v("otp_lifetime_s", s.otp_lifetime_s);
  v("max_otp_attempts", s.max_otp_attempts);
  v("is_older_otp_replaced", s.is_older_otp_replaced);
  v("is_otp_rate_limit_enabled", s.is_otp_rate_limit_enabled);
  v("otp_requests_per_hour", s.otp_requests_per_hour);
  v("password_min_length", s.password_min_length);
  v("is_password_letter_and_digit_required", s.is_password_letter_and_digit_required);
  v("init_error_shape", s.init_error_shape);
  v("forgot_password_error_status", s.forgot_password_error_status);
  v("is_first_party_apps_allowed", s.is_first_party_apps_allowed);
  v("does_password_login_require_auth", s.does_password_login_require_auth);
  v("auth_session_lifetime_s", s.auth_session_lifetime_s);
  v("challenge_error_status", s.challenge_error_status);
  v("first_party_response", s.first_party_response);
  v("sso_providers", s.sso_providers);
}

template <typename Visitor, typename Value>
  requires std::is_same_v<std::remove_const_t<Value>, App>
void visit(Value& a, Visitor&& v) {
  v("client_id", a.client_id);
  v("client_secret", a.client_secret);
  v("redirect_uris", a.redirect_uris);
  v("scopes", a.scopes);
  v("is_code_cred_flow_enabled", a.is_code_cred_flow_enabled);
  v("is_code_cred_post_only", a.is_code_cred_post_only);
  v("is_consumer_secret_optional", a.is_consumer_secret_optional);
  v("is_secret_required_for_refresh_token", a.is_secret_required_for_refresh_token);
  v("is_pkce_required", a.is_pkce_required);
  v("is_named_user_jwt_enabled", a.is_named_user_jwt_enabled);
  v("is_guest_code_cred_flow_enabled", a.is_guest_code_cred_flow_enabled);
  v("is_refresh_token_rotation_enabled", a.is_refresh_token_rotation_enabled);
  v("refused_with", a.refused_with);
  v("admin_approved", a.admin_approved);
  v("guest_jwt_timeout_min", a.guest_jwt_timeout_min);
  v("named_user_jwt_timeout_min", a.named_user_jwt_timeout_min);
  v("is_first_party_app_enabled", a.is_first_party_app_enabled);
  v("is_jwt_bearer_enabled", a.is_jwt_bearer_enabled);
  v("client_assertion_certificate", a.client_assertion_certificate);
  v("client_credentials_user", a.client_credentials_user);
}

template <typename Visitor, typename Value>
  requires std::is_same_v<std::remove_const_t<Value>, User>
void visit(Value& u, Visitor&& v) {
  v("username", u.username);
  v("password", u.password);
  v("user_id", u.user_id);
  v("email", u.email);
  v("phone", u.phone);
  v("first_name", u.first_name);
  v("last_name", u.last_name);
  v("hints", u.hints);
  v("email_verified", u.email_verified);
  v("phone_verified", u.phone_verified);
  v("active", u.active);
  v("locked", u.locked);
  v("api_only", u.api_only);
  v("page", u.page);
  v("admin_approved", u.admin_approved);
}

template <typename Visitor, typename Value>
  requires std::is_same_v<std::remove_const_t<Value>, Options>
void visit(Value& o, Visitor&& v) {
  v("port", o.port);
  v("tls", o.tls);
  v("path_prefix", o.path_prefix);
  v("public_origin", o.public_origin);
  v("outbox_file", o.outbox_file);
}

void read(const json& from, bool& to) { to = from.get<bool>(); }
void read(const json& from, std::string& to) { to = from.get<std::string>(); }
void read(const json& from, std::vector<std::string>& to) { to = from.get<std::vector<std::string>>(); }
void read(const json& from, int& to) {
  if (!from.is_number_integer()) throw std::runtime_error("a whole number is expected");
  const auto value = from.get<int64_t>();
  if (value < 0 || value > 1'000'000'000) throw std::runtime_error("the number is out of range");
  to = static_cast<int>(value);
}

// Reads the members that `value` knows; `also` are names that the caller reads itself.
template <typename Value>
void read_members(const json& from, Value& value, const std::string& where, const std::set<std::string>& also = {}) {
  if (!from.is_object()) throw std::runtime_error(where + " must be a JSON object");
  std::set<std::string> known = also;
  visit(value, [&](const char* name, auto& member) {
    known.insert(name);
    const auto found = from.find(name);
    if (found == from.end()) return;
    try {
      read(*found, member);
    } catch (const std::exception& error) {
      throw std::runtime_error(where + ": " + name + ": " + error.what());
    }
  });
  for (const auto& item : from.items()) {
    if (!known.contains(item.key())) throw std::runtime_error(where + ": unknown name " + item.key());
  }
}

// The member whose `key` the patch names, added where there is none.
template <typename Value>
void patch_list(std::vector<Value>& list, const json& patches, const char* where, const char* key, std::string Value::* member) {
  if (!patches.is_array()) throw std::runtime_error(std::string(where) + " must be a JSON array");
  for (const auto& patch : patches) {
    if (!patch.is_object() || !patch.contains(key) || !patch[key].is_string() || patch[key].template get<std::string>().empty())
      throw std::runtime_error(std::string("each of ") + where + " needs a " + key);
    const auto name = patch[key].template get<std::string>();
    Value* target = nullptr;
    for (auto& each : list) {
      if (each.*member == name) target = &each;
    }
    if (!target) {
      list.emplace_back();
      target = &list.back();
    }
    read_members(patch, *target, std::string(where) + " " + name);
  }
}

void expect_one_of(const char* name, const std::string& value, std::initializer_list<std::string_view> known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  std::string all;
  for (const auto each : known) all += (all.empty() ? "" : ", ") + (each.empty() ? "empty" : std::string(each));
  throw std::runtime_error("settings: " + std::string(name) + " must be one of " + all);
}

void expect_between(const char* name, int value, int low, int high) {
  if (value < low || value > high)
    throw std::runtime_error("settings: " + std::string(name) + " must be " + std::to_string(low) + " to " +
                             std::to_string(high));
}

void check(const Settings& settings) {
  expect_one_of("recaptcha_kind", settings.recaptcha_kind, {"any", "recaptcha", "recaptchaevent"});
  expect_one_of("init_error_shape", settings.init_error_shape, {"oauth", "rest", "status"});
  expect_between("otp_length", settings.otp_length, 1, 64);
  expect_one_of("outage", settings.outage, {"", "maintenance", "maintenance_page", "rate_limit", "server_error", "gateway"});
  expect_one_of("first_party_response", settings.first_party_response, {"", "insufficient_authorization", "redirect_to_web"});
  expect_between("challenge_error_status", settings.challenge_error_status, 400, 599);
  expect_between("forgot_password_error_status", settings.forgot_password_error_status, 400, 599);
}

void complete(Options& options) {
  for (auto& user : options.users) complete(user);
}

template <typename Value>
json write_members(const Value& value, const std::set<std::string>& without) {
  json out = json::object();
  visit(value, [&](const char* name, const auto& member) {
    if (!without.contains(name)) out[name] = member;
  });
  return out;
}

}  // namespace

void complete(User& user) {
  if (user.email.empty()) user.email = user.username;
  if (user.user_id.empty()) user.user_id = "005Ex" + hex(sha256(user.username)).substr(0, 10) + "IAA";
}

void apply_patch(Options& options, const json& patch, PatchScope scope) {
  const std::set<std::string> lists = {"settings", "apps", "users"};
  if (!patch.is_object()) throw std::runtime_error("the options must be a JSON object");
  if (scope == PatchScope::before_start) {
    read_members(patch, options, "the options", lists);
  } else {
    for (const auto& item : patch.items()) {
      if (!lists.contains(item.key()))
        throw std::runtime_error("only settings, apps and users can change while the org runs, not " + item.key());
    }
  }
  if (patch.contains("settings")) read_members(patch["settings"], options.settings, "settings");
  if (patch.contains("apps")) patch_list(options.apps, patch["apps"], "apps", "client_id", &App::client_id);
  if (patch.contains("users")) patch_list(options.users, patch["users"], "users", "username", &User::username);
  check(options.settings);
  complete(options);
}

json settings_to_json(const Settings& settings) { return write_members(settings, {}); }
json app_to_json(const App& app) {
  json out = write_members(app, {"client_secret"});
  out["public"] = app.client_secret.empty();
  return out;
}
json user_to_json(const User& user) { return write_members(user, {"password"}); }

Options default_options() {
  Options options;
  App visitor;
  visitor.client_id = "3MVG9Example.PublicClient";
  visitor.redirect_uris = {"{site}/services/oauth2/echo", "https://app.example.com/callback"};
  App server;
  server.client_id = "3MVG9Example.PrivateClient";
  server.client_secret = "8F2A6C0E4B9D71355E0C7A14D8B3F6291C4E5A7B0D9F8E6C3A2B1D0F4E5C6B7A";
  server.redirect_uris = {"https://app.example.com/callback"};
  App integration;
  integration.client_id = "3MVG9Example.IntegrationClient";
  integration.client_secret = "1C7E90B5D3A8F6421C7E90B5D3A8F6425E1B0C9D8A7F6E5D4C3B2A1908F7E6D5";
  integration.redirect_uris = {"https://app.example.com/callback"};
  integration.scopes = {"api", "refresh_token", "user_registration_api", "pwdless_login_api", "forgot_password"};
  integration.is_code_cred_flow_enabled = false;
  integration.is_named_user_jwt_enabled = false;
  integration.is_jwt_bearer_enabled = true;
  integration.client_credentials_user = "integration@example.com";
  App first_party;
  first_party.client_id = "3MVG9Example.FirstPartyClient";
  first_party.client_secret = "7D0F3B6A9C2E58147D0F3B6A9C2E5814A1B2C3D4E5F60718293A4B5C6D7E8F90";
  first_party.redirect_uris = {"https://app.example.com/callback"};
  first_party.is_first_party_app_enabled = true;
  options.apps = {visitor, server, integration, first_party};

  const auto add = [&](const char* username, const char* password, const char* id, const char* first, const char* last) -> User& {
    User user;
    user.username = username;
    user.password = password;
    user.user_id = id;
    user.first_name = first;
    user.last_name = last;
    return options.users.emplace_back(std::move(user));
  };
  add("lena.ortiz@example.com", "P4ss+w&rd=1:x", "005Ex0000002defIAA", "Lena", "Ortiz").phone = "+1 4155550101";
  add("max@example.com", "  edge spaces  ", "005Ex0000002degIAA", "Max", "Weber");
  add("gruen@example.com", "Gr\u00fcn>?7~pass", "005Ex0000002dehIAA", "Mia", "Gr\u00fcn");
  add("inactive@example.com", "Inactive-Pass-1", "005Ex0000002deiIAA", "Ina", "Ctive").active = false;
  add("locked@example.com", "Locked-Pass-1", "005Ex0000002dejIAA", "Lou", "Cked").locked = true;
  add("unapproved@example.com", "Unapproved-Pass-1", "005Ex0000002dekIAA", "Una", "Pproved").admin_approved = false;
  User& carla = add("carla@example.com", "Carla-Pass-1", "005Ex0000002delIAA", "Carla", "Hint");
  carla.email = "carla.hint@mail.example.com";
  carla.phone = "+4915550100123";
  carla.hints = {"member-4711"};
  User& nova = add("unverified@example.com", "Unverified-Pass-1", "005Ex0000002demIAA", "Nova", "Unverified");
  nova.phone = "+4915550100124";
  nova.email_verified = false;
  nova.phone_verified = false;
  add("integration@example.com", "Integration-Pass-1", "005Ex0000002denIAA", "Integration", "User").api_only = true;
  complete(options);
  return options;
}

Options options_from_json(std::string_view text) {
  Options options = default_options();
  const json patch = json::parse(text, nullptr, false);
  if (patch.is_discarded()) throw std::runtime_error("the options are not JSON");
  apply_patch(options, patch, PatchScope::before_start);
  return options;
}

}  // namespace hlid_sim
