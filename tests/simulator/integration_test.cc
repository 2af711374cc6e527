// Tokens of integration users: client credentials and JWT bearer.
#include "site.h"

namespace hlid_sim_test {

class Integration : public Site {
 protected:
  static constexpr const char* kBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  Fields credentials() {
    return {{"grant_type", "client_credentials"}, {"client_id", kIntegration}, {"client_secret", secret_of(kIntegration)}};
  }
  json claims(const std::string& username = "integration@example.com") {
    json all = claims_for(kIntegration);
    all["sub"] = username;
    return all;
  }
  Fields assertion(const json& all) { return {{"grant_type", kBearerGrant}, {"assertion", sign(kIntegration, all)}}; }
  Reply start_passwordless(const std::string& token) {
    return init_passwordless({{"username", kLena}, {"verificationmethod", "email"}}, bearer(token));
  }
};

TEST_F(Integration, client_credentials_give_a_token_for_the_calls_that_want_one) {
  const json got = token(credentials()).object();
  EXPECT_EQ(got["scope"], "api user_registration_api pwdless_login_api forgot_password");
  EXPECT_EQ(got["token_format"], "opaque");
  EXPECT_FALSE(got.contains("refresh_token"));
  EXPECT_FALSE(got.contains("sfdc_community_url"));
  setting("does_pwdless_login_require_auth", true);
  EXPECT_EQ(start_passwordless(got["access_token"]).status, 200);
}

TEST_F(Integration, client_credentials_want_the_secret_and_a_user) {
  expect_error(token(without(credentials(), "client_secret")), "invalid_client");
  expect_error(token(with(credentials(), "client_secret", "wrong")), "invalid_client");
  change_app(kIntegration, {{"is_consumer_secret_optional", true}});
  expect_error(token(without(credentials(), "client_secret")), "invalid_client");
  expect_error(token({{"grant_type", "client_credentials"}, {"client_id", kPublic}}), "invalid_client");
  EXPECT_EQ(token({{"grant_type", "client_credentials"}},
                  {{"Authorization", "Basic " + hlid_sim::base64(kIntegration + ":" + secret_of(kIntegration))}})
                .status,
            200);
  const Fields other = {{"grant_type", "client_credentials"}, {"client_id", kPrivate}, {"client_secret", secret_of(kPrivate)}};
  expect_error(token(other), "invalid_grant", "no client credentials user enabled");
  change_user("integration@example.com", {{"active", false}});
  expect_error(token(credentials()), "inactive_user");
}

TEST_F(Integration, client_credentials_grant_the_apps_scopes_without_those_of_a_person) {
  for (const char* scope : {"pwdless_login_api", "web", ""})
    expect_error(token(with(credentials(), "scope", scope)), "invalid_request", "scope parameter not supported");
  change_app(kIntegration, {{"scopes", {"api", "web", "full", "refresh_token"}}});
  const json narrow = token(credentials()).object();
  EXPECT_EQ(narrow["scope"], "api");
  expect_error(start_passwordless(narrow["access_token"]), "insufficient_scope", "", 403);
  change_app(kIntegration, {{"scopes", {"web", "full", "refresh_token"}}});
  expect_error(token(credentials()), "invalid_grant", "no valid scopes defined");
}

TEST_F(Integration, jwt_bearer_needs_a_signature_and_no_secret) {
  const json got = token(assertion(claims())).object();
  EXPECT_EQ(got["scope"], "api user_registration_api pwdless_login_api forgot_password");
  EXPECT_FALSE(got.contains("refresh_token"));
  EXPECT_EQ(start_passwordless(got["access_token"]).status, 200);
  for (const std::string& aud : {sim_->origin(), std::string("https://login.salesforce.com")}) {
    json others = claims();
    others["aud"] = aud;
    EXPECT_EQ(token(assertion(others)).status, 200) << aud;
  }
}

TEST_F(Integration, jwt_bearer_refuses_what_is_wrong) {
  for (const std::string& aud : {sim_->site() + "/services/oauth2/token", sim_->site() + "/",
                                 std::string("https://test.salesforce.com"), std::string("https://login.salesforce.com/")}) {
    json others = claims();
    others["aud"] = aud;
    expect_error(token(assertion(others)), "invalid_grant", "Audience validation failed");
  }
  json iss = claims();
  iss["iss"] = "3MVG9Nobody";
  expect_error(token(assertion(iss)), "invalid_client_id");
  iss["iss"] = kPrivate;
  expect_error(token(assertion(iss)), "invalid_grant");
  for (const char* name : {"unknown@example.com", "unapproved@example.com", "inactive@example.com", ""})
    expect_error(token(assertion(claims(name))), "invalid_grant", "user hasn't approved this consumer");
  expect_error(token({{"grant_type", kBearerGrant}}), "invalid_request");
  change_app(kIntegration, {{"scopes", {"api"}}});
  expect_error(token(assertion(claims())), "invalid_request");
}

TEST_F(Integration, jwt_bearer_takes_an_assertion_again_until_it_expires) {
  json all = claims();
  all["jti"] = "id-2";
  const Fields fields = assertion(all);
  EXPECT_EQ(token(fields).status, 200);
  EXPECT_EQ(token(fields).status, 200);
  EXPECT_EQ(uses_of("id-2"), 2);
  advance_minutes(3);
  expect_error(token(fields), "invalid_grant", "the assertion has expired");
}

TEST_F(Integration, the_orgs_own_host_serves_these_grants_only) {
  EXPECT_EQ(post_raw("/services/oauth2/token", form(credentials())).status, 200);
  expect_error(post_raw("/services/oauth2/token", form(with(token_fields("x"), "grant_type", "unknown"))), "invalid_grant",
               "request not supported on this domain");
}

TEST_F(Integration, user_has_no_headless_login) {
  const Fields fields = with(with(login_fields(), "username", "integration@example.com"), "password", "Integration-Pass-1");
  expect_error(authorize(fields, named()), "invalid_grant", "authentication failure");
  identifier_of(init_passwordless({{"username", "integration@example.com"}, {"verificationmethod", "email"}}));
  forgot_password({{"username", "integration@example.com"}});
  EXPECT_TRUE(outbox().empty());
}

}  // namespace hlid_sim_test
