// Client assertions, as the token endpoint accepts them in place of a secret.
#include "simulator/certificates.h"
#include "site.h"

namespace hlid_sim_test {

class Assertion : public Site {
 protected:
  static constexpr const char* kType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
  json good() {
    json claims = claims_for(kFirstParty);
    claims["aud"] = sim_->site() + "/services/oauth2/token";
    claims["sub"] = kFirstParty;
    return claims;
  }
  static json but(json claims, const char* name, const json& value) {
    claims[name] = value;
    return claims;
  }
  // Introspection needs the same proof of a client as a code does, and spends nothing.
  Reply ask(const std::string& assertion) {
    return post("/services/oauth2/introspect",
                {{"client_id", kFirstParty}, {"token", "x"}, {"client_assertion_type", kType}, {"client_assertion", assertion}});
  }
};

TEST_F(Assertion, stands_for_a_secret) {
  EXPECT_EQ(ask(sign(kFirstParty, good())).status, 200);
  const std::string path = "/services/oauth2/token";
  for (const std::string& host : {sim_->origin(), std::string("https://login.salesforce.com")})
    EXPECT_EQ(ask(sign(kFirstParty, but(good(), "aud", host + path))).status, 200) << host;
  EXPECT_EQ(ask(sign(kFirstParty, but(good(), "aud", json::array({"https://other.example.com", sim_->site() + path})))).status,
            200);
  EXPECT_EQ(ask(sign(kFirstParty, but(good(), "exp", kStart / 1000 + 300))).status, 200);
}

TEST_F(Assertion, is_refused_where_a_claim_is_wrong) {
  json no_sub = good();
  no_sub.erase("sub");
  json no_exp = good();
  no_exp.erase("exp");
  const json wrong[] = {no_sub,
                        no_exp,
                        but(good(), "iss", kPublic),
                        but(good(), "sub", kPublic),
                        but(good(), "aud", "https://login.example.com"),
                        but(good(), "aud", sim_->site()),
                        but(good(), "aud", sim_->site() + "/services/oauth2/introspect"),
                        but(good(), "exp", kStart / 1000 + 301),
                        but(good(), "exp", kStart / 1000),
                        but(good(), "exp", "soon"),
                        but(good(), "nbf", kStart / 1000 + 60)};
  for (const json& claims : wrong) expect_error(ask(sign(kFirstParty, claims)), "invalid_client");
}

TEST_F(Assertion, is_refused_where_it_is_not_signed_by_the_app_with_rs256) {
  expect_error(ask(sign(kIntegration, good())), "invalid_client", "the assertion's signature is not the app's");
  expect_error(ask(sign(kFirstParty, good(), {{"alg", "none"}})), "invalid_client");
  expect_error(ask(sign(kFirstParty, good(), {{"alg", "HS256"}})), "invalid_client");
  const std::string jwt = sign(kFirstParty, good());
  expect_error(ask(jwt + "="), "invalid_client");
  expect_error(ask(jwt.substr(0, jwt.rfind('.') + 1)), "invalid_client");
  expect_error(ask(jwt.substr(0, jwt.rfind('.'))), "invalid_client");
  expect_error(ask(jwt + ".x"), "invalid_client");
}

TEST_F(Assertion, is_taken_once_where_it_has_an_id) {
  const std::string jwt = sign(kFirstParty, but(good(), "jti", "id-1"));
  EXPECT_EQ(ask(jwt).status, 200);
  expect_error(ask(jwt), "invalid_client", "the assertion has been used before");
  expect_error(ask(sign(kFirstParty, but(but(good(), "jti", "id-1"), "exp", kStart / 1000 + 60))), "invalid_client");
  EXPECT_EQ(uses_of("id-1"), 3);
  const std::string without_id = sign(kFirstParty, good());
  EXPECT_EQ(ask(without_id).status, 200);
  EXPECT_EQ(ask(without_id).status, 200);
}

TEST_F(Assertion, is_checked_against_a_certificate_or_a_public_key_that_is_set) {
  const auto mine = hlid_sim::make_app_key("mine");
  BIO* bio = BIO_new_mem_buf(mine.private_pem.data(), static_cast<int>(mine.private_pem.size()));
  const hlid_sim::Pkey key(PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  const std::string text = hlid_sim::base64url(R"({"alg":"RS256"})") + "." + hlid_sim::base64url(good().dump());
  const std::string jwt = text + "." + hlid_sim::base64url(hlid_sim::sign_rs256(key.get(), text));
  expect_error(ask(jwt), "invalid_client");
  change_app(kFirstParty, {{"client_assertion_certificate", mine.certificate_pem}});
  EXPECT_EQ(ask(jwt).status, 200);

  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, key.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  change_app(kFirstParty, {{"client_assertion_certificate", std::string(data, static_cast<size_t>(size))}});
  BIO_free(bio);
  EXPECT_EQ(ask(jwt).status, 200);
  change_app(kFirstParty, {{"client_assertion_certificate", "nonsense"}});
  expect_error(ask(jwt), "invalid_client", "the app has no certificate");
}

TEST_F(Assertion, is_the_only_proof_in_its_request) {
  const Fields fields = {{"client_id", kFirstParty},
                         {"token", "x"},
                         {"client_assertion_type", kType},
                         {"client_assertion", sign(kFirstParty, good())}};
  expect_error(post("/services/oauth2/introspect", with(fields, "client_secret", secret_of(kFirstParty))), "invalid_request");
  expect_error(post("/services/oauth2/introspect", fields, {{"Authorization", "Basic eDp5"}}), "invalid_request");
  expect_error(post("/services/oauth2/introspect", with(fields, "client_assertion_type", "jwt")), "invalid_request");
  expect_error(post("/services/oauth2/introspect", without(fields, "client_assertion_type")), "invalid_request");
  EXPECT_EQ(post("/services/oauth2/introspect", without(fields, "client_id")).status, 200);
}

}  // namespace hlid_sim_test
