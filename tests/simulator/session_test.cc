// Revocation, userinfo, introspection and the public documents; keys and TLS.
#include "site.h"

#include <fstream>

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <sys/stat.h>

namespace hlid_sim_test {

class Session : public Site {
 protected:
  Reply revoke(const std::string& token) { return post("/services/oauth2/revoke", {{"token", token}}); }
  int userinfo_status(const std::string& token) { return get("/services/oauth2/userinfo", bearer(token)).status; }
};
class Tls : public Site {};

bool verifies(const std::string& jwt, const json& key) {
  const auto bn = [&](const char* name) {
    const std::string raw = hlid_sim::from_base64(key[name].get<std::string>()).value_or("");
    return BN_bin2bn(reinterpret_cast<const unsigned char*>(raw.data()), static_cast<int>(raw.size()), nullptr);
  };
  BIGNUM* n = bn("n");
  BIGNUM* e = bn("e");
  OSSL_PARAM_BLD* build = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
  OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(build);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY* public_key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &public_key, EVP_PKEY_PUBLIC_KEY, params);
  const size_t dot = jwt.rfind('.');
  const std::string signature = hlid_sim::from_base64(jwt.substr(dot + 1)).value_or("");
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(md, nullptr, EVP_sha256(), nullptr, public_key);
  const bool good = EVP_DigestVerify(md, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                                     reinterpret_cast<const unsigned char*>(jwt.data()), dot) == 1;
  EVP_MD_CTX_free(md);
  EVP_PKEY_free(public_key);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(build);
  BN_free(n);
  BN_free(e);
  return good;
}

TEST_F(Session, ends_everything_of_a_grant_with_its_refresh_token) {
  const json got = login();
  EXPECT_EQ(revoke(got["refresh_token"]).status, 200);
  EXPECT_EQ(userinfo_status(got["access_token"]), 403);
  expect_error(revoke(got["refresh_token"]), "invalid_token");
}

TEST_F(Session, ends_only_the_access_token_that_was_revoked) {
  const json got = login();
  EXPECT_EQ(revoke(got["access_token"]).status, 200);
  EXPECT_EQ(userinfo_status(got["access_token"]), 403);
  const Reply refreshed =
      token({{"grant_type", "refresh_token"}, {"refresh_token", got["refresh_token"]}, {"client_id", kPublic}});
  EXPECT_EQ(refreshed.status, 200);
}

TEST_F(Session, refuses_to_revoke_what_it_does_not_know) {
  expect_error(revoke("unknown"), "invalid_token");
  expect_error(post("/services/oauth2/revoke", {}), "invalid_request");
  expect_error(post("/services/oauth2/revoke", {{"token", "x"}, {"token_type_hint", "cookie"}}), "unsupported_token_type");
  expect_error(post("/services/oauth2/revoke", {{"token", login()["access_token"]}}, guest_at_token()), "invalid_request",
               "invalid headers");
}

TEST_F(Session, tells_the_claims_of_a_named_user) {
  const json got = get("/services/oauth2/userinfo", bearer(login()["access_token"])).object();
  EXPECT_EQ(got["preferred_username"], kLena);
  EXPECT_EQ(got["name"], "Lena Ortiz");
  EXPECT_EQ(got["user_id"], "005Ex0000002defIAA");
}

TEST_F(Session, gives_no_claims_without_a_token_that_may_have_them) {
  EXPECT_EQ(get("/services/oauth2/userinfo").body, "Missing_OAuth_Token");
  EXPECT_EQ(get("/services/oauth2/userinfo", bearer("unknown")).body, "Bad_OAuth_Token");
  const json api = token(token_fields(code_of(authorize(with(login_fields(), "scope", "api"), named())))).object();
  const Reply got = get("/services/oauth2/userinfo", bearer(api["access_token"]));
  EXPECT_EQ(got.status, 403);
  EXPECT_EQ(got.body, "Invalid_Scope");
  const std::string expired = login()["access_token"];
  advance_minutes(30);
  EXPECT_EQ(userinfo_status(expired), 403);
}

