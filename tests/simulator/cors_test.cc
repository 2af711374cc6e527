// What a page from another origin may read.
#include "site.h"

namespace hlid_sim_test {

class Cors : public Site {
 protected:
  static inline const std::string kPage = "https://spa.example.com";
  // Whether the browser would show the response of a request to the page.
  bool readable(const std::string& path, const char* method = "GET") {
    const Headers headers = {{"Origin", kPage}};
    const Reply got = std::string(method) == "GET" ? get(path, headers) : post(path, {}, headers);
    return got.header("Access-Control-Allow-Origin") == kPage;
  }
};

TEST_F(Cors, public_documents_and_the_echo_are_for_every_page) {
  for (const char* path : {"/id/keys", "/.well-known/openid-configuration", "/services/oauth2/echo"})
    EXPECT_TRUE(readable(path)) << path;
}

TEST_F(Cors, userinfo_is_for_the_pages_on_the_list) {
  EXPECT_FALSE(readable("/services/oauth2/userinfo"));
  setting("cors_whitelist_origins", {kPage});
  EXPECT_TRUE(readable("/services/oauth2/userinfo"));
}

TEST_F(Cors, what_gives_tokens_or_sends_messages_must_be_opened_as_well) {
  const char* paths[] = {"/services/oauth2/authorize",
                         "/services/oauth2/token",
                         "/services/oauth2/revoke",
                         "/services/oauth2/introspect",
                         "/services/auth/headless/init/registration",
                         "/services/auth/headless/init/passwordless/login",
                         "/services/auth/headless/forgot_password"};
  setting("cors_whitelist_origins", {kPage});
  for (const char* path : paths) EXPECT_FALSE(readable(path, "POST")) << path;
  setting("enable_oauth_cors_policy", true);
  for (const char* path : paths) EXPECT_TRUE(readable(path, "POST")) << path;
  setting("cors_whitelist_origins", {"https://other.example.com"});
  for (const char* path : paths) EXPECT_FALSE(readable(path, "POST")) << path;
}

TEST_F(Cors, single_access_is_for_servers_only) {
  change(R"({"settings": {"enable_oauth_cors_policy": true, "cors_whitelist_origins": ["https://spa.example.com"]}})");
  EXPECT_FALSE(readable("/services/oauth2/singleaccess", "POST"));
  EXPECT_FALSE(readable("/services/oauth2/v1/authorization_challenge", "POST"));
}

TEST_F(Cors, responds_to_the_question_before_a_request) {
  change(R"({"settings": {"enable_oauth_cors_policy": true, "cors_whitelist_origins": ["https://spa.example.com"]}})");
  const Headers headers = {{"Origin", kPage},
                           {"Access-Control-Request-Method", "POST"},
                           {"Access-Control-Request-Headers", "auth-request-type,uvid-hint"}};
  const Reply got = reply(client_->Options("/shop/services/oauth2/authorize", headers));
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("Access-Control-Allow-Origin"), kPage);
  EXPECT_EQ(got.header("Access-Control-Allow-Headers"), "auth-request-type,uvid-hint");
  const Reply refused = reply(client_->Options("/shop/services/oauth2/singleaccess", headers));
  EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "");
}

}  // namespace hlid_sim_test
