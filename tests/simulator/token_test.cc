// The rules of the token endpoint: codes, PKCE, client authentication, refresh.
#include "site.h"

#include "simulator/org.h"

namespace hlid_sim_test {

class Token : public Site {
 protected:
  std::string private_code() { return code_of(authorize(login_fields(kPrivate), named())); }
  std::string secret() const {
    const json description = sim_->description();
    return description["apps"][1]["client_secret"];
  }
  static Fields refresh_fields(const std::string& refresh_token) {
    return {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token}, {"client_id", kPublic}};
  }
};

TEST_F(Token, has_every_member_of_a_token_response) {
  const json got = login();
  EXPECT_EQ(got["token_type"], "Bearer");
  EXPECT_EQ(got["token_format"], "jwt");
  EXPECT_EQ(got["scope"], "openid api refresh_token");
  EXPECT_EQ(got["issued_at"], std::to_string(kStart));
  EXPECT_EQ(got["sfdc_community_url"], sim_->site());
  for (const char* name :
       {"instance_url", "id", "signature", "sfdc_community_id", "refresh_token", "id_token", "api_instance_url"})
    EXPECT_TRUE(got.contains(name)) << name;
}

TEST_F(Token, signs_id_and_issued_at_with_the_secret) {
  const std::string key = secret();
  const json got = token(with(token_fields(private_code(), kPrivate), "client_secret", key)).object();
  const std::string signed_text = got["id"].get<std::string>() + got["issued_at"].get<std::string>();
  EXPECT_EQ(got["signature"], hlid_sim::base64(hlid_sim::hmac_sha256(key, signed_text)));
}

TEST_F(Token, gives_only_what_the_scope_grants) {
  const json got = token(token_fields(code_of(authorize(with(login_fields(), "scope", "api"), named())))).object();
  EXPECT_EQ(got["scope"], "api");
  EXPECT_FALSE(got.contains("refresh_token"));
  EXPECT_FALSE(got.contains("id_token"));
}

TEST_F(Token, gives_an_opaque_token_where_the_app_issues_no_jwt) {
  change_app(kPublic, {{"is_named_user_jwt_enabled", false}});
  const json got = login();
  EXPECT_EQ(got["token_format"], "opaque");
  EXPECT_TRUE(got["access_token"].get<std::string>().starts_with("00D"));
  EXPECT_FALSE(got.contains("api_instance_url"));
}

TEST_F(Token, puts_the_documented_claims_into_a_named_jwt) {
  const std::string jwt = login()["access_token"];
  const json header = jwt_part(jwt, 0);
  EXPECT_EQ(header["alg"], "RS256");
  EXPECT_EQ(header["typ"], "JWT");
  EXPECT_EQ(header["tty"], "sfdc-core-token");
  EXPECT_TRUE(header.contains("kid"));
  EXPECT_TRUE(header.contains("tnk"));
  const json claims = claims_of(jwt);
  EXPECT_EQ(claims["iss"], sim_->site());
  EXPECT_TRUE(claims["aud"].is_array());
  EXPECT_EQ(claims["sub"], "uid:005Ex0000002defIAA");
  EXPECT_EQ(claims["client_id"], kPublic);
  EXPECT_EQ(claims["scp"], "openid api refresh_token");
  EXPECT_EQ(claims["mty"], "oauth");
  EXPECT_EQ(claims["iat"], kStart / 1000);
  EXPECT_EQ(claims["nbf"], kStart / 1000);
  EXPECT_EQ(claims["exp"], kStart / 1000 + 30 * 60);
  EXPECT_FALSE(claims.contains("uvid"));
}

TEST_F(Token, takes_a_code_once_and_ends_its_tokens_when_it_comes_again) {
  const std::string code = login_code();
  const json got = token(token_fields(code)).object();
  const std::string access = got["access_token"];
  EXPECT_EQ(get("/services/oauth2/userinfo", bearer(access)).status, 200);
  expect_error(token(token_fields(code)), "invalid_grant");
  EXPECT_EQ(get("/services/oauth2/userinfo", bearer(access)).status, 403);
  expect_error(token(refresh_fields(got["refresh_token"])), "invalid_grant");
}

