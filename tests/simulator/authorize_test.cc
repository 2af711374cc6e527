// The rules of the authorize endpoint for a named user, and those that hold for every flow.
#include "site.h"

namespace hlid_sim_test {

class Authorize : public Site {};

TEST_F(Authorize, redirects_a_right_login_with_a_code) {
  const Reply got = authorize(login_fields(), named());
  ASSERT_EQ(got.status, 302) << got.body;
  EXPECT_TRUE(got.header("Location").starts_with(kCallback + "?"));
  auto query = query_of(got.header("Location"));
  EXPECT_TRUE(query["code"].ends_with("=="));
  EXPECT_EQ(query["sfdc_community_url"], sim_->site());
  EXPECT_EQ(query["sfdc_community_id"].size(), 18u);
  EXPECT_EQ(query["state"], "q81Zs");
}

TEST_F(Authorize, sends_no_state_where_none_was_sent) {
  const Reply got = authorize(without(login_fields(), "state"), named());
  EXPECT_FALSE(query_of(got.header("Location")).contains("state"));
}

TEST_F(Authorize, takes_basic_credentials_in_both_alphabets_padded_or_not) {
  // lena's password is the same in both; gruen@'s differs.
  const std::string pair = "gruen@example.com:Gr\u00fcn>?7~pass";
  std::string unpadded = hlid_sim::base64(pair);
  while (unpadded.ends_with('=')) unpadded.pop_back();
  for (const std::string& text : {hlid_sim::base64(pair), unpadded, hlid_sim::base64url(pair)}) {
    Headers headers = named();
    headers.emplace("Authorization", "Basic " + text);
    EXPECT_EQ(authorize(authorize_fields(), headers).status, 302) << text;
  }
}

TEST_F(Authorize, splits_basic_credentials_at_the_first_colon) {
  Headers headers = named();
  headers.emplace("Authorization", "Basic " + hlid_sim::base64(kLena + ":" + kLenasPassword));
  EXPECT_EQ(authorize(authorize_fields(), headers).status, 302);
}

TEST_F(Authorize, does_not_trim_a_password) {
  const Fields fields = with(login_fields(), "username", "max@example.com");
  EXPECT_EQ(authorize(with(fields, "password", "  edge spaces  "), named()).status, 302);
  expect_error(authorize(with(fields, "password", "edge spaces"), named()), "invalid_grant", "authentication failure");
}

TEST_F(Authorize, refuses_basic_credentials_that_are_not_base64_or_have_no_colon) {
  const std::vector<std::string> bad = {"Basic %%%", "Basic YQ=", "Basic " + hlid_sim::base64("no colon"), "Bearer abc", "Basic"};
  for (const std::string& text : bad) {
    Headers headers = named();
    headers.emplace("Authorization", text);
    expect_error(authorize(authorize_fields(), headers), "invalid_request");
  }
}

TEST_F(Authorize, refuses_credentials_in_two_places) {
  Headers headers = named();
  headers.emplace("Authorization", "Basic " + hlid_sim::base64(kLena + ":" + kLenasPassword));
  expect_error(authorize(login_fields(), headers), "invalid_request");
}

TEST_F(Authorize, shows_the_login_page_where_there_are_no_credentials) {
  const Reply got = authorize(authorize_fields(), named());
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.is_login_page());
}

TEST_F(Authorize, ignores_basic_credentials_where_the_app_is_post_only) {
  change_app(kPublic, {{"is_code_cred_post_only", true}});
  Headers headers = named();
  headers.emplace("Authorization", "Basic " + hlid_sim::base64(kLena + ":" + kLenasPassword));
  const Reply got = authorize(authorize_fields(), headers);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.is_login_page());
  EXPECT_EQ(authorize(login_fields(), named()).status, 302);
}

TEST_F(Authorize, cannot_tell_a_wrong_password_from_an_unknown_inactive_or_locked_user) {
  const std::pair<std::string, std::string> wrong[] = {{kLena, "wrong"},
                                                       {"unknown@example.com", "wrong"},
                                                       {"inactive@example.com", "Inactive-Pass-1"},
                                                       {"locked@example.com", "Locked-Pass-1"}};
  for (const auto& [username, password] : wrong) {
    const Reply got = authorize(with(with(login_fields(), "username", username), "password", password), named());
    expect_error(got, "invalid_grant", "authentication failure");
  }
}

