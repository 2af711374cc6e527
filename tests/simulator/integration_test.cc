// Tokens of integration users: client credentials.
#include "site.h"

namespace hlid_sim_test {

class Integration : public Site {
 protected:
  Reply at_org(const Fields& fields, const Headers& headers = {}) {
    return post_raw("/services/oauth2/token", form(fields), headers);
  }
  Fields credentials() {
    return {{"grant_type", "client_credentials"}, {"client_id", kIntegration}, {"client_secret", secret_of(kIntegration)}};
  }
  Reply start_passwordless(const std::string& token) {
    return init_passwordless({{"username", kLena}, {"verificationmethod", "email"}}, bearer(token));
  }
};

TEST_F(Integration, client_credentials_give_a_token_for_the_calls_that_want_one) {
  const json got = at_org(credentials()).object();
  EXPECT_EQ(got["scope"], "api user_registration_api pwdless_login_api forgot_password");
  EXPECT_EQ(got["token_format"], "opaque");
  EXPECT_FALSE(got.contains("refresh_token"));
  EXPECT_FALSE(got.contains("sfdc_community_url"));
  setting("does_pwdless_login_require_auth", true);
  EXPECT_EQ(start_passwordless(got["access_token"]).status, 200);
}

TEST_F(Integration, client_credentials_want_the_secret_and_a_user) {
  expect_error(at_org(without(credentials(), "client_secret")), "invalid_client");
  expect_error(at_org(with(credentials(), "client_secret", "wrong")), "invalid_client");
  change_app(kIntegration, {{"is_consumer_secret_optional", true}});
  expect_error(at_org(without(credentials(), "client_secret")), "invalid_client");
  expect_error(at_org({{"grant_type", "client_credentials"}, {"client_id", kPublic}}), "invalid_client");
  EXPECT_EQ(at_org({{"grant_type", "client_credentials"}},
                   {{"Authorization", "Basic " + hlid_sim::base64(kIntegration + ":" + secret_of(kIntegration))}})
                .status,
            200);
  const Fields other = {{"grant_type", "client_credentials"}, {"client_id", kPrivate}, {"client_secret", secret_of(kPrivate)}};
  expect_error(at_org(other), "invalid_grant", "no client credentials user enabled");
  change_user("integration@example.com", {{"active", false}});
  expect_error(at_org(credentials()), "inactive_user");
}

TEST_F(Integration, client_credentials_grant_the_apps_scopes_without_those_of_a_person) {
  for (const char* scope : {"pwdless_login_api", "web", ""})
    expect_error(at_org(with(credentials(), "scope", scope)), "invalid_request", "scope parameter not supported");
  change_app(kIntegration, {{"scopes", {"api", "web", "full", "refresh_token"}}});
  const json narrow = at_org(credentials()).object();
  EXPECT_EQ(narrow["scope"], "api");
  expect_error(start_passwordless(narrow["access_token"]), "insufficient_scope", "", 403);
  change_app(kIntegration, {{"scopes", {"web", "full", "refresh_token"}}});
  expect_error(at_org(credentials()), "invalid_grant", "no valid scopes defined");
}

TEST_F(Integration, the_orgs_own_host_serves_these_grants_only) {
  EXPECT_EQ(at_org(credentials()).status, 200);
  expect_error(token(credentials()), "invalid_grant", "request not supported on this domain");
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
