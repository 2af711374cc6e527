// OAuth 1.0a: the three legs, the login behind them, and each error that Salesforce documents.
#include "site.h"

#include <algorithm>

namespace hlid_sim_test {

class OAuth1 : public Site {
 protected:
  static constexpr const char* kRequestPath = "/_nc_external/system/security/oauth/RequestTokenHandler";
  static constexpr const char* kAccessPath = "/_nc_external/system/security/oauth/AccessTokenHandler";
  static constexpr const char* kPage = "/setup/secur/RemoteAccessAuthorizationPage.apexp";
  static constexpr const char* kLogin = "/services/OAuth/u/67.0";

  Fields parameters() {
    return {{"oauth_consumer_key", kPrivate},
            {"oauth_signature_method", "HMAC-SHA1"},
            {"oauth_timestamp", std::to_string(kStart / 1000)},
            {"oauth_nonce", "nonce" + std::to_string(++nonces_)},
            {"oauth_version", "1.0"}};
  }
  std::string signature(const std::string& path, const Fields& fields, const std::string& token_secret) {
    std::string normalized;
    for (const auto& [name, value] : fields)
      normalized += (normalized.empty() ? "" : "&") + hlid_sim::form_encode(name) + "=" + hlid_sim::form_encode(value);
    const std::string url = "http://127.0.0.1:" + std::to_string(sim_->port()) + path;
    return hlid_sim::base64(
        hlid_sim::hmac_sha1(hlid_sim::form_encode(secret_of(kPrivate)) + "&" + hlid_sim::form_encode(token_secret),
                            "POST&" + hlid_sim::form_encode(url) + "&" + hlid_sim::form_encode(normalized)));
  }
  Reply send(const std::string& path, Fields fields) {
    std::string header = "OAuth ";
    for (const auto& [name, value] : fields)
      header += (header.size() == 6 ? "" : ", ") + hlid_sim::form_encode(name) + "=\"" + hlid_sim::form_encode(value) + "\"";
    return post_raw(path, "", {{"Authorization", header}});
  }
  Reply send_signed(const std::string& path, Fields fields, const std::string& token_secret = "") {
    fields["oauth_signature"] = signature(path, fields, token_secret);
    return send(path, fields);
  }
  Fields request_parameters(const std::string& callback = "oob") { return with(parameters(), "oauth_callback", callback); }
  static Fields form_of(const Reply& got) { return hlid_sim::Form::parse(got.body).fields(); }
  Fields request_token(const std::string& callback = "oob") {
    const Reply got = send_signed(kRequestPath, request_parameters(callback));
    EXPECT_EQ(got.status, 200) << got.body;
    return form_of(got);
  }
  Reply at_page(const std::string& token, const std::string& more) {
    return reply(client_->Get(std::string(kPage) + "?oauth_token=" + hlid_sim::form_encode(token) +
                              "&oauth_consumer_key=" + hlid_sim::form_encode(kPrivate) + more));
  }
  std::string verifier_of(const std::string& token) {
    const std::string body = at_page(token, "&user=" + hlid_sim::form_encode(kLena)).body;
    const size_t from = body.find("<code>") + 6;
    return body.substr(from, body.find('<', from) - from);
  }
  Fields access_parameters(const Fields& token, const std::string& verifier) {
    return with(with(parameters(), "oauth_token", token.at("oauth_token")), "oauth_verifier", verifier);
  }
  Reply exchange(const Fields& token, const std::string& verifier) {
    return send_signed(kAccessPath, access_parameters(token, verifier), token.at("oauth_token_secret"));
  }
  Fields access_token() {
    const Fields token = request_token();
    return form_of(exchange(token, verifier_of(token.at("oauth_token"))));
  }
  static void expect_fault(const Reply& got, const std::string& text) {
    EXPECT_EQ(got.status, 401);
    EXPECT_EQ(got.body, text);
  }
  int nonces_ = 0;
};

TEST_F(OAuth1, refuses_an_app_as_every_endpoint_does) {
  const Fields token = request_token();
  change_app(kPrivate, {{"refused_with", "app_blocked"}});
  expect_error(send_signed(kRequestPath, request_parameters()), "app_blocked");
  expect_error(exchange(token, "any"), "app_blocked");
  EXPECT_NE(at_page(token.at("oauth_token"), "&user=" + kLena).body.find("Access denied"), std::string::npos);
}

TEST_F(OAuth1, gives_a_session_after_three_legs) {
  const Fields token = request_token();
  EXPECT_EQ(token.at("oauth_callback_confirmed"), "true");
  EXPECT_NE(at_page(token.at("oauth_token"), "").body.find("Allow as " + kLena), std::string::npos);
  const Fields access = form_of(exchange(token, verifier_of(token.at("oauth_token"))));
  const Reply got =
      send_signed(kLogin, with(parameters(), "oauth_token", access.at("oauth_token")), access.at("oauth_token_secret"));
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_NE(got.body.find("<serverUrl>" + sim_->origin() + "/services/Soap/u/67.0/"), std::string::npos) << got.body;
  const size_t from = got.body.find("<sessionId>") + 11;
  const std::string session = got.body.substr(from, got.body.find('<', from) - from);
  EXPECT_EQ(get("/services/oauth2/userinfo", bearer(session)).object()["preferred_username"], kLena);
  EXPECT_EQ(uses_of(token.at("oauth_token")), 1);
}

TEST_F(OAuth1, accepts_the_parameters_in_the_body) {
  Fields fields = request_parameters();
  fields["oauth_signature"] = signature(kRequestPath, fields, "");
  EXPECT_EQ(post_raw(kRequestPath, form(fields)).status, 200);
}

TEST_F(OAuth1, returns_to_the_callback) {
  const Fields token = request_token(kCallback);
  auto back = query_of(at_page(token.at("oauth_token"), "&user=" + hlid_sim::form_encode(kLena)).header("Location"));
  EXPECT_EQ(back["oauth_token"], token.at("oauth_token"));
  EXPECT_EQ(exchange(token, back["oauth_verifier"]).status, 200);
  back = query_of(at_page(request_token(kCallback).at("oauth_token"), "&deny=1").header("Location"));
  EXPECT_EQ(back["oauth_problem"], "user_refused");
  EXPECT_FALSE(back.contains("oauth_verifier"));
  const std::string other = request_token(kCallback).at("oauth_token");
  const std::string unapproved = "&user=" + hlid_sim::form_encode("unapproved@example.com");
  EXPECT_EQ(query_of(at_page(other, unapproved).header("Location"))["oauth_problem"], "user_refused");
  change_app(kPrivate, {{"admin_approved", false}});
  EXPECT_TRUE(query_of(at_page(other, unapproved).header("Location")).contains("oauth_verifier"));
}

TEST_F(OAuth1, refuses_each_request_that_is_wrong) {
  const auto refused = [&](const Fields& fields, const std::string& text) {
    expect_fault(send_signed(kRequestPath, fields), text);
  };
  const Fields once = request_parameters();
  EXPECT_EQ(send_signed(kRequestPath, once).status, 200);
  refused(once, "1701 Failed: Nonce Replay Detected");
  refused(without(request_parameters(), "oauth_consumer_key"), "1702 Failed: Missing Consumer Key Parameter");
  refused(with(request_parameters(), "oauth_version", "2.0"), "1704 Failed: Version Not Supported");
  for (const char* time : {"", "x", "1767225419", "1767225781", "1767225600.5"})
    refused(with(request_parameters(), "oauth_timestamp", time), "1705 Failed: Invalid Timestamp");
  refused(without(request_parameters(), "oauth_nonce"), "1706 Failed: Invalid Nonce");
  refused(with(request_parameters(), "oauth_signature_method", "PLAINTEXT"), "1709 Failed: Invalid Signature Method");
  for (const char* callback : {"http://localhost/callback", "https://evil.example/callback", "", "x"})
    refused(request_parameters(callback), "1710 Failed: Invalid Callback URL");
  refused(with(request_parameters(), "oauth_consumer_key", "3MVG9Nobody"), "1713 Failed: Consumer Deleted");
  refused(with(request_parameters(), "oauth_consumer_key", kPublic), "1713 Failed: Consumer Deleted");
  expect_fault(send(kRequestPath, with(request_parameters(), "oauth_signature", "x")), "Failed: Invalid Signature");
  setting("is_oauth1_ip_allowed", false);
  refused(request_parameters(), "1708 Failed: IP Address Not Allowed");
  setting("is_oauth1_api_access_enabled", false);
  refused(request_parameters(), "1716 Failed: OAuth Api Access Disabled");
}

TEST_F(OAuth1, refuses_an_exchange_that_is_wrong) {
  const Fields token = request_token();
  const std::string verifier = verifier_of(token.at("oauth_token"));
  expect_fault(send_signed(kAccessPath, parameters()), "1707 Failed: Missing OAuth Token Parameter");
  expect_fault(send_signed(kAccessPath, with(parameters(), "oauth_token", "x")), "1703 Failed: Invalid Access Token");
  expect_fault(send_signed(kAccessPath, access_parameters(token, verifier), "x"), "Failed: Invalid Signature");
  for (int i = 0; i < 3; ++i) expect_fault(exchange(token, "wrong"), "1711 Failed: Invalid Verifier");
  expect_fault(exchange(token, verifier), "1712 Failed: Get Access Token Limit Exceeded");
  const Fields unapproved = request_token();
  expect_fault(exchange(unapproved, ""), "1711 Failed: Invalid Verifier");
  const Fields good = request_token();
  const std::string once = verifier_of(good.at("oauth_token"));
  EXPECT_EQ(exchange(good, once).status, 200);
  expect_fault(exchange(good, once), "1703 Failed: Invalid Access Token");
}

TEST_F(OAuth1, request_token_lives_for_eighteen_minutes) {
  const Fields token = request_token();
  advance_minutes(18);
  EXPECT_EQ(at_page(token.at("oauth_token"), "&user=" + hlid_sim::form_encode(kLena)).status, 401);
}

TEST_F(OAuth1, login_is_signed_without_the_verifier) {
  const Fields access = access_token();
  const Fields fields = with(parameters(), "oauth_token", access.at("oauth_token"));
  expect_fault(send_signed(kLogin, with(fields, "oauth_verifier", "v"), access.at("oauth_token_secret")),
               "Failed: Invalid Signature");
  expect_fault(send_signed(kLogin, fields, "x"), "Failed: Invalid Signature");
  expect_fault(send_signed(kLogin, with(fields, "oauth_token", "x")), "1703 Failed: Invalid Access Token");
  for (const char* path : {"/services/OAuth/x/67.0", "/services/OAuth/u", "/services/OAuth/u/67", "/services/OAuth/u/67.0/x"})
    EXPECT_EQ(send_signed(path, fields, access.at("oauth_token_secret")).status, 404) << path;
  EXPECT_EQ(reply(client_->Get(kLogin)).status, 405);
}

TEST_F(OAuth1, refuses_in_the_shape_that_the_settings_say) {
  setting("oauth1_error_shape", "form");
  expect_fault(send_signed(kRequestPath, request_parameters("x")), "oauth_problem=1710");
  setting("oauth1_error_shape", "page");
  EXPECT_NE(send_signed(kRequestPath, request_parameters("x")).body.find("<title>1710 Failed"), std::string::npos);
}

TEST_F(OAuth1, is_not_at_the_site) { EXPECT_EQ(post_raw("/shop" + std::string(kRequestPath), "").status, 404); }

}  // namespace hlid_sim_test