TEST_F(Token, takes_a_code_for_fifteen_minutes) {
  const std::string fresh = login_code();
  const std::string stale = login_code();
  sim_->advance_ms(15 * 60'000 - 1);
  EXPECT_EQ(token(token_fields(fresh)).status, 200);
  sim_->advance_ms(1);
  expect_error(token(token_fields(stale)), "invalid_grant", "expired authorization code");
}

TEST_F(Token, refuses_a_code_with_anything_else_than_was_agreed) {
  struct Case {
    const char* name;
    const char* value;  // null: left out
    std::string error;
  };
  const Case cases[] = {{"code", "aPrxNobody==", "invalid_grant"},
                        {"code", nullptr, "invalid_request"},
                        {"redirect_uri", "https://app.example.com/other", "invalid_grant"},
                        {"redirect_uri", nullptr, "invalid_request"},
                        {"code_verifier", "kV7m2Qx0cT4bN9sYpLr3Zf8WdHj6Ga1uEoXiRtKyMvR", "invalid_grant"},
                        {"code_verifier", "short", "invalid_grant"},
                        {"code_verifier", nullptr, "invalid_grant"},
                        {"client_id", "3MVG9Nobody", "invalid_client_id"},
                        {"client_id", nullptr, "invalid_request"},
                        {"grant_type", nullptr, "invalid_request"},
                        {"grant_type", "magic_link", "unsupported_grant_type"}};
  for (const auto& each : cases) {
    const Fields fields = token_fields(login_code());
    expect_error(token(each.value ? with(fields, each.name, each.value) : without(fields, each.name)), each.error);
  }
}

TEST_F(Token, spends_the_code_on_a_wrong_verifier) {
  const std::string code = login_code();
  expect_error(token(without(token_fields(code), "code_verifier")), "invalid_grant", "missing code verifier");
  expect_error(token(token_fields(code)), "invalid_grant", "invalid authorization code");
}

TEST_F(Token, can_report_a_wrong_verifier_as_salesforce_writes_it) {
  change(R"({"settings": {"pkce_mismatch_error": "invalid_request"}})");
  expect_error(token(with(token_fields(login_code()), "code_verifier", kVerifier + "x")), "invalid_request",
               "invalid code verifier");
}

TEST_F(Token, takes_a_verifier_as_long_as_the_mobile_clients_send) {
  std::string bytes;
  for (int i = 0; i < 128; ++i) bytes += static_cast<char>(i);
  const std::string verifier = hlid_sim::base64url(bytes);
  ASSERT_EQ(verifier.size(), 171u);
  const Fields fields = with(login_fields(), "code_challenge", "m9v0o6VZCkA61J5U-X1Tz5TKs3SgkIws3KAW_OnRzjg");
  const std::string code = code_of(authorize(fields, named()));
  EXPECT_EQ(token(with(token_fields(code), "code_verifier", verifier)).status, 200);
}

TEST_F(Token, refuses_a_code_of_another_client) {
  expect_error(token(with(token_fields(login_code(), kPrivate), "client_secret", secret())), "invalid_grant");
}

TEST_F(Token, asks_a_private_client_for_its_secret) {
  expect_error(token(token_fields(private_code(), kPrivate)), "invalid_client");
  expect_error(token(with(token_fields(private_code(), kPrivate), "client_secret", "wrong")), "invalid_client");
  EXPECT_EQ(token(with(token_fields(private_code(), kPrivate), "client_secret", secret())).status, 200);
}

TEST_F(Token, takes_the_secret_by_header_too_but_not_twice) {
  const Headers right = {{"Authorization", "Basic " + hlid_sim::base64(kPrivate + ":" + secret())}};
  const Headers wrong = {{"Authorization", "Basic " + hlid_sim::base64(kPrivate + ":wrong")}};
  EXPECT_EQ(token(without(token_fields(private_code()), "client_id"), right).status, 200);
  EXPECT_EQ(token(token_fields(private_code(), kPrivate), right).status, 200);
  expect_error(token(token_fields(private_code(), kPublic), right), "invalid_request");
  expect_error(token(with(token_fields(private_code(), kPrivate), "client_secret", secret()), right), "invalid_request");
  expect_error(token(token_fields(private_code(), kPrivate), wrong), "invalid_client", "", 401);
}

TEST_F(Token, refuses_a_secret_from_a_public_client) {
  expect_error(token(with(token_fields(login_code()), "client_secret", "anything")), "invalid_client");
}

TEST_F(Token, needs_no_secret_where_it_is_optional) {
  change_app(kPrivate, {{"is_consumer_secret_optional", true}});
  EXPECT_EQ(token(token_fields(private_code(), kPrivate)).status, 200);
  expect_error(token(with(token_fields(private_code(), kPrivate), "client_secret", "wrong")), "invalid_client");
}

TEST_F(Token, refuses_guest_headers_for_a_named_code) {
  expect_error(token(token_fields(login_code()), guest_at_token()), "invalid_request", "invalid headers");
  expect_error(token(token_fields(login_code()), {{"Uvid-Hint", kUvid}}), "invalid_request", "invalid headers");
}

TEST_F(Token, is_post_only) { expect_error(get("/services/oauth2/token?" + form(token_fields("x"))), "invalid_request"); }

TEST_F(Token, refreshes_as_often_as_asked_without_rotation) {
  const std::string refresh = login()["refresh_token"];
  for (int i = 0; i < 2; ++i) {
    const Reply got = token(refresh_fields(refresh));
    ASSERT_EQ(got.status, 200) << got.body;
    EXPECT_FALSE(got.object().contains("refresh_token"));
  }
}

TEST_F(Token, rotates_and_ends_everything_when_an_old_token_comes_again) {
  change_app(kPublic, {{"is_refresh_token_rotation_enabled", true}});
  const std::string first = login()["refresh_token"];
  const json got = token(refresh_fields(first)).object();
  const std::string second = got["refresh_token"];
  EXPECT_NE(first, second);
  expect_error(token(refresh_fields(first)), "invalid_grant");
  expect_error(token(refresh_fields(second)), "invalid_grant");
  EXPECT_EQ(get("/services/oauth2/userinfo", bearer(got["access_token"])).status, 403);
  EXPECT_EQ(sim_->seen()["refreshes"], json({{"done", 1}, {"ages_ms", {0}}, {"in_use", 0}, {"families_ended", 1}}));
}

TEST_F(Token, lasts_for_seconds_where_the_setting_says_so) {
  change(R"({"settings":{"access_token_lifetime_s":2,"token_says_expires_in":true}})");
  for (const bool is_jwt : {true, false}) {
    change_app(kPublic, {{"is_named_user_jwt_enabled", is_jwt}});
    const json got = login();
    EXPECT_EQ(got["expires_in"], 2);
    EXPECT_EQ(get("/services/oauth2/userinfo", bearer(got["access_token"])).status, 200);
    sim_->advance_ms(2000);
    EXPECT_EQ(get("/services/oauth2/userinfo", bearer(got["access_token"])).status, 403);
  }
}

// Two requests cannot be made to overlap from outside without waiting, so this asks the tokens themselves.
TEST_F(Token, tells_a_parallel_refresh_that_one_is_running) {
  using hlid_sim::Lookup;
  hlid_sim::Org org(hlid_sim::default_options(), "http://localhost:1");
  auto grant = std::make_shared<hlid_sim::Grant>();
  grant->client_id = kPublic;
  const std::string refresh = org.tokens()->issue_refresh_token(grant);
  EXPECT_EQ(org.tokens()->begin_refresh(refresh, kPublic).lookup, Lookup::ok);
  EXPECT_EQ(org.tokens()->begin_refresh(refresh, kPublic).lookup, Lookup::in_use);
  EXPECT_EQ(org.seen()["refreshes"]["in_use"], 1);
  org.tokens()->finish_refresh(refresh, false, false);
  EXPECT_EQ(org.tokens()->begin_refresh(refresh, kPublic).lookup, Lookup::ok);
  org.tokens()->finish_refresh(refresh, true, true);
  EXPECT_EQ(org.tokens()->begin_refresh(refresh, kPublic).lookup, Lookup::used);
  EXPECT_TRUE(grant->revoked);
}

TEST_F(Token, refuses_a_refresh_that_is_not_as_agreed) {
  const std::string refresh = login()["refresh_token"];
  expect_error(token(refresh_fields("unknown")), "invalid_grant", "expired access/refresh token");
  expect_error(token(with(refresh_fields(refresh), "code_verifier", kVerifier)), "invalid_grant");
  for (const char* scope : {"web", "api", ""})
    expect_error(token(with(refresh_fields(refresh), "scope", scope)), "invalid_request", "scope parameter not supported");
  expect_error(token(with(token_fields(login_code()), "scope", "api")), "invalid_request", "scope parameter not supported");
  expect_error(token(with(with(refresh_fields(refresh), "client_id", kPrivate), "client_secret", secret())), "invalid_grant");
  EXPECT_EQ(token(refresh_fields(refresh)).object()["scope"], "openid api refresh_token");
}

TEST_F(Token, asks_for_the_secret_at_refresh_where_the_app_says_so) {
  const json got = token(with(token_fields(private_code(), kPrivate), "client_secret", secret())).object();
  const Fields fields = with(refresh_fields(got["refresh_token"]), "client_id", kPrivate);
  expect_error(token(fields), "invalid_client");
  change_app(kPrivate, {{"is_consumer_secret_optional", true}});
  expect_error(token(fields), "invalid_client");
  change_app(kPrivate, {{"is_secret_required_for_refresh_token", false}});
  EXPECT_EQ(token(fields).status, 200);
  change_app(kPrivate, {{"is_consumer_secret_optional", false}});
  EXPECT_EQ(token(fields).status, 200);
  change_app(kPrivate, {{"refresh_token_policy_type", "Zero"}});
  expect_error(token(fields), "invalid_grant", "expired access/refresh token");
}

TEST_F(Token, does_not_refresh_for_a_user_who_was_deactivated) {
  const std::string refresh = login()["refresh_token"];
  change(R"({"users": [{"username": "lena.ortiz@example.com", "active": false}]})");
  expect_error(token(refresh_fields(refresh)), "inactive_user");
}

TEST_F(Token, forgets_a_refresh_token_after_its_lifetime) {
  const std::string refresh = login()["refresh_token"];
  change(R"({"settings": {"refresh_token_lifetime_min": 60}})");
  advance_minutes(60);
  expect_error(token(refresh_fields(refresh)), "invalid_grant");
}

}  // namespace hlid_sim_test
