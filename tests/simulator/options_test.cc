// Options from JSON.
#include <fstream>
#include <iterator>

#include "simulator/options.h"
#include "site.h"

namespace hlid_sim_test {

using hlid_sim::options_from_json;

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
  EXPECT_EQ(got.apps[0].redirect_uris.size(), 2u);
  EXPECT_EQ(got.apps[4].client_secret, "s");
  EXPECT_EQ(got.users.back().email, "new@example.com");
  EXPECT_EQ(got.users.back().user_id.size(), 18u);
}

TEST(Options, are_refused_with_a_clear_message) {
  const std::pair<const char*, const char*> cases[] = {
      {"nonsense", "the options are not JSON"},
      {"[]", "the options must be a JSON object"},
      {R"({"prot": 1})", "the options: unknown name prot"},
      {R"({"port": "1"})", "the options: port: a whole number is expected"},
      {R"({"settings": {"no_such": 1}})", "settings: unknown name no_such"},
      {R"({"apps": [{"client_id": "a", "scope": []}]})", "apps a: unknown name scope"},
      {R"({"apps": [{}]})", "each of apps needs a client_id"},
      {R"({"users": {}})", "users must be a JSON array"},
      {R"({"settings": {"recaptcha_kind": "v4"}})", "settings: recaptcha_kind must be one of any, recaptcha, recaptchaevent"},
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

TEST(Options, are_all_described_in_the_docs) {
  std::ifstream in(HLID_SIM_DOCS);
  const std::string page((std::istreambuf_iterator<char>(in)), {});
  ASSERT_FALSE(page.empty()) << HLID_SIM_DOCS;
  const auto options = hlid_sim::default_options();
  const json described[] = {hlid_sim::settings_to_json(options.settings), hlid_sim::app_to_json(options.apps[0]),
                            hlid_sim::user_to_json(options.users[0])};
  for (const json& each : described) {
    for (const auto& item : each.items()) {
      if (item.key() == "public") continue;  // what state says of an app; nothing to set
      EXPECT_NE(page.find("`" + item.key() + "`"), std::string::npos) << item.key();
    }
  }
}

TEST(Options, have_default_values_that_the_docs_name) {
  const json settings = hlid_sim::settings_to_json(hlid_sim::default_options().settings);
  std::ifstream in(HLID_SIM_DOCS);
  std::string line;
  int checked = 0;
  while (std::getline(in, line)) {
    for (const auto& item : settings.items()) {
      if (!item.value().is_boolean() || !line.starts_with("| `" + item.key() + "` |")) continue;
      EXPECT_TRUE(line.starts_with("| `" + item.key() + "` | " + (item.value().get<bool>() ? "true" : "false"))) << line;
      ++checked;
    }
  }
  EXPECT_GT(checked, 15);
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
