// Options from JSON.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

#include "simulator/options.h"
#include "simulator/watch.h"
#include "site.h"

namespace hlid_sim_test {

using hlid_sim::options_from_json;
using hlid_sim::Strings;

TEST(Options, change_only_what_the_json_names) {
  const auto got = options_from_json(R"({"tls": true, "path_prefix": "", "settings": {"lockout_min": 1},
      "apps": [{"client_id": "3MVG9Example.PublicClient", "scopes": ["api"]}, {"client_id": "New", "client_secret": "s"}],
      "users": [{"username": "new@example.com", "password": "p"}]})");
  EXPECT_TRUE(got.tls);
  EXPECT_EQ(got.path_prefix, "");
  EXPECT_EQ(got.settings.lockout_min, 1);
  EXPECT_EQ(got.settings.max_login_attempts, 10);
  ASSERT_EQ(got.apps.size(), 5u);
  EXPECT_EQ(got.apps[0].scopes, std::vector<std::string>{"api"});
  EXPECT_EQ(got.apps[0].redirect_uris.size(), 3u);
  EXPECT_EQ(got.apps[4].client_secret, "s");
  EXPECT_EQ(got.users.back().email, "new@example.com");
  EXPECT_EQ(got.users.back().user_id.size(), 18u);
}

TEST(Options, are_refused_with_a_clear_message) {
  const std::pair<const char*, const char*> cases[] = {
      {"nonsense", "the options are not JSON"},
      {"[]", "the options must be a JSON object"},
      {R"({"prot": 1})", "the options: unknown name prot"},
      {R"({"port": "1"})", "the options: port must be a whole number from 0 to 1000000000"},
      {R"({"settings": {"no_such": 1}})", "settings: unknown name no_such"},
      {R"({"apps": [{"client_id": "a", "scope": []}]})", "apps a: unknown name scope"},
      {R"({"apps": [{}]})", "each of apps needs a client_id"},
      {R"({"users": {}})", "users must be a JSON array"},
      {R"({"settings": {"recaptcha_kind": "v4"}})", "settings: recaptcha_kind must be one of any, recaptcha, recaptchaevent"},
      {R"({"port": 65536})", "the options: port must be 0 to 65535"},
      {R"({"tls": 1})", "the options: tls must be true or false"},
      {R"({"apps": [{"client_id": "a", "scopes": "api"}]})", "apps a: scopes must be an array of text"},
      {R"({"settings": {"outage": "flood"}})",
       "settings: outage must be one of empty, maintenance, maintenance_page, rate_limit, server_error, gateway"},
      {R"({"settings": {"otp_length": 65}})", "settings: otp_length must be 1 to 64"},
      {R"({"settings": {"challenge_error_status": 200}})", "settings: challenge_error_status must be 400 to 599"},
      {R"({"settings": {"first_party_response": "no"}})",
       "settings: first_party_response must be one of empty, insufficient_authorization, redirect_to_web"},
  };
  for (const auto& [text, message] : cases) {
    try {
      options_from_json(text);
      ADD_FAILURE() << text;
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), message);
    }
  }
}

std::string shown(bool value) { return value ? "true" : "false"; }
std::string shown(int value) { return std::to_string(value); }
std::string shown(const std::string& value) { return value.empty() ? "empty" : value; }
std::string shown(const Strings& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : ", ") + value;
  return out.empty() ? "none" : out;
}

template <typename Value>
std::string row(const std::string& name, const Value& initial, const std::string& meaning) {
  const bool is_key = name == "client_id" || name == "username";
  return "| `" + name + "` | " + (is_key ? "required" : shown(initial)) + " | " + meaning + " |\n";
}

// The tables of the page, by the name in their first header.
std::map<std::string, std::string> tables() {
  std::map<std::string, std::string> out;
#define START_OPTION(type, name, initial, rule, meaning) out["option"] += row<type>(#name, initial, meaning);
#define APP_MEMBER(type, name, initial, rule, meaning) out["member of `apps`"] += row<type>(#name, initial, meaning);
#define USER_MEMBER(type, name, initial, rule, meaning) out["member of `users`"] += row<type>(#name, initial, meaning);
#define SETTING(type, name, initial, rule, meaning) out["member of `settings`"] += row<type>(#name, initial, meaning);
#include "simulator/options.def"
  return out;
}

std::string read_file(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Options, are_in_the_docs_as_in_options_def) {
  std::string page = read_file(HLID_SIM_DOCS);
  for (const auto& [header, expected] : tables()) {
    const std::string head = "| " + header + " | default | meaning |\n|---|---|---|\n";
    const size_t at = page.find(head);
    ASSERT_NE(at, std::string::npos) << header;
    const size_t from = at + head.size();
    const size_t size = page.find("\n\n", from) + 1 - from;
    if (std::getenv("HLID_UPDATE_DOCS"))
      page.replace(from, size, expected);
    else
      EXPECT_EQ(page.substr(from, size), expected) << "to write it: HLID_UPDATE_DOCS=1";
  }
  if (std::getenv("HLID_UPDATE_DOCS")) std::ofstream(HLID_SIM_DOCS) << page;
}

TEST(Options, are_written_as_they_are_read) {
  hlid_sim::Options options = hlid_sim::default_options();
  const json settings = hlid_sim::settings_to_json(options.settings);
  EXPECT_EQ(settings["otp_length"], 6);
  EXPECT_EQ(settings["sso_providers"], json({"ExampleProvider"}));
  hlid_sim::apply_patch(options, {{"settings", settings}}, hlid_sim::PatchScope::running);
  EXPECT_EQ(hlid_sim::settings_to_json(options.settings), settings);
}

TEST(Options, name_every_kind_of_value_that_is_counted) {
  const std::string page = read_file(HLID_SIM_DOCS);
  for (const auto kind : hlid_sim::UseKind::kAll) EXPECT_NE(page.find("`" + std::string(kind) + "`"), std::string::npos) << kind;
}

TEST(Options, are_checked_at_start) {
  for (const char* text :
       {R"({"path_prefix": "shop"})", R"({"path_prefix": "/shop/"})", R"({"port": 70000})", R"({"public_origin": "localhost"})"})
    EXPECT_THROW(hlid_sim::Simulator::start(options_from_json(text)), std::runtime_error) << text;
}

TEST(Options, may_name_the_proxy_in_front) {
  const auto sim = hlid_sim::Simulator::start(options_from_json(R"({"public_origin": "https://localhost:8443"})"));
  EXPECT_EQ(sim->site(), "https://localhost:8443/shop");
  EXPECT_FALSE(sim->ca_file().empty());
  httplib::Client client("127.0.0.1", sim->port());
  EXPECT_EQ(client.Get("/shop/id/keys")->status, 200);
}

}  // namespace hlid_sim_test