TEST_F(Session, tells_at_the_identity_url_who_it_is) {
  const json got = login();
  const std::string id = got["id"];
  const std::string path = id.substr(id.find("/id/"));
  httplib::Client own_host("127.0.0.1", sim_->port());
  const auto there = own_host.Get(path, bearer(got["access_token"]));
  ASSERT_TRUE(there);
  EXPECT_EQ(json::parse(there->body, nullptr, false)["id"], id);
  const json said = get(path, bearer(got["access_token"])).object();
  EXPECT_EQ(said["username"], kLena);
  EXPECT_EQ(said["user_id"], "005Ex0000002defIAA");
  EXPECT_EQ(get(path).body, "Missing_OAuth_Token");
  EXPECT_EQ(get(path, bearer("unknown")).body, "Bad_OAuth_Token");
  const Reply other = get("/id/00DEx0000001abcEAA/005Ex0000009xyzIAA", bearer(got["access_token"]));
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.body, "Bad_Id");
  EXPECT_EQ(get("/id/00DEx0000009xyzEAA/005Ex0000002defIAA", bearer(got["access_token"])).body, "Wrong_Org");
}

TEST_F(Session, has_documents_of_its_own_host) {
  httplib::Client own_host("127.0.0.1", sim_->port());
  const auto found = own_host.Get("/.well-known/openid-configuration");
  ASSERT_TRUE(found);
  const std::string origin = sim_->site().substr(0, sim_->site().rfind('/'));
  const json said = json::parse(found->body, nullptr, false);
  EXPECT_EQ(said["issuer"], origin);
  EXPECT_EQ(said["jwks_uri"], origin + "/id/keys");
  const auto keys = own_host.Get("/id/keys");
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->body, get("/id/keys").body);
  EXPECT_EQ(get("/.well-known/auth-configuration").object()["OrgId"], "00DEx0000001abcEAA");
}

TEST_F(Session, leads_a_browser_on_after_its_logout) {
  const std::string page = "/services/auth/idp/oidc/logout";
  EXPECT_EQ(get(page).status, 200);
  const Reply to = get(page + "?post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2Fbye&state=s1");
  EXPECT_EQ(to.status, 302);
  EXPECT_EQ(to.header("Location"), "https://app.example.com/bye?state=s1");
}

TEST_F(Session, introspects_a_clients_own_tokens) {
  const std::string secret = sim_->description()["apps"][1]["client_secret"];
  const std::string code = code_of(authorize(login_fields(kPrivate), named()));
  const json got = token(with(token_fields(code, kPrivate), "client_secret", secret)).object();
  const auto ask = [&](const std::string& token) {
    return post("/services/oauth2/introspect", {{"token", token}, {"client_id", kPrivate}, {"client_secret", secret}}).object();
  };
  const json access = ask(got["access_token"]);
  EXPECT_EQ(access["active"], true);
  EXPECT_EQ(access["username"], kLena);
  EXPECT_EQ(access["exp"], kStart / 1000 + 30 * 60);
  EXPECT_EQ(ask(got["refresh_token"])["token_type"], "refresh_token");
  EXPECT_EQ(ask("unknown"), json({{"active", false}}));
  revoke(got["refresh_token"]);
  EXPECT_EQ(ask(got["access_token"]), json({{"active", false}}));
}

TEST_F(Session, introspects_nothing_for_a_public_client) {
  expect_error(post("/services/oauth2/introspect", {{"token", login()["access_token"]}, {"client_id", kPublic}}),
               "invalid_client");
}

TEST_F(Session, introspects_nothing_for_others) {
  const Fields fields = {{"token", login()["access_token"]}, {"client_id", kPrivate}};
  expect_error(post("/services/oauth2/introspect", fields), "invalid_client");
  const std::string secret = sim_->description()["apps"][1]["client_secret"];
  EXPECT_EQ(post("/services/oauth2/introspect", with(fields, "client_secret", secret)).object(), json({{"active", false}}));
}

TEST_F(Session, publishes_the_key_that_its_tokens_are_signed_with) {
  const json found = get("/.well-known/openid-configuration").object();
  EXPECT_EQ(found["issuer"], sim_->site());
  const std::string jwks_uri = found["jwks_uri"];
  ASSERT_TRUE(jwks_uri.starts_with(sim_->site()));
  const json key = get(jwks_uri.substr(sim_->site().size())).object()["keys"][0];
  EXPECT_EQ(get("/services/oauth2/id/keys").status, 404);
  const json got = login();
  for (const char* name : {"access_token", "id_token"}) {
    const std::string jwt = got[name];
    EXPECT_EQ(jwt_part(jwt, 0)["kid"], key["kid"]);
    EXPECT_TRUE(verifies(jwt, key)) << name;
  }
  EXPECT_TRUE(verifies(guest_token(), key));
}

TEST_F(Session, keeps_an_old_key_published_when_it_takes_a_new_one) {
  const std::string before = login()["access_token"];
  const std::string kid = control("rotate_key", json::object()).object()["kid"];
  const std::string after = login()["access_token"];
  EXPECT_EQ(jwt_part(after, 0)["kid"], kid);
  EXPECT_NE(jwt_part(before, 0)["kid"], kid);
  const json keys = get("/id/keys").object()["keys"];
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_TRUE(verifies(before, keys[0]));
  EXPECT_TRUE(verifies(after, keys[1]));
  EXPECT_FALSE(verifies(after, keys[0]));
}

