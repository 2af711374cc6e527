// The grants that need no sign-in at the site: token exchange and username-password.
#include "site.h"

namespace hlid_sim_test {
namespace {

constexpr const char* kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr const char* kHybridExchange = "urn:ietf:params:oauth:grant-type:hybrid-token-exchange";
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

class HybridGrants : public Grants {
 protected:
  void SetUp() override {
    Grants::SetUp();
    change_app(kPrivate, {{"scopes", {"api", "web", "lightning", "content", "visualforce", "chatter_api", "refresh_token"}},
                          {"is_named_user_jwt_enabled", false}});
  }
  Fields hybrid_exchange(const std::string& scope) {
    return with(with(exchange(), "grant_type", kHybridExchange), "scope", scope);
  }
  Fields hybrid_refresh(const std::string& token) {
    return {{"grant_type", "hybrid_refresh"},
            {"refresh_token", token},
            {"client_id", kPrivate},
            {"client_secret", secret_of(kPrivate)}};
  }
  // A refresh token of the plain flow.
  std::string refresh_token(const std::string& scope) {
    return at_site(with(exchange(), "scope", scope + " refresh_token")).object().value("refresh_token", "");
  }
  static void expect_sessions(const json& got, bool content, bool lightning, bool visualforce) {
    for (const char* name : {"sidCookieName", "cookie-sid_Client", "cookie-clientSrc"})
      EXPECT_FALSE(got.value(name, "").empty()) << name << got;
    for (const char* name : {"content_sid", "content_domain"}) EXPECT_EQ(got.contains(name), content) << name;
    for (const char* name : {"lightning_sid", "lightning_domain", "csrf_token"}) EXPECT_EQ(got.contains(name), lightning) << name;
    for (const char* name : {"visualforce_sid", "visualforce_domain"}) EXPECT_EQ(got.contains(name), visualforce) << name;
  }
};

TEST_F(HybridGrants, exchange_a_subject_token_for_the_sessions_of_the_scopes) {
  const json got = at_site(hybrid_exchange("web content lightning visualforce refresh_token")).object();
  expect_sessions(got, true, true, true);
  EXPECT_EQ(got["token_format"], "opaque");
  EXPECT_TRUE(got.contains("refresh_token"));
  EXPECT_FALSE(got.contains("parent_sid"));
  EXPECT_FALSE(got.contains("issued_token_type"));
  expect_sessions(at_org(hybrid_exchange("web")).object(), false, false, false);
  expect_sessions(at_org(hybrid_exchange("web chatter_api lightning")).object(), false, true, false);
  EXPECT_FALSE(at_org(hybrid_exchange("web")).object().contains("sfdc_community_url")) << "it was not at the site";
}

TEST_F(HybridGrants, refuse_at_token_exchange_what_a_hybrid_app_cannot_have) {
  expect(at_site(hybrid_exchange("api lightning")), "invalid_scope");
  expect(at_site(hybrid_exchange("web unknown")), "invalid_scope");
  expect(at_site(with(hybrid_exchange("web"), "subject_token", std::string(10'001, 'a'))), "invalid_grant");
  expect(at_site(with(hybrid_exchange("web"), "token_handler", "Other")), "invalid_request", "token handler not found");
  expect(at_site(without(hybrid_exchange("web"), "client_secret")), "invalid_client");
  change_app(kPrivate, {{"is_named_user_jwt_enabled", true}});
  expect(at_site(hybrid_exchange("web")), "invalid_grant");
  change_app(kPrivate, {{"is_named_user_jwt_enabled", false}, {"is_refresh_token_rotation_enabled", true}});
  EXPECT_EQ(at_site(hybrid_exchange("web")).status, 200) << "rotation alone is allowed";
  change_app(kPrivate, {{"is_token_exchange_enabled", false}});
  expect(at_site(hybrid_exchange("web")), "unsupported_grant_type");
}

TEST_F(HybridGrants, refresh_any_refresh_token_and_bring_new_sessions_each_time) {
  const std::string token = refresh_token("web lightning");
  const json first = at_site(hybrid_refresh(token)).object();
  expect_sessions(first, false, true, false);
  EXPECT_FALSE(first.contains("refresh_token"));
  const json second = at_org(hybrid_refresh(token)).object();
  EXPECT_NE(first["lightning_sid"], second["lightning_sid"]);
  EXPECT_NE(first["csrf_token"], second["csrf_token"]);
  EXPECT_EQ(uses_of(token), 2);
}

TEST_F(HybridGrants, refresh_with_jwt_or_with_rotation_but_not_with_both) {
  const std::string token = refresh_token("web");
  change_app(kPrivate, {{"is_named_user_jwt_enabled", true}});
  const json got = at_site(hybrid_refresh(token)).object();
  EXPECT_EQ(got["token_format"], "jwt");
  EXPECT_FALSE(got.value("parent_sid", "").empty());
  change_app(kPrivate, {{"is_refresh_token_rotation_enabled", true}});
  expect(at_site(hybrid_refresh(token)), "invalid_grant");
  change_app(kPrivate, {{"is_named_user_jwt_enabled", false}});
  const json rotated = at_site(hybrid_refresh(token)).object();
  EXPECT_NE(rotated.value("refresh_token", token), token) << "the refused call left the token as it was";
  expect(at_site(hybrid_refresh(token)), "invalid_grant", "expired access/refresh token");
}

TEST_F(HybridGrants, refuse_at_refresh_what_a_plain_refresh_would_be_refused_for) {
  const std::string token = refresh_token("web");
  expect(at_site(with(hybrid_refresh(token), "scope", "web")), "invalid_request", "scope parameter not supported");
  expect(at_site(without(hybrid_refresh(token), "client_secret")), "invalid_client");
  expect(at_site(hybrid_refresh("5Aep861unknown")), "invalid_grant", "expired access/refresh token");
  expect(at_site(hybrid_refresh(refresh_token("api"))), "invalid_scope");
  change_app(kPrivate, {{"is_secret_required_for_refresh_token", false}});
  EXPECT_EQ(at_site(without(hybrid_refresh(token), "client_secret")).status, 200);
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
