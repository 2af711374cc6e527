// The grant with a JWT that the app signs: any app with a certificate, any user who has approved it.
#include "simulator/certificates.h"
#include "site.h"

namespace hlid_sim_test {

constexpr const char* kNotApproved = "user hasn't approved this consumer";

class JwtBearer : public Site {
 protected:
  static constexpr const char* kBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  static constexpr const char* kUser = "integration@example.com";

  json claims(const std::string& username = kUser, const std::string& client_id = kIntegration) {
    json all = claims_for(client_id);
    all["sub"] = username;
    return all;
  }
  static json but(json all, const char* name, const json& value) {
    all[name] = value;
    return all;
  }
  Fields assertion(const json& all, const std::string& signer = kIntegration) {
    return {{"grant_type", kBearerGrant}, {"assertion", sign(signer, all)}};
  }
  Reply at_org(const Fields& fields) { return post_raw("/services/oauth2/token", form(fields)); }
  // The user has approved the app in a flow that issued a refresh token.
  void approve(const std::string& username, const std::string& client_id) {
    change_app(client_id, {{"redirect_uris", {"http://localhost:1717/callback"}}});
    const json code = at_org({{"response_type", "device_code"}, {"client_id", client_id}}).object();
    ASSERT_EQ(control("device", {{"user_code", code["user_code"]}, {"username", username}}).status, 200);
    sim_->advance_ms(5'000);
    const Reply got = at_org({{"grant_type", "device"}, {"client_id", client_id}, {"code", code["device_code"]}});
    ASSERT_TRUE(got.object().contains("refresh_token")) << got.body;
  }
};

TEST_F(JwtBearer, needs_a_signature_and_no_secret) {
  const json got = token(assertion(claims())).object();
  EXPECT_EQ(got["scope"], "api user_registration_api pwdless_login_api forgot_password");
  EXPECT_FALSE(got.contains("refresh_token"));
  EXPECT_EQ(init_passwordless({{"username", kLena}, {"verificationmethod", "email"}}, bearer(got["access_token"])).status, 200);
}

TEST_F(JwtBearer, serves_every_user_and_every_app_with_a_certificate) {
  EXPECT_EQ(token(assertion(claims(kLena))).status, 200);
  const auto mine = hlid_sim::make_app_key("mine");
  const hlid_sim::Pkey key = hlid_sim::read_private_key(mine.private_pem);
  const std::string text = hlid_sim::base64url(R"({"alg":"RS256"})") + "." + hlid_sim::base64url(claims(kLena, kPublic).dump());
  const Fields fields = {{"grant_type", kBearerGrant},
                         {"assertion", text + "." + hlid_sim::base64url(hlid_sim::sign_rs256(key.get(), text))}};
  expect_error(token(fields), "invalid_client", "invalid client credentials");
  change_app(kPublic, {{"client_assertion_certificate", mine.certificate_pem}});
  const json got = token(fields).object();
  EXPECT_EQ(got["scope"], "openid api");
  EXPECT_FALSE(got.contains("id_token"));
  const json who = get("/services/oauth2/userinfo", bearer(got["access_token"])).object();
  EXPECT_EQ(who["preferred_username"], kLena);
  EXPECT_EQ(claims_of(got["access_token"])["iss"], sim_->site());
  const json mine_at_org = but(claims(kLena, kPublic), "aud", sim_->origin());
  const std::string org_text = hlid_sim::base64url(R"({"alg":"RS256"})") + "." + hlid_sim::base64url(mine_at_org.dump());
  const json at_my_domain =
      at_org({{"grant_type", kBearerGrant},
              {"assertion", org_text + "." + hlid_sim::base64url(hlid_sim::sign_rs256(key.get(), org_text))}})
          .object();
  EXPECT_EQ(claims_of(at_my_domain["access_token"])["iss"], sim_->origin());
}

TEST_F(JwtBearer, is_for_the_host_or_the_login_host) {
  const std::string login = "https://login.salesforce.com";
  for (const std::string& aud : {sim_->site(), sim_->origin(), login})
    EXPECT_EQ(token(assertion(but(claims(), "aud", aud))).status, 200) << aud;
  for (const std::string& aud : {sim_->origin(), login})
    EXPECT_EQ(at_org(assertion(but(claims(), "aud", aud))).status, 200) << aud;
  expect_error(at_org(assertion(but(claims(), "aud", sim_->site()))), "invalid_grant", "Audience validation failed");
  for (const std::string& aud :
       {sim_->site() + "/services/oauth2/token", sim_->site() + "/", std::string("https://test.salesforce.com"), login + "/"})
    expect_error(token(assertion(but(claims(), "aud", aud))), "invalid_grant", "Audience validation failed");
}

TEST_F(JwtBearer, is_valid_for_three_minutes_at_most) {
  EXPECT_EQ(token(assertion(but(claims(), "exp", kStart / 1000 + 180))).status, 200);
  expect_error(token(assertion(but(claims(), "exp", kStart / 1000 + 181))), "invalid_grant", "the assertion expires too late");
  expect_error(token(assertion(but(claims(), "exp", kStart / 1000))), "invalid_grant", "the assertion has expired");
  json without = claims();
  without.erase("exp");
  expect_error(token(assertion(without)), "invalid_grant");
  expect_error(token(assertion(but(claims(), "nbf", kStart / 1000 + 60))), "invalid_grant");
}

TEST_F(JwtBearer, is_signed_by_the_app_that_it_names) {
  expect_error(token(assertion(but(claims(), "iss", "3MVG9Unknown"))), "invalid_client_id");
  expect_error(token(assertion(but(claims(), "iss", kPrivate))), "invalid_client", "invalid client credentials");
  expect_error(token(assertion(but(claims(), "iss", kFirstParty))), "invalid_client", "invalid client credentials");
  for (const char* algorithm : {"none", "HS256", "RS512"}) {
    const std::string other = sign(kIntegration, claims(), {{"alg", algorithm}});
    expect_error(token({{"grant_type", kBearerGrant}, {"assertion", other}}), "invalid_client");
  }
  for (const char* text : {"x", "a.b", "a.b.c"})
    expect_error(token({{"grant_type", kBearerGrant}, {"assertion", text}}), "invalid_grant", "invalid assertion");
  expect_error(token({{"grant_type", kBearerGrant}}), "invalid_request");
  expect_error(token(with(assertion(claims()), "client_id", kPrivate)), "invalid_request");
  expect_error(token(with(assertion(claims()), "scope", "api")), "invalid_request", "scope parameter not supported");
}

TEST_F(JwtBearer, needs_a_user_whom_an_admin_has_approved) {
  expect_error(token(assertion(claims("unapproved@example.com"))), "invalid_app_access",
               "user is not admin approved to access this app");
  for (const char* name : {"unknown@example.com", "inactive@example.com", ""})
    expect_error(token(assertion(claims(name))), "invalid_grant", kNotApproved);
  change_app(kIntegration, {{"scopes", {"api"}}});
  expect_error(token(assertion(claims())), "invalid_request");
}

TEST_F(JwtBearer, or_a_user_who_has_approved_the_app) {
  approve(kLena, kIntegration);
  change_app(kIntegration, {{"admin_approved", false}});
  EXPECT_EQ(token(assertion(claims(kLena))).status, 200);
  expect_error(token(assertion(claims("max@example.com"))), "invalid_grant", kNotApproved);
  change_app(kIntegration, {{"admin_approved", true}});
  EXPECT_EQ(token(assertion(claims("max@example.com"))).status, 200);
}

TEST_F(JwtBearer, is_refused_with_the_apps_switch) {
  change_app(kIntegration, {{"refused_with", "oauth_flow_disabled"}});
  expect_error(token(assertion(claims())), "oauth_flow_disabled");
}

TEST_F(JwtBearer, takes_an_assertion_again_until_it_expires) {
  const Fields fields = assertion(but(claims(), "jti", "id-2"));
  EXPECT_EQ(token(fields).status, 200);
  EXPECT_EQ(token(fields).status, 200);
  EXPECT_EQ(uses_of("id-2"), 2);
  advance_minutes(3);
  expect_error(token(fields), "invalid_grant", "the assertion has expired");
}

}  // namespace hlid_sim_test
