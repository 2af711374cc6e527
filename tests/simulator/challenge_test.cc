// First-party apps: the authorization challenge endpoint.
#include "site.h"

namespace hlid_sim_test {

class Challenge : public Site {
 protected:
  Reply challenge(const Fields& fields, const Headers& headers = {}) {
    return post("/services/oauth2/v1/authorization_challenge", fields, headers);
  }
  Reply challenge_json(const json& body, const Headers& headers = {}) {
    return post_json("/services/oauth2/v1/authorization_challenge", body, headers);
  }
  Fields start_fields() {
    return {{"client_id", kFirstParty},
            {"client_assertion", sign(kFirstParty, claims_for(kFirstParty))},
            {"code_challenge", kChallenge}};
  }
  Fields password(const std::string& text = kLenasPassword) {
    return with(with(start_fields(), "username", kLena), "password", text);
  }
  Fields passwordless(const std::string& username = kLena, const std::string& type = "email") {
    return with(with(start_fields(), "username", username), "login_type", type);
  }
  json registration() {
    json body = start_fields();
    body["userdata"] = {{"username", "nele@example.com"}, {"lastName", "Neu"}, {"email", "nele@example.com"}};
    body["password"] = "Corr3ctHorse!";
    body["login_type"] = "email";
    return body;
  }
  static std::string session_of(const Reply& got) {
    const json body = got.object();
    EXPECT_TRUE(body.is_object() && body.contains("auth_session")) << got.status << " " << got.body;
    return body.is_object() ? body.value("auth_session", "") : "";
  }
  // The tokens for the code of a last response.
  json exchange(const Reply& got) {
    EXPECT_EQ(got.status, 200) << got.body;
    Fields fields = without(token_fields(got.object().value("authorization_code", ""), kFirstParty), "redirect_uri");
    const Reply response = token(with(fields, "client_secret", secret_of(kFirstParty)));
    EXPECT_EQ(response.status, 200) << response.body;
    return response.object();
  }
  std::string user_of(const json& tokens) {
    return get("/services/oauth2/userinfo", bearer(tokens["access_token"])).object().value("preferred_username", "");
  }
  void expect_challenge(const Reply& got, const std::string& error_code, int status = 403) {
    EXPECT_EQ(got.status, status) << got.body;
    EXPECT_EQ(got.error(), "authorization_required") << got.body;
    EXPECT_EQ(got.object().value("error_code", ""), error_code);
  }
};

TEST_F(Challenge, gives_a_code_for_a_right_password) {
  const Reply got = challenge(password());
  EXPECT_EQ(got.object().size(), 1u) << got.body;
  EXPECT_EQ(user_of(exchange(got)), kLena);
}

TEST_F(Challenge, goes_on_after_a_wrong_password_with_the_corrected_field_alone) {
  const Reply first = challenge(password("wrong"));
  expect_challenge(first, "invalid_credentials");
  const Reply second = challenge({{"auth_session", session_of(first)}, {"password", "wrong again"}});
  expect_challenge(second, "invalid_credentials");
  EXPECT_NE(session_of(first), session_of(second));
  EXPECT_EQ(user_of(exchange(challenge({{"auth_session", session_of(second)}, {"password", kLenasPassword}}))), kLena);

  const Reply other = challenge(with(password(), "username", "unknown@example.com"));
  EXPECT_EQ(user_of(exchange(challenge({{"auth_session", session_of(other)}, {"username", kLena}}))), kLena);
}

TEST_F(Challenge, f25_takes_each_auth_session_once_and_for_a_while) {
  const std::string used = session_of(challenge(password("wrong")));
  const std::string next = session_of(challenge({{"auth_session", used}, {"password", "wrong"}}));
  expect_error(challenge({{"auth_session", used}, {"password", kLenasPassword}}), "invalid_session");
  EXPECT_EQ(uses_of(used), 2);
  expect_error(challenge({{"auth_session", "made up"}, {"password", kLenasPassword}}), "invalid_session");
  advance_minutes(10);
  expect_error(challenge({{"auth_session", next}, {"password", kLenasPassword}}), "invalid_session");
  EXPECT_EQ(sim_->seen()["auth_sessions"].size(), 3u);
}

TEST_F(Challenge, f25_responds_with_the_status_that_is_set) {
  setting("challenge_error_status", 400);
  expect_challenge(challenge(password("wrong")), "invalid_credentials", 400);
}

TEST_F(Challenge, takes_no_parameter_of_the_first_request_later) {
  for (const char* name : {"code_challenge", "scope", "login_type"}) {
    const std::string session = session_of(challenge(password("wrong")));
    expect_error(challenge({{"auth_session", session}, {"password", kLenasPassword}, {name, kChallenge}}), "invalid_request");
  }
  const std::string session = session_of(challenge(password("wrong")));
  expect_error(challenge({{"auth_session", session}, {"password", kLenasPassword}, {"client_id", kPublic}}), "invalid_session");
}

TEST_F(Challenge, signs_in_without_a_password) {
  const Reply sent = challenge(passwordless());
  expect_challenge(sent, "login_initialized");
  EXPECT_EQ(sent.object()["login_status"], json({{"state", "otp_sent"}, {"type", "EMAIL"}}));
  EXPECT_EQ(outbox(kLena).at(0)["flow"], "first_party_passwordless");
  const std::string otp = last_otp();
  const Reply wrong = challenge({{"auth_session", session_of(sent)}, {"login_otp", otp == "000000" ? "1" : "000000"}});
  expect_challenge(wrong, "invalid_otp");
  EXPECT_EQ(user_of(exchange(challenge({{"auth_session", session_of(wrong)}, {"login_otp", otp}}))), kLena);
}

TEST_F(Challenge, sends_by_sms) {
  const Reply sent = challenge(passwordless("carla@example.com", "sms"));
  EXPECT_EQ(sent.object()["login_status"]["type"], "SMS");
  const std::string otp = last_otp("+4915550100123");
  EXPECT_EQ(user_of(exchange(challenge({{"auth_session", session_of(sent)}, {"login_otp", otp}}))), "carla@example.com");
  expect_error(challenge(passwordless(kLena, "phone")), "invalid_request");
}

TEST_F(Challenge, f15_goes_the_same_way_for_a_name_that_nobody_has) {
  std::vector<std::string> shapes[2];
  const std::string names[] = {kLena, "unknown@example.com"};
  for (int i = 0; i < 2; ++i) {
    Reply got = challenge(passwordless(names[i]));
    for (int j = 0; j < 4; ++j) {
      json body = got.object();
      const bool goes_on = body.contains("auth_session");
      const std::string session = body.value("auth_session", "");
      body.erase("auth_session");
      shapes[i].push_back(std::to_string(got.status) + body.dump());
      if (!goes_on) break;
      got = challenge({{"auth_session", session}, {"login_otp", "wrong"}});
    }
  }
  EXPECT_EQ(shapes[0], shapes[1]);
  EXPECT_EQ(shapes[0].size(), 4u);
  EXPECT_NE(shapes[0].back().find("invalid_session"), std::string::npos) << shapes[0].back();
  EXPECT_TRUE(outbox("unknown@example.com").empty());
}

TEST_F(Challenge, registers) {
  const Reply sent = challenge_json(registration());
  expect_challenge(sent, "login_initialized");
  EXPECT_EQ(outbox("nele@example.com").at(0)["flow"], "first_party_registration");
  const std::string otp = last_otp();
  EXPECT_EQ(user_of(exchange(challenge({{"auth_session", session_of(sent)}, {"login_otp", otp}}))), "nele@example.com");
}

TEST_F(Challenge, f28_tells_of_a_taken_name_when_the_code_is_back) {
  json body = registration();
  body["userdata"]["username"] = kLena;
  const std::string session = session_of(challenge_json(body));
  const Reply got = challenge({{"auth_session", session}, {"login_otp", last_otp()}});
  expect_error(got, "registration_error", "user was unable to be created in apex");
  EXPECT_NE(got.object().value("apex_error", "").find("DUPLICATE_USERNAME"), std::string::npos);
}

TEST_F(Challenge, refuses_a_registration_that_is_malformed) {
  json body = registration();
  expect_error(challenge(with(start_fields(), "userdata", body["userdata"].dump())), "invalid_request");
  for (const char* name : {"username", "lastName", "email"}) {
    body = registration();
    body["userdata"].erase(name);
    if (std::string(name) == "username") continue;  // the email is used
    expect_error(challenge_json(body), "invalid_request");
  }
  body = registration();
  body["password"] = "short";
  expect_error(challenge_json(body), "invalid_request");
  body = registration();
  body.erase("login_type");
  expect_error(challenge_json(body), "invalid_request");
  setting("headless_registration_handler", false);
  expect_error(challenge_json(registration()), "invalid_request", "no registration handler is configured");
}

TEST_F(Challenge, wants_an_attested_first_party_app) {
  expect_error(challenge(without(password(), "client_assertion")), "invalid_request");
  expect_error(challenge(without(password(), "client_id")), "invalid_request");
  expect_error(challenge(with(password(), "client_id", "3MVG9Nobody")), "invalid_client_id");
  expect_error(challenge(with(password(), "client_id", kIntegration)), "invalid_client");
  expect_error(challenge(with(password(), "client_assertion", "a.b.c")), "invalid_client");
  setting("is_first_party_apps_allowed", false);
  expect_error(challenge(password()), "invalid_request");
}

TEST_F(Challenge, wants_a_code_challenge_whatever_the_app_says) {
  change_app(kFirstParty, {{"is_pkce_required", false}});
  expect_error(challenge(without(password(), "code_challenge")), "invalid_request", "missing required code challenge");
  expect_error(challenge(with(password(), "code_challenge", "short")), "invalid_request");
  expect_error(challenge(with(password(), "scope", "web")), "invalid_scope");
  expect_error(challenge(with(password(), "response_type", "token")), "unsupported_response_type");
  EXPECT_EQ(challenge(with(password(), "response_type", "code")).status, 200);
}

TEST_F(Challenge, finds_a_person_by_a_hint) {
  const Fields hinted = with(with(start_fields(), "login_hint", "member-4711"), "customdata", "{\"tier\":\"gold\"}");
  EXPECT_EQ(user_of(exchange(challenge(with(hinted, "password", "Carla-Pass-1")))), "carla@example.com");
  expect_error(
      challenge(with(with(without(hinted, "client_assertion"), "client_assertion", sign(kFirstParty, claims_for(kFirstParty))),
                     "username", kLena)),
      "invalid_request", "username cannot be combined with login_hint");
}

TEST_F(Challenge, carries_the_uvid_of_a_guest) {
  const json tokens = exchange(challenge(password(), {{"Uvid-Hint", guest_token()}}));
  EXPECT_EQ(claims_of(tokens["access_token"])["uvid"], kUvid);
  expect_error(challenge(password(), {{"Uvid-Hint", "JWT x"}}), "invalid_request", "uvid invalid");
}

TEST_F(Challenge, f26_may_send_the_person_to_the_web) {
  setting("first_party_response", "redirect_to_web");
  const Reply got = challenge(password());
  expect_error(got, "redirect_to_web", "", 403);
  EXPECT_TRUE(got.object()["request_uri"].get<std::string>().starts_with("urn:ietf:params:oauth:request_uri:"));
  EXPECT_EQ(got.object()["expires_in"], 90);
  EXPECT_FALSE(got.object().contains("auth_session"));
}

TEST_F(Challenge, may_ask_for_more) {
  setting("first_party_response", "insufficient_authorization");
  const Reply got = challenge(password());
  expect_error(got, "insufficient_authorization", "", 403);
  setting("first_party_response", "");
  EXPECT_EQ(user_of(exchange(challenge({{"auth_session", session_of(got)}, {"password", kLenasPassword}}))), kLena);
}

TEST_F(Challenge, wants_the_protection_that_is_set) {
  setting("is_recaptcha_required_pwdless_login", true);
  expect_error(challenge(passwordless()), "invalid_request", "missing reCAPTCHA token");
  EXPECT_EQ(challenge(with(passwordless(), "recaptcha", "03First")).status, 403);
  const json event = {{"token", "03Second"}, {"siteKey", "k"}, {"expectedAction", "login"}, {"projectId", "p"}};
  expect_challenge(challenge(with(passwordless(), "recaptchaevent", event.dump())), "login_initialized");
  setting("does_registration_require_auth", true);
  expect_error(challenge_json(registration()), "invalid_token", "missing access token", 401);
  EXPECT_EQ(challenge(password()).status, 200);
  setting("does_password_login_require_auth", true);
  expect_error(challenge(password()), "invalid_request", "missing reCAPTCHA token");
  expect_error(challenge(password(), bearer(login()["access_token"])), "invalid_request", "missing reCAPTCHA token");
  EXPECT_EQ(challenge(with(password(), "recaptcha", "03Third")).status, 200);
}

TEST_F(Challenge, code_wants_client_authentication_and_a_verifier) {
  const auto fields = [&] {
    return without(token_fields(challenge(password()).object()["authorization_code"], kFirstParty), "redirect_uri");
  };
  expect_error(token(fields()), "invalid_client");
  const std::string secret = secret_of(kFirstParty);
  expect_error(token(with(with(fields(), "client_secret", secret), "code_verifier", kVerifier + "x")), "invalid_grant");
  expect_error(token(with(with(fields(), "client_secret", secret), "redirect_uri", "https://other.example.com/")),
               "invalid_grant");
  EXPECT_EQ(token(with(with(fields(), "client_secret", secret), "redirect_uri", kCallback)).status, 200);
  json claims = claims_for(kFirstParty);
  claims["sub"] = kFirstParty;
  claims["aud"] = sim_->site() + "/services/oauth2/token";
  Fields asserted = with(fields(), "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  EXPECT_EQ(token(with(asserted, "client_assertion", sign(kFirstParty, claims))).status, 200);
}

TEST_F(Challenge, takes_a_form_or_json_by_post_only) {
  expect_error(get("/services/oauth2/v1/authorization_challenge"), "invalid_request", "", 405);
  expect_error(post_raw("/shop/services/oauth2/v1/authorization_challenge", "x", {}, "text/plain"), "invalid_request");
  expect_error(post_raw("/shop/services/oauth2/v1/authorization_challenge", "[]", {}, "application/json"), "invalid_request");
}

}  // namespace hlid_sim_test
