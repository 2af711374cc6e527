// The guest flow, and a visitor who becomes a named user.
#include "site.h"

namespace hlid_sim_test {

class Guest : public Site {};
class Carry : public Site {};

TEST_F(Guest, gets_a_jwt_whose_subject_is_the_uvid) {
  const std::string code = code_of(authorize(authorize_fields(), guest_at_authorize()));
  const Reply got = token(token_fields(code), guest_at_token());
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_FALSE(got.object().contains("refresh_token"));
  EXPECT_FALSE(got.object().contains("id_token"));
  EXPECT_EQ(got.object()["instance_url"], sim_->site());
  const json claims = claims_of(got.object()["access_token"]);
  EXPECT_EQ(claims["sub"], "uvid:" + kUvid);
  EXPECT_EQ(claims["exp"], kStart / 1000 + 30 * 60);
}

TEST_F(Guest, may_send_the_hint_in_the_body_but_not_in_both_places) {
  const Headers type = {{"Auth-Request-Type", "guest"}};
  EXPECT_EQ(authorize(with(authorize_fields(), "uvid_hint", "UVID " + kUvid), type).status, 302);
  expect_error(authorize(with(authorize_fields(), "uvid_hint", "UVID " + kUvid), guest_at_authorize()), "invalid_request",
               "uvid invalid");
  expect_error(authorize(authorize_fields(), type), "invalid_request", "uvid invalid");
  expect_error(authorize(with(authorize_fields(), "uvid", kUvid), type), "invalid_request", "uvid invalid");
}

TEST_F(Guest, says_uvid_invalid_for_every_bad_hint) {
  const std::vector<std::string> bad = {kUvid,
                                        "uvid " + kUvid,
                                        "UVID  " + kUvid,
                                        "JWT " + kUvid,
                                        "UVID ",
                                        "UVID%20" + kUvid,
                                        "UVID {" + kUvid + "}",
                                        "UVID 3f6f1c1e-5d0b-1b57-9b0e-2f8f6a8f3c11",
                                        "UVID 3f6f1c1e5d0b4b579b0e2f8f6a8f3c11",
                                        "JWT eyJhbGciOiJSUzI1NiJ9.e30.c2ln"};
  for (const std::string& hint : bad) {
    expect_error(authorize(authorize_fields(), guest_at_authorize(hint)), "invalid_request", "uvid invalid");
  }
}

TEST_F(Guest, renews_with_a_jwt_that_is_still_good) {
  const std::string first = guest_token();
  sim_->advance_ms(30 * 60'000 - 1000);
  const std::string second = guest_token("JWT " + first);
  EXPECT_EQ(claims_of(second)["sub"], "uvid:" + kUvid);
  sim_->advance_ms(1000);
  expect_error(authorize(authorize_fields(), guest_at_authorize("JWT " + first)), "invalid_request", "uvid invalid");
}

TEST_F(Guest, sends_no_credentials) {
  Headers headers = guest_at_authorize();
  headers.emplace("Authorization", "Basic " + hlid_sim::base64(kLena + ":" + kLenasPassword));
  expect_error(authorize(authorize_fields(), headers), "invalid_request", "invalid headers");
  expect_error(authorize(login_fields(), guest_at_authorize()), "invalid_request", "invalid headers");
}

TEST_F(Guest, is_refused_where_the_policy_is_off) {
  change_app(kPublic, {{"is_guest_code_cred_flow_enabled", false}});
  expect_error(authorize(authorize_fields(), guest_at_authorize()), "invalid_request", "guest flow not enabled");
}

TEST_F(Guest, gets_invalid_scope_for_a_scope_the_app_lacks) {
  expect_error(authorize(with(authorize_fields(), "scope", "api web"), guest_at_authorize()), "invalid_scope");
}

TEST_F(Guest, must_repeat_the_raw_hint_at_token) {
  struct Case {
    Headers headers;
    std::string error;
    std::string description;
  };
  const Case cases[] = {
      {{}, "unknown_error", ""},
      {{{"Auth-Request-Type", "guest"}}, "unknown_error", ""},
      {{{"Uvid-Hint", kUvid}}, "unknown_error", ""},
      {{{"Auth-Request-Type", "Guest"}, {"Uvid-Hint", kUvid}}, "invalid_request", "invalid headers"},
      {guest_at_token("UVID " + kUvid), "invalid_request", "uvid invalid"},
      {guest_at_token("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c12"), "invalid_request", "uvid invalid"},
  };
  for (const auto& each : cases) {
    const std::string code = code_of(authorize(authorize_fields(), guest_at_authorize()));
    expect_error(token(token_fields(code), each.headers), each.error, each.description);
  }
}

TEST_F(Guest, may_need_http2_at_token) {
  change(R"({"settings": {"guest_token_requires_http2": true}})");
  const auto try_with = [&](const std::string& via) {
    const std::string code = code_of(authorize(authorize_fields(), guest_at_authorize()));
    Headers headers = guest_at_token();
    if (!via.empty()) headers.emplace("Via", via);
    return token(token_fields(code), headers);
  };
  expect_error(try_with(""), "invalid_request", "uvid invalid");
  expect_error(try_with("1.1 nghttpx"), "invalid_request", "uvid invalid");
  EXPECT_EQ(try_with("2 nghttpx").status, 200);
}

TEST_F(Guest, with_a_private_client_sends_its_secret) {
  const std::string code = code_of(authorize(authorize_fields(kPrivate), guest_at_authorize()));
  expect_error(token(token_fields(code, kPrivate), guest_at_token()), "invalid_client");
}

TEST_F(Guest, revokes_a_token_with_the_guest_headers_only) {
  const std::string jwt = guest_token();
  const std::string path = "/services/oauth2/revoke";
  expect_error(post(path, {{"token", jwt}}), "unknown_error");
  expect_error(post(path, {{"token", jwt}}, guest_at_token("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c12")), "invalid_request",
               "uvid invalid");
  EXPECT_EQ(post(path, {{"token", jwt}}, guest_at_token("UVID " + kUvid)).status, 200);
  EXPECT_EQ(get("/cart", bearer(jwt)).status, 401);
  EXPECT_EQ(post(path, {{"token", guest_token()}}, guest_at_token()).status, 200);
}

TEST_F(Guest, has_no_userinfo) { EXPECT_EQ(get("/services/oauth2/userinfo", bearer(guest_token())).status, 403); }

TEST_F(Carry, mints_the_uvid_into_a_named_jwt_from_the_guest_jwt) {
  Headers headers = named();
  headers.emplace("Uvid-Hint", guest_token());
  const json got = login(headers);
  EXPECT_EQ(claims_of(got["access_token"])["uvid"], kUvid);
  EXPECT_EQ(claims_of(got["access_token"])["sub"], "uid:005Ex0000002defIAA");
  const json refreshed =
      token({{"grant_type", "refresh_token"}, {"refresh_token", got["refresh_token"]}, {"client_id", kPublic}}).object();
  EXPECT_EQ(claims_of(refreshed["access_token"])["uvid"], kUvid);
}

TEST_F(Carry, mints_the_uvid_into_a_named_jwt_from_the_plain_uvid_in_the_body) {
  const std::string code = code_of(authorize(with(login_fields(), "uvid_hint", kUvid), named()));
  EXPECT_EQ(claims_of(token(token_fields(code)).object()["access_token"])["uvid"], kUvid);
}

TEST_F(Carry, refuses_a_hint_of_the_wrong_shape_or_in_two_places) {
  const std::string jwt = guest_token();
  for (const std::string& hint : {"JWT " + jwt, "UVID " + kUvid, kUvid, std::string("x")}) {
    Headers headers = named();
    headers.emplace("Uvid-Hint", hint);
    expect_error(authorize(login_fields(), headers), "invalid_request", "uvid invalid");
  }
  for (const std::string& hint : {"UVID " + kUvid, jwt, std::string()})
    expect_error(authorize(with(login_fields(), "uvid_hint", hint), named()), "invalid_request", "uvid invalid");
  Headers both = named();
  both.emplace("Uvid-Hint", jwt);
  expect_error(authorize(with(login_fields(), "uvid_hint", kUvid), both), "invalid_request", "uvid invalid");
}

TEST_F(Carry, refuses_a_guest_jwt_that_has_expired) {
  Headers headers = named();
  headers.emplace("Uvid-Hint", guest_token());
  advance_minutes(30);
  expect_error(authorize(login_fields(), headers), "invalid_request", "uvid invalid");
}

TEST_F(Carry, loses_the_uvid_in_an_opaque_token) {
  change_app(kPublic, {{"is_named_user_jwt_enabled", false}});
  Headers headers = named();
  headers.emplace("Uvid-Hint", guest_token());
  const json got = login(headers);
  EXPECT_EQ(got["token_format"], "opaque");
  EXPECT_FALSE(get("/cart", bearer(got["access_token"])).object().contains("uvid"));
}

TEST_F(Carry, shows_the_guests_cart_to_the_named_user_who_carried_the_uvid) {
  const std::string jwt = guest_token();
  const Reply put = post_raw("/shop/cart", R"({"item": "red shoes"})", bearer(jwt), "application/json");
  EXPECT_EQ(put.object(), json::parse(R"({"guest": true, "items": ["red shoes"], "uvid": ")" + kUvid + "\"}"));
  Headers headers = named();
  headers.emplace("Uvid-Hint", jwt);
  const json carried = get("/cart", bearer(login(headers)["access_token"])).object();
  EXPECT_EQ(carried["items"], json({"red shoes"}));
  EXPECT_EQ(carried["guest"], false);
  EXPECT_EQ(carried["username"], kLena);
  EXPECT_EQ(get("/cart", bearer(login()["access_token"])).object()["items"], json::array());
}

}  // namespace hlid_sim_test