TEST_F(Session, ties_the_id_token_to_client_nonce_and_access_token) {
  const json got = token(token_fields(code_of(authorize(with(login_fields(), "nonce", "n-0S6"), named())))).object();
  const json claims = claims_of(got["id_token"]);
  EXPECT_EQ(claims["aud"], kPublic);
  EXPECT_EQ(claims["nonce"], "n-0S6");
  EXPECT_EQ(claims["sub"], got["id"]);
  EXPECT_EQ(claims["exp"], kStart / 1000 + 120);
  EXPECT_EQ(claims["at_hash"], hlid_sim::base64url(hlid_sim::sha256(got["access_token"].get<std::string>()).substr(0, 16)));
}

TEST_F(Session, issues_id_tokens_with_what_is_wrong_in_a_setting) {
  const json key = get("/id/keys").object()["keys"][0];
  const auto issued = [&](const std::string& fault) -> std::string {
    sim_->change({{"settings", {{"id_token_fault", fault}}}});
    return token(token_fields(code_of(authorize(with(login_fields(), "nonce", "n-0S6"), named())))).object()["id_token"];
  };
  const json good = claims_of(issued(""));
  EXPECT_NE(claims_of(issued("iss"))["iss"], good["iss"]);
  EXPECT_NE(claims_of(issued("aud"))["aud"], good["aud"]);
  EXPECT_EQ(claims_of(issued("azp"))["aud"][0], good["aud"]);
  EXPECT_FALSE(claims_of(issued("azp")).contains("azp"));
  EXPECT_LT(claims_of(issued("exp"))["exp"], kStart / 1000);
  EXPECT_GT(claims_of(issued("iat"))["iat"], kStart / 1000);
  EXPECT_NE(claims_of(issued("nonce"))["nonce"], good["nonce"]);
  EXPECT_NE(claims_of(issued("at_hash"))["at_hash"], good["at_hash"]);
  EXPECT_NE(jwt_part(issued("kid"), 0)["kid"], key["kid"]);
  EXPECT_EQ(jwt_part(issued("alg"), 0)["alg"], "none");
  EXPECT_FALSE(verifies(issued("signature"), key));
  for (const char* fault : {"", "iss", "kid", "at_hash"}) EXPECT_TRUE(verifies(issued(fault), key)) << fault;
}

TEST_F(Session, keeps_carts_apart_and_asks_for_a_token) {
  EXPECT_EQ(get("/cart").status, 401);
  const std::string mine = guest_token();
  const std::string other = guest_token("UVID 7b1d7c43-8f0e-4a39-b1a0-58b1f3ad0001");
  post_raw("/shop/cart", R"({"item": {"sku": 7}})", bearer(mine), "application/json");
  EXPECT_EQ(get("/cart", bearer(mine)).object()["items"].size(), 1u);
  EXPECT_EQ(get("/cart", bearer(other)).object()["items"].size(), 0u);
  expect_error(post_raw("/shop/cart", "[]", bearer(mine), "application/json"), "invalid_request");
}

TEST_F(Tls, is_trusted_by_its_own_authority_only_and_keeps_its_files_private) {
  hlid_sim::Options options = hlid_sim::default_options();
  options.tls = true;
  auto sim = hlid_sim::Simulator::start(options);
  ASSERT_TRUE(sim->site().starts_with("https://localhost:"));
  httplib::SSLClient client("localhost", sim->port());
  client.set_ca_cert_path(sim->ca_file().c_str());
  client.enable_server_certificate_verification(true);
  const auto got = client.Get("/shop/id/keys");
  ASSERT_TRUE(got) << httplib::to_string(got.error());
  EXPECT_EQ(got->status, 200);
  httplib::SSLClient stranger("localhost", sim->port());
  stranger.enable_server_certificate_verification(true);
  EXPECT_FALSE(stranger.Get("/shop/id/keys"));

  struct stat info{};
  for (const std::string& file : {sim->ca_file(), sim->key_file(), sim->certificate_file()}) {
    ASSERT_EQ(stat(file.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777u, 0600u);
  }
  const std::string ca_file = sim->ca_file();
  std::ifstream in(ca_file);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), sim->ca_pem());
  sim->stop();
  EXPECT_NE(stat(ca_file.c_str(), &info), 0);
}

}  // namespace hlid_sim_test