TEST_F(Authorize, locks_a_user_out_after_too_many_failures_for_a_time) {
  change(R"({"settings": {"max_login_attempts": 3, "lockout_min": 15}})");
  for (int i = 0; i < 3; ++i) authorize(with(login_fields(), "password", "wrong"), named());
  expect_error(authorize(login_fields(), named()), "invalid_grant", "authentication failure");
  advance_minutes(15);
  EXPECT_EQ(authorize(login_fields(), named()).status, 302);
}

TEST_F(Authorize, refuses_a_user_or_app_without_approval) {
  const Fields unapproved = with(with(login_fields(), "username", "unapproved@example.com"), "password", "Unapproved-Pass-1");
  expect_error(authorize(unapproved, named()), "invalid_app_access", "user is not admin approved");
  change_app(kPublic, {{"admin_approved", false}});
  expect_error(authorize(login_fields(), named()), "invalid_app_access", "user is not admin approved");
}

TEST_F(Authorize, shows_the_login_page_for_what_it_does_not_take_for_headless) {
  EXPECT_TRUE(authorize(login_fields(), {}).is_login_page());
  // A browser's request is not headless, whatever its headers.
  const Reply got = get("/services/oauth2/authorize?" + form(login_fields()), named());
  EXPECT_EQ(got.header("Location").find("code="), std::string::npos) << got.header("Location");
}

TEST_F(Authorize, shows_the_login_page_where_the_flow_is_switched_off) {
  change_app(kPublic, {{"is_code_cred_flow_enabled", false}});
  EXPECT_TRUE(authorize(login_fields(), named()).is_login_page());
  change_app(kPublic, {{"is_code_cred_flow_enabled", true}});
  change(R"({"settings": {"oauth_cd_crdt_flow_enable": false}})");
  EXPECT_TRUE(authorize(login_fields(), named()).is_login_page());
}

TEST_F(Authorize, takes_the_request_type_in_exactly_one_case) {
  for (const char* type : {"Guest-User", "named-user", "NAMED-USER", "Guest", "GUEST", "user", ""}) {
    expect_error(authorize(login_fields(), {{"Auth-Request-Type", type}}), "invalid_request", "invalid headers");
  }
  expect_error(authorize(login_fields(), {{"Auth-Request-Type", "Named-User"}, {"Auth-Request-Type", "Named-User"}}),
               "invalid_request", "invalid headers");
}

TEST_F(Authorize, refuses_a_field_that_is_missing_or_wrong) {
  struct Case {
    Fields fields;
    std::string error;
  };
  const Case cases[] = {
      {without(login_fields(), "response_type"), "invalid_request"},
      {with(login_fields(), "response_type", "code"), "unsupported_response_type"},
      {without(login_fields(), "client_id"), "invalid_request"},
      {with(login_fields(), "client_id", "3MVG9Nobody"), "invalid_client_id"},
      {without(login_fields(), "redirect_uri"), "invalid_request"},
      {with(login_fields(), "redirect_uri", kCallback + "/"), "redirect_uri_mismatch"},
      {with(login_fields(), "redirect_uri", "https://APP.example.com/callback"), "redirect_uri_mismatch"},
      {without(login_fields(), "code_challenge"), "invalid_request"},
      {with(login_fields(), "code_challenge", kChallenge + "="), "invalid_request"},
      {with(login_fields(), "code_challenge", kVerifier + "x"), "invalid_request"},
      {with(login_fields(), "code_challenge_method", "plain"), "invalid_request"},
      {without(login_fields(), "password"), "invalid_request"},
      {without(login_fields(), "username"), "invalid_request"},
  };
  for (const auto& each : cases) expect_error(authorize(each.fields, named()), each.error);
  EXPECT_EQ(authorize(with(login_fields(), "code_challenge_method", "S256"), named()).status, 302);
}

TEST_F(Authorize, needs_no_challenge_where_the_app_does_not_require_one) {
  change_app(kPublic, {{"is_pkce_required", false}});
  const std::string code = code_of(authorize(without(login_fields(), "code_challenge"), named()));
  expect_error(token(token_fields(code)), "invalid_grant", "invalid code verifier");
  const std::string again = code_of(authorize(without(login_fields(), "code_challenge"), named()));
  EXPECT_EQ(token(without(token_fields(again), "code_verifier")).status, 200);
}

