// Native single sign-on: authorize by GET with sso_provider, and the page of the provider.
#include "site.h"

namespace hlid_sim_test {

class Sso : public Site {
 protected:
  static Fields query() {
    return {{"response_type", "code"},           {"client_id", kPublic},         {"redirect_uri", kCallback},
            {"sso_provider", "ExampleProvider"}, {"code_challenge", kChallenge}, {"state", "q81Zs"}};
  }
  Reply begin(const Fields& fields, const Headers& headers = {}) {
    return get("/services/oauth2/authorize?" + form(fields), headers);
  }
  // httplib has decoded the address once; the query is encoded again.
  Reply at_provider(Fields fields) { return get("/__provider?" + form(fields)); }
};

TEST_F(Sso, sends_the_browser_to_the_provider_and_back_with_a_code) {
  const Reply first = begin(query());
  EXPECT_EQ(first.status, 302);
  EXPECT_TRUE(first.header("Location").starts_with(sim_->site() + "/__provider?")) << first.header("Location");
  const Reply page = at_provider(query());
  EXPECT_TRUE(page.header("Content-Type").starts_with("text/html"));
  EXPECT_NE(page.body.find(">Continue as " + kLena + "</a>"), std::string::npos) << page.body;

  const Reply back = at_provider(with(query(), "user", kLena));
  EXPECT_TRUE(back.header("Location").starts_with(kCallback + "?"));
  auto params = query_of(back.header("Location"));
  EXPECT_EQ(params["state"], "q81Zs");
  EXPECT_EQ(params["sfdc_community_url"], sim_->site());
  const json tokens = token(token_fields(params["code"])).object();
  EXPECT_EQ(get("/services/oauth2/userinfo", bearer(tokens["access_token"])).object()["preferred_username"], kLena);
}

TEST_F(Sso, has_links_on_the_page_that_lead_back) {
  const std::string body = at_provider(query()).body;
  const size_t from = body.find("href=\"") + 6;
  std::string link = body.substr(from, body.find('"', from) - from);
  for (size_t at = 0; (at = link.find("&amp;")) != std::string::npos;) link.replace(at, 5, "&");
  ASSERT_TRUE(link.starts_with(sim_->origin()));
  const Reply back = reply(client_->Get(link.substr(sim_->origin().size())));
  EXPECT_TRUE(query_of(back.header("Location")).contains("code")) << link;
}

TEST_F(Sso, tells_the_app_that_somebody_would_not_or_could_not) {
  for (const auto& [name, value] : Fields{{"deny", "1"}, {"user", "unknown@example.com"}}) {
    auto params = query_of(at_provider(with(query(), name, value)).header("Location"));
    EXPECT_EQ(params["error"], "access_denied");
    EXPECT_EQ(params["state"], "q81Zs");
  }
  auto params = query_of(at_provider(with(query(), "user", "inactive@example.com")).header("Location"));
  EXPECT_EQ(params["error"], "access_denied");
  params = query_of(at_provider(with(query(), "user", "unapproved@example.com")).header("Location"));
  EXPECT_EQ(params["error"], "invalid_app_access");
  change_app(kPublic, {{"admin_approved", false}});
  params = query_of(at_provider(with(query(), "user", "unapproved@example.com")).header("Location"));
  EXPECT_TRUE(params.contains("code")) << "the person approves the app";
}

TEST_F(Sso, refuses_a_request_that_is_wrong) {
  expect_error(begin(with(query(), "sso_provider", "Unknown")), "invalid_request",
               "the identity provider is not a login option of the site");
  expect_error(begin(with(query(), "response_type", "code_credentials")), "unsupported_response_type");
  expect_error(begin(with(query(), "redirect_uri", kCallback + "/")), "redirect_uri_mismatch");
  expect_error(begin(with(query(), "client_id", "3MVG9Nobody")), "invalid_client_id");
  expect_error(begin(with(query(), "scope", "web")), "invalid_scope");
  expect_error(begin(without(query(), "code_challenge")), "invalid_request");
  expect_error(begin(query(), named()), "invalid_request", "invalid headers");
  expect_error(at_provider(with(query(), "sso_provider", "Unknown")), "invalid_request");
  setting("sso_providers", {"Other"});
  expect_error(begin(query()), "invalid_request");
  EXPECT_EQ(begin(with(query(), "sso_provider", "Other")).status, 302);
  EXPECT_TRUE(begin(without(query(), "sso_provider")).is_login_page());
  EXPECT_TRUE(begin(with(without(query(), "sso_provider"), "sso-provider", "Other")).is_login_page());
}

}  // namespace hlid_sim_test
