// Asset tokens: the device's proof, the Asset and the event that it leaves, and the token that comes back.
#include <openssl/bn.h>
#include <openssl/core_names.h>

#include "site.h"

namespace hlid_sim_test {

constexpr const char* kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
constexpr const char* kTokenTypes = "urn:ietf:params:oauth:token-type:";

std::string number_of(const hlid_sim::Pkey& key, const char* name) {
  BIGNUM* number = nullptr;
  EXPECT_EQ(EVP_PKEY_get_bn_param(key.get(), name, &number), 1);
  std::string out(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(out.data()));
  BN_free(number);
  return hlid_sim::base64url(out);
}

class AssetToken : public Site {
 protected:
  void SetUp() override {
    Site::SetUp();
    device_ = hlid_sim::make_rsa_key(2048);
    subject_ = login()["access_token"];
  }
  json jwk() const {
    return {{"kty", "RSA"},
            {"kid", "devicekey"},
            {"n", number_of(device_, OSSL_PKEY_PARAM_RSA_N)},
            {"e", number_of(device_, OSSL_PKEY_PARAM_RSA_E)}};
  }
  json claims() const {
    return {{"did", "lamp-7"},
            {"Name", "Lamp"},
            {"Asset", {{"Name", "Lamp 7"}, {"SerialNumber", "SN-7"}}},
            {"cnf", {{"jwk", jwk()}}}};
  }
  std::string actor(const json& all, const json& header = {{"alg", "RS256"}, {"kid", "devicekey"}}) const {
    const std::string text = hlid_sim::base64url(header.dump()) + "." + hlid_sim::base64url(all.dump());
    return text + "." + hlid_sim::base64url(hlid_sim::sign_rs256(device_.get(), text));
  }
  Fields fields(const std::string& actor_token) const {
    return {{"grant_type", kExchange},
            {"subject_token", subject_},
            {"subject_token_type", std::string(kTokenTypes) + "access_token"},
            {"actor_token", actor_token},
            {"actor_token_type", std::string(kTokenTypes) + "jwt"}};
  }
  Reply send(const Fields& all) { return post_raw("/services/oauth2/token", form(all)); }
  json left() { return control("asset_tokens").object(); }

  hlid_sim::Pkey device_;
  std::string subject_;
};

TEST_F(AssetToken, a_site_does_not_issue_them) {
  expect_error(token(fields(actor(claims()))), "invalid_grant", "request not supported on this domain");
}

TEST_F(AssetToken, is_signed_with_a_key_that_is_not_published) {
  const std::string mine = actor(claims());
  const json got = send(fields(mine)).object();
  EXPECT_EQ(got["issued_token_type"], std::string(kTokenTypes) + "jwt") << got;
  EXPECT_EQ(got["token_type"], "Bearer");
  const std::string token = got["access_token"];
  const json said = claims_of(token);
  EXPECT_EQ(said["iss"], sim_->origin());
  EXPECT_EQ(said["did"], "lamp-7");
  EXPECT_EQ(said["aud"], json({"https://devices.example.com"}));
  EXPECT_EQ(said["exp"], kStart / 1000 + 180);
  EXPECT_EQ(said["cnf"]["jwk"], jwk());
  const hlid_sim::Pkey key = hlid_sim::read_public_key(left()["certificate"]);
  const size_t dot = token.rfind('.');
  EXPECT_TRUE(hlid_sim::verify_rs256(key.get(), token.substr(0, dot), *hlid_sim::from_base64(token.substr(dot + 1))));
  const json published = get("/id/keys").object()["keys"];
  for (const json& each : published) {
    EXPECT_NE(each["kid"], jwt_part(token, 0)["kid"]);
    EXPECT_NE(each["n"], number_of(key, OSSL_PKEY_PARAM_RSA_N));
  }
  EXPECT_EQ(uses_of(mine), 1);
}

TEST_F(AssetToken, registers_the_asset_once_and_publishes_an_event_each_time) {
  EXPECT_EQ(send(fields(actor(claims()))).status, 200);
  EXPECT_EQ(send(fields(actor(claims()))).status, 200);
  json got = left();
  ASSERT_EQ(got["assets"].size(), 1U);
  EXPECT_EQ(got["assets"][0]["SerialNumber"], "SN-7");
  ASSERT_EQ(got["events"].size(), 2U);
  const json event = got["events"][0];
  EXPECT_EQ(event["DeviceId"], "lamp-7");
  EXPECT_EQ(event["AssetId"], got["assets"][0]["Id"]);
  EXPECT_EQ(event["ConnectedAppId"], kPublic);
  json by_id = claims();
  by_id["Asset"] = {{"Id", event["AssetId"]}};
  EXPECT_EQ(send(fields(actor(by_id))).status, 200);
  EXPECT_EQ(left()["assets"].size(), 1U);
  by_id["Asset"] = {{"Id", "02iEx9999999999AAA"}};
  expect_error(send(fields(actor(by_id))), "invalid_request");
}

TEST_F(AssetToken, wants_the_devices_own_signature) {
  json all = claims();
  all["cnf"]["jwk"]["n"] = number_of(hlid_sim::make_rsa_key(2048), OSSL_PKEY_PARAM_RSA_N);
  expect_error(send(fields(actor(all))), "invalid_request", "invalid actor token: the signature is not of the key in cnf.jwk");
  for (const char* name : {"did", "cnf"}) {
    all = claims();
    all.erase(name);
    expect_error(send(fields(actor(all))), "invalid_request");
  }
  expect_error(send(fields(actor(claims(), {{"alg", "RS384"}}))), "invalid_request");
  expect_error(send(fields("a.b.c")), "invalid_request", "invalid actor token: not a JWT");
  expect_error(send(with(fields(actor(claims())), "actor_token_type", "jwt")), "invalid_request");
  EXPECT_TRUE(left()["events"].empty());
}

TEST_F(AssetToken, wants_a_named_users_token_with_both_scopes) {
  const std::string mine = actor(claims());
  expect_error(send(with(fields(mine), "subject_token", "00DEx!none")), "invalid_grant");
  expect_error(send(with(fields(mine), "subject_token", guest_token())), "invalid_grant");
  expect_error(send(with(fields(mine), "subject_token", std::string(10'001, 'x'))), "invalid_grant");
  expect_error(send(with(fields(mine), "subject_token_type", "access_token")), "invalid_request");
  const Fields narrow = with(login_fields(), "scope", "api");
  const std::string without_openid = token(token_fields(code_of(authorize(narrow, named())))).object()["access_token"];
  expect_error(send(with(fields(mine), "subject_token", without_openid)), "invalid_scope");
  change_app(kPublic, {{"asset_token_audiences", json::array()}});
  expect_error(send(fields(mine)), "oauth_flow_disabled");
}

}  // namespace hlid_sim_test