TEST_F(Authorize, redirects_to_the_login_page_for_a_scope_the_app_lacks) {
  for (const char* scope : {"web", "openid web", "openid,api", "OPENID"}) {
    const Reply got = authorize(with(login_fields(), "scope", scope), named());
    EXPECT_EQ(got.status, 302);
    EXPECT_EQ(got.header("Location"), sim_->site() + "/login");
    EXPECT_TRUE(got.is_login_page());
  }
}

TEST_F(Authorize, reads_the_body_as_a_strict_form) {
  const std::string good = form(login_fields());
  const std::string path = "/shop/services/oauth2/authorize";
  EXPECT_EQ(post_raw(path, good, named()).status, 302);
  for (const char* tail : {"&scope=%4", "&scope=%zz", "&scope=a b", "&scope", "&", "&=x", "&&scope=api", "&state=again",
                           "&scope=\xc3\xa9", "&scope=%ff"}) {
    expect_error(post_raw(path, good + tail, named()), "invalid_request");
  }
  expect_error(post_raw(path, json(login_fields()).dump(), named(), "application/json"), "invalid_request");
  expect_error(post_raw(path + "?state=x", good, named()), "invalid_request");
  EXPECT_EQ(post_raw(path, good, named(), "application/x-www-form-urlencoded; charset=UTF-8").status, 302);
}

TEST_F(Authorize, responds_under_the_twin_prefix_too) {
  EXPECT_EQ(post_raw("/shopvforcesite/services/oauth2/authorize", form(login_fields()), named()).status, 302);
  EXPECT_EQ(post_raw("/services/oauth2/authorize", form(login_fields()), named()).status, 400);
  EXPECT_EQ(post_raw("/shopping/services/oauth2/authorize", form(login_fields()), named()).status, 404);
}

TEST_F(Authorize, sends_the_code_to_the_echo_endpoint_of_the_site) {
  const std::string echo = sim_->site() + "/services/oauth2/echo";
  const Reply got = authorize(with(login_fields(), "redirect_uri", echo), named());
  ASSERT_EQ(got.status, 302);
  const std::string location = got.header("Location");
  ASSERT_TRUE(location.starts_with(echo + "?"));
  const Reply echoed = get("/services/oauth2/echo?" + form(query_of(location)));
  EXPECT_EQ(echoed.object(), json(query_of(location)));
}

TEST_F(Authorize, percent_encodes_the_code_in_location) {
  const std::string body = form(with(login_fields(), "state", "a b&c=d/\xc3\xbc"));
  const std::string got = raw("POST /shop/services/oauth2/authorize HTTP/1.1\r\n" + host() +
                              "Connection: close\r\n"
                              "Auth-Request-Type: Named-User\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                              "Content-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_TRUE(got.starts_with("HTTP/1.1 302 ")) << got;
  EXPECT_NE(got.find("%3D%3D&sfdc_community_url=http%3A%2F%2Flocalhost%3A"), std::string::npos) << got;
  EXPECT_NE(got.find("&state=a%20b%26c%3Dd%2F%C3%BC\r\n"), std::string::npos) << got;
}

// ---- what a client must not mistake for a wrong password ----

TEST_F(Authorize, sends_a_person_to_a_page_of_salesforces_own) {
  change_user(kLena, {{"page", "error_page"}});
  const Reply got = authorize(login_fields(), named());
  ASSERT_EQ(got.status, 302) << got.body;
  EXPECT_EQ(query_of(got.header("Location"))["error"], "OAUTH_AUTHORIZATION_BLOCKED");
  change_user(kLena, {{"page", "change_password here"}});
  const Reply page = authorize(login_fields(), named());
  ASSERT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("/_ui/system/security/ChangePassword"), std::string::npos);
}

TEST_F(Authorize, refuses_an_app_with_the_code_of_its_switch) {
  change_app(kPublic, {{"refused_with", "app_blocked"}});
  expect_error(authorize(login_fields(), named()), "app_blocked");
}

TEST_F(Authorize, is_down_as_the_whole_org_is) {
  setting("outage", "maintenance");
  const Reply down = authorize(login_fields(), named());
  EXPECT_EQ(down.status, 503);
  EXPECT_EQ(down.header("Retry-After"), "60");
  setting("outage", "rate_limit");
  EXPECT_EQ(authorize(login_fields(), named()).status, 403);
  setting("outage", "");
  EXPECT_EQ(authorize(login_fields(), named()).status, 302);
}

}  // namespace hlid_sim_test
