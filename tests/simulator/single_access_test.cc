// The bridge from an access token to a browser session.
#include "site.h"

namespace hlid_sim_test {

class SingleAccess : public Site {
 protected:
  static constexpr const char* kPath = "/services/oauth2/singleaccess";
  void SetUp() override {
    Site::SetUp();
    change_app(kPublic, {{"scopes", {"api", "web"}}, {"is_named_user_jwt_enabled", false}});
  }
  Reply ask(const std::string& token, const std::string& path = "/shop/account") {
    return post(kPath, {{"redirect_uri", path}}, bearer(token));
  }
  std::string opaque() { return login()["access_token"]; }
  void expect_word(const Reply& got, const std::string& word, int status = 403) {
    EXPECT_EQ(got.status, status);
    EXPECT_EQ(got.body, word);
  }
  Reply open(const std::string& uri) {
    EXPECT_TRUE(uri.starts_with(sim_->origin())) << uri;
    return reply(client_->Get(uri.substr(sim_->origin().size())));
  }
};

TEST_F(SingleAccess, opens_the_site_once) {
  const std::string uri = ask(opaque()).object()["frontdoor_uri"];
  const Reply first = open(uri);
  EXPECT_EQ(first.status, 302);
  EXPECT_EQ(first.header("Location"), sim_->origin() + "/shop/account");
  EXPECT_EQ(open(uri).header("Location"), sim_->site() + "/login");
}

TEST_F(SingleAccess, opens_it_for_a_minute) {
  const std::string uri = ask(opaque()).object()["frontdoor_uri"];
  advance_minutes(1);
  EXPECT_EQ(open(uri).header("Location"), sim_->site() + "/login");
}

TEST_F(SingleAccess, takes_get_and_a_parameter_too) {
  const std::string token = opaque();
  EXPECT_EQ(get(std::string(kPath) + "?redirect_uri=%2Fshop%2F", bearer(token)).status, 200);
  EXPECT_EQ(post(kPath, {{"redirect_uri", "/shop/"}, {"access_token", token}}).status, 200);
  EXPECT_EQ(get(kPath, bearer(token)).status, 200);
  expect_word(post(kPath, {{"access_token", token}}, bearer(token)), "Invalid_Param", 400);
}

TEST_F(SingleAccess, refuses_addresses_that_are_not_paths_of_the_site) {
  const std::string token = opaque();
  for (const char* path :
       {"https://app.example.com/", "//app.example.com/", "shop/account", "/account", "/shopping", "/shop\\x", ""})
    expect_word(ask(token, path), "Invalid_Param", 400);
  EXPECT_EQ(ask(token, "/shop").status, 200);
}

TEST_F(SingleAccess, says_what_is_wrong_with_the_token) {
  expect_word(post(kPath, {{"redirect_uri", "/shop/"}}), "Missing_OAuth_Token");
  expect_word(ask("00DEx!unknown"), "Bad_OAuth_Token");
  expect_word(ask(guest_token()), "No_Access");
  const std::string token = opaque();
  change_user(kLena, {{"api_only", true}});
  expect_word(ask(token), "Bad_OAuth_Token");
  change_user(kLena, {{"api_only", false}});
  advance_minutes(121);
  expect_word(ask(token), "Bad_OAuth_Token");
}

TEST_F(SingleAccess, wants_an_opaque_token_with_web_or_full) {
  change_app(kPublic, {{"is_named_user_jwt_enabled", true}});
  expect_word(ask(opaque()), "Bad_OAuth_Token");
  change_app(kPublic, {{"scopes", {"api"}}, {"is_named_user_jwt_enabled", false}});
  expect_word(ask(opaque()), "Invalid_Scope");
  change_app(kPublic, {{"scopes", {"full"}}});
  EXPECT_EQ(ask(opaque()).status, 200);
}

}  // namespace hlid_sim_test
