#include "simulator/options.h"

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "simulator/crypto.h"
#include "simulator/outage.h"

namespace hlid_sim {
namespace {

using json = nlohmann::json;

// The rules of options.def: each returns what a value must be; absent if it is allowed.
using Problem = std::optional<std::string>;

auto anything() {
  return [](const auto&) -> Problem { return std::nullopt; };
}

auto between(int low, int high) {
  return [low, high](int value) -> Problem {
    if (value >= low && value <= high) return std::nullopt;
    return std::to_string(low) + " to " + std::to_string(high);
  };
}

template <typename... Numbers>
auto one_of_numbers(Numbers... known) {
  return [known...](int value) -> Problem {
    if (((value == known) || ...)) return std::nullopt;
    std::string all;
    ((all += (all.empty() ? "" : ", ") + std::to_string(known)), ...);
    return "one of " + all;
  };
}

auto one_of(std::vector<std::string_view> known) {
  return [known = std::move(known)](const std::string& value) -> Problem {
    if (std::find(known.begin(), known.end(), value) != known.end()) return std::nullopt;
    std::string all;
    for (const auto each : known) all += (all.empty() ? "" : ", ") + (each.empty() ? "empty" : std::string(each));
    return "one of " + all;
  };
}

template <typename... Names>
auto one_of(const char* first, Names... more) {
  return one_of(std::vector<std::string_view>{first, more...});
}

// Calls v(name, member, rule) for each row of options.def.
template <typename Value, typename Visitor>
void visit(Value& value, Visitor&& v) {
  using Struct = std::remove_const_t<Value>;
  if constexpr (std::is_same_v<Struct, Options>) {
#define START_OPTION(type, name, initial, rule, meaning) v(#name, value.name, rule);
#include "simulator/options.def"
  } else if constexpr (std::is_same_v<Struct, App>) {
#define APP_MEMBER(type, name, initial, rule, meaning) v(#name, value.name, rule);
#include "simulator/options.def"
  } else if constexpr (std::is_same_v<Struct, User>) {
#define USER_MEMBER(type, name, initial, rule, meaning) v(#name, value.name, rule);
#include "simulator/options.def"
  } else {
#define SETTING(type, name, initial, rule, meaning) v(#name, value.name, rule);
#include "simulator/options.def"
  }
}

// Each returns what the JSON must be; absent if it was read.
Problem read(const json& from, bool& to) {
  if (!from.is_boolean()) return "true or false";
  to = from.get<bool>();
  return std::nullopt;
}
Problem read(const json& from, std::string& to) {
  if (!from.is_string()) return "text";
  to = from.get<std::string>();
  return std::nullopt;
}
Problem read(const json& from, Strings& to) {
  if (!from.is_array() || !std::all_of(from.begin(), from.end(), [](const json& each) { return each.is_string(); }))
    return "an array of text";
  to = from.get<Strings>();
  return std::nullopt;
}
Problem read(const json& from, int& to) {
  constexpr int kMost = 1'000'000'000;
  if (!from.is_number_integer() || from < 0 || from > kMost) return "a whole number from 0 to " + std::to_string(kMost);
  to = from.get<int>();
  return std::nullopt;
}

// Reads the members that `value` knows; `also` are names that the caller reads itself.
template <typename Value>
void read_members(const json& from, Value& value, const std::string& where, const std::set<std::string>& also = {}) {
  if (!from.is_object()) throw std::runtime_error(where + " must be a JSON object");
  std::set<std::string> known = also;
  visit(value, [&](const char* name, auto& member, const auto&) {
    known.insert(name);
    const auto found = from.find(name);
    if (found == from.end()) return;
    if (const auto problem = read(*found, member)) throw std::runtime_error(where + ": " + name + " must be " + *problem);
  });
  for (const auto& item : from.items()) {
    if (!known.contains(item.key())) throw std::runtime_error(where + ": unknown name " + item.key());
  }
}

// Changes the member that the patch names by its `key`, or adds it.
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

template <typename Value>
void check(const Value& value, const char* where) {
  visit(value, [&](const char* name, const auto& member, const auto& rule) {
    if (const auto problem = rule(member)) throw std::runtime_error(std::string(where) + ": " + name + " must be " + *problem);
  });
}

void complete(Options& options) {
  for (auto& user : options.users) complete(user);
}

template <typename Value>
json write_members(const Value& value, const std::set<std::string>& without) {
  json out = json::object();
  visit(value, [&](const char* name, const auto& member, const auto&) {
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
  check(options, "the options");
  check(options.settings, "settings");
  for (const auto& app : options.apps) check(app, "apps");
  for (const auto& user : options.users) check(user, "users");
  complete(options);
}

json settings_to_json(const Settings& settings) { return write_members(settings, {}); }
json app_to_json(const App& app) {
  json out = write_members(app, {"client_secret", "initial_access_token"});
  out["public"] = app.client_secret.empty();
  return out;
}
json user_to_json(const User& user) { return write_members(user, {"password"}); }

Options default_options() {
  Options options;
  App visitor;
  visitor.client_id = "3MVG9Example.PublicClient";
  visitor.redirect_uris = {"{site}/services/oauth2/echo", "https://app.example.com/callback",
                           "http://localhost:1717/OauthRedirect"};
  App server;
  server.client_id = "3MVG9Example.PrivateClient";
  server.client_secret = "8F2A6C0E4B9D71355E0C7A14D8B3F6291C4E5A7B0D9F8E6C3A2B1D0F4E5C6B7A";
  server.redirect_uris = {"https://app.example.com/callback", "http://localhost:1717/OauthRedirect"};
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
