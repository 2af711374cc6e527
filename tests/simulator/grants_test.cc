// The grants that need no sign-in at the site: token exchange and username-password.
#include "site.h"

namespace hlid_sim_test {
namespace {

constexpr const char* kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr const char* kTypes = "urn:ietf:params:oauth:token-type:";

std::string unsigned_jwt(const json& claims) {
  return hlid_sim::base64url(R"({"alg":"none"})") + "." + hlid_sim::base64url(claims.dump()) + ".c2ln";
}

class Grants : public Site {
 protected:
  Fields exchange(const std::string& token = unsigned_jwt({{"sub", kLena}}), const std::string& type = "id_token") {
    return {{"grant_type", kExchange},
            {"subject_token", token},
            {"subject_token_type", kTypes + type},
            {"client_id", kPrivate},
            {"client_secret", secret_of(kPrivate)}};
  }
  Reply at_org(const Fields& fields) { return post_raw("/services/oauth2/token", form(fields)); }
  Reply at_site(const Fields& fields) { return post("/services/oauth2/token", fields); }
  void expect(const Reply& got, const char* error, const char* description = "") {
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(got.error(), error) << got.body;
    if (*description != '\0') {
      EXPECT_EQ(got.description(), description);
    }
  }
  Fields password(const std::string& text = kLenasPassword) {
    return {{"grant_type", "password"},
            {"username", kLena},
            {"password", text},
            {"client_id", kPrivate},
            {"client_secret", secret_of(kPrivate)}};
  }
};

TEST_F(Grants, exchange_a_subject_token_at_the_site_and_at_the_org) {
  const json got = at_site(with(exchange(), "scope", "api refresh_token")).object();
  EXPECT_EQ(got["scope"], "api refresh_token");
  EXPECT_TRUE(got.contains("refresh_token"));
  EXPECT_FALSE(got.contains("issued_token_type"));
  EXPECT_EQ(at_org(with(exchange(), "token_handler", "ExampleHandler")).status, 200);
  const auto issuer = [](const Reply& reply) { return claims_of(reply.object()["id_token"])["iss"]; };
  EXPECT_EQ(issuer(at_site(with(exchange(), "scope", "openid"))), sim_->site());
  EXPECT_EQ(issuer(at_org(with(exchange(), "scope", "openid"))), sim_->origin());
  EXPECT_EQ(at_site(exchange(hlid_sim::base64url("<a:NameID x='y'>" + kLena + "</a:NameID>"), "saml2")).status, 200);
  EXPECT_EQ(at_site(exchange(kLena, "access_token")).status, 200);
  EXPECT_EQ(uses_of(kLena), 1);
}

TEST_F(Grants, refuse_a_subject_token_as_an_org_does) {
  expect(at_site(with(exchange(), "token_handler", "Other")), "invalid_request", "token handler not found");
  expect(at_site(exchange(unsigned_jwt({{"sub", "unknown@example.com"}}))), "invalid_request", "token handler validation failed");
  expect(at_site(exchange("not a JWT")), "invalid_request", "token handler validation failed");
  expect(at_site(exchange(std::string(10'001, 'a'), "access_token")), "invalid_grant");
  expect(at_site(exchange(kLena, "JWT")), "invalid_request");
  expect(at_site(with(exchange(), "scope", "api unknown")), "invalid_scope");
  expect(at_site(without(exchange(), "client_secret")), "invalid_client");
  change_app(kPrivate, {{"is_secret_required_for_token_exchange", false}});
  EXPECT_EQ(at_site(without(exchange(), "client_secret")).status, 200);
  change_user(kLena, {{"admin_approved", false}});
  expect(at_site(exchange()), "invalid_grant", "user hasn't approved this consumer");
  change_app(kPrivate, {{"is_token_exchange_enabled", false}});
  expect(at_site(exchange()), "unsupported_grant_type");
}

TEST_F(Grants, sign_a_user_in_by_password_at_the_org_only) {
  const json got = at_org(password()).object();
  EXPECT_TRUE(got.contains("access_token"));
  EXPECT_FALSE(got.contains("refresh_token"));
  expect(at_site(password()), "invalid_grant", "request not supported on this domain");
  expect(at_org(without(password(), "client_secret")), "invalid_client");
  expect(at_org(with(password(), "scope", "api")), "invalid_request", "scope parameter not supported");
}

TEST_F(Grants, give_one_text_for_every_reason_to_refuse_a_password) {
  constexpr const char* kText = "authentication failure";
  expect(at_org(password("wrong")), "invalid_grant", kText);
  change_user(kLena, {{"security_token", "SecTok123"}});
  expect(at_org(password()), "invalid_grant", kText);
  EXPECT_EQ(at_org(password(kLenasPassword + "SecTok123")).status, 200);
  setting("block_oauth_un_pw_flow", true);
  expect(at_org(password(kLenasPassword + "SecTok123")), "invalid_grant", kText);
}

}  // namespace
}  // namespace hlid_sim_test
