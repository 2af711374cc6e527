// Options from JSON.
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
