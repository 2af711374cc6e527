// Forgot password, both steps.
#include "site.h"

namespace hlid_sim_test {

class ForgotPassword : public Site {
 protected:
  static json second(const std::string& username, const std::string& otp, const std::string& password = "N3wCorrectHorse!") {
    return {{"username", username}, {"otp", otp}, {"newpassword", password}};
  }
  static json status_code(const char* code) { return {{"status_code", code}, {"status", "success"}}; }
  bool signs_in(const std::string& password, const std::string& username = kLena) {
    return authorize(with(with(login_fields(), "username", username), "password", password), named()).status == 302;
  }
};

TEST_F(ForgotPassword, sends_a_code_and_sets_the_password_with_it) {
  const Reply sent = forgot_password({{"username", kLena}});
  EXPECT_EQ(sent.status, 200);
  EXPECT_EQ(sent.object(), status_code("otp_sent"));
  EXPECT_EQ(outbox(kLena).at(0)["flow"], "password_reset");
  EXPECT_EQ(last_otp().size(), 6u);
  const std::string otp = last_otp(kLena);
  const Reply done = forgot_password(second(kLena, otp));
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.object(), status_code("success"));
  EXPECT_TRUE(signs_in("N3wCorrectHorse!"));
  EXPECT_FALSE(signs_in(kLenasPassword));
  EXPECT_EQ(forgot_password(second(kLena, otp)).object()["status_code"], "regenerate_otp");
  EXPECT_EQ(uses_of(kLena + ":" + otp), 2);
}

TEST_F(ForgotPassword, f16_counts_wrong_codes_and_then_wants_a_new_one) {
  forgot_password({{"username", kLena}});
  const std::string otp = last_otp();
  const json invalid = {{"status_code", "invalid_otp"}, {"otp_error", "invalid OTP"}, {"status", "failed"}};
  for (int i = 0; i < 5; ++i) {
    const Reply got = forgot_password(second(kLena, "wrong1"));
    EXPECT_EQ(got.status, 400);
    EXPECT_EQ(got.object(), invalid);
  }
  EXPECT_EQ(forgot_password(second(kLena, otp)).object()["status_code"], "regenerate_otp");
  forgot_password({{"username", kLena}});
  EXPECT_EQ(forgot_password(second(kLena, last_otp())).status, 200);
}

TEST_F(ForgotPassword, f15_cannot_tell_a_name_that_nobody_has) {
  setting("max_password_reset_attempts", 2);
  std::vector<std::string> responses[2];
  const std::string names[] = {kLena, "unknown@example.com"};
  for (int i = 0; i < 2; ++i) {
    const auto ask = [&](const json& body) {
      const Reply got = forgot_password(body);
      responses[i].push_back(std::to_string(got.status) + " " + got.body);
    };
    ask(second(names[i], "wrong1"));  // before any code was sent
    ask({{"username", names[i]}});
    for (int j = 0; j < 4; ++j) ask(second(names[i], "wrong1"));
    ask({{"username", names[i]}});
    ask(second(names[i], "wrong1", "short"));
    advance_minutes(15);
    ask(second(names[i], "wrong1"));
  }
  EXPECT_EQ(responses[0], responses[1]);
  EXPECT_TRUE(outbox("unknown@example.com").empty());
}

TEST_F(ForgotPassword, f16_says_what_the_policy_wants_and_keeps_the_code) {
  forgot_password({{"username", kLena}});
  const Reply got = forgot_password(second(kLena, last_otp(), "short"));
  EXPECT_EQ(got.status, 400);
  EXPECT_EQ(got.object()["status_code"], "password_policy_check_failure");
  EXPECT_EQ(got.object()["password_error"], "Your password must be at least 8 characters long.");
  EXPECT_EQ(forgot_password(second(kLena, last_otp())).status, 200);
}

TEST_F(ForgotPassword, lets_codes_grow_old) {
  forgot_password({{"username", kLena}});
  advance_minutes(15);
  EXPECT_EQ(forgot_password(second(kLena, last_otp())).object()["status_code"], "regenerate_otp");
}

TEST_F(ForgotPassword, sets_a_password_as_it_was_sent) {
  const std::string password = "  \xc3\xa9 1x \" \\ \n ";
  forgot_password({{"username", kLena}});
  EXPECT_EQ(forgot_password(second(kLena, last_otp(), password)).status, 200);
  EXPECT_TRUE(signs_in(password));
}

TEST_F(ForgotPassword, ends_a_lockout) {
  setting("max_login_attempts", 1);
  EXPECT_FALSE(signs_in("wrong"));
  EXPECT_FALSE(signs_in(kLenasPassword));
  forgot_password({{"username", kLena}});
  forgot_password(second(kLena, last_otp()));
  EXPECT_TRUE(signs_in("N3wCorrectHorse!"));
}

TEST_F(ForgotPassword, refuses_half_a_second_step_and_what_belongs_to_another) {
  json half = second(kLena, "x");
  half.erase("otp");
  json other_half = second(kLena, "x");
  other_half.erase("newpassword");
  json misspelt = other_half;
  misspelt["newPassword"] = "N3wCorrectHorse!";
  json templated = second(kLena, "x");
  templated["emailtemplate"] = "00XEx0000000001MAA";
  for (const json& body : {half, other_half, misspelt, templated, json::object(), json{{"username", 5}}}) {
    const Reply got = forgot_password(body);
    EXPECT_EQ(got.status, 400);
    EXPECT_TRUE(got.object().contains("invalid_request")) << got.body;
  }
  setting("forgot_password_error_status", 422);
  EXPECT_EQ(forgot_password(half).status, 422);
  EXPECT_EQ(forgot_password(second(kLena, "x")).status, 422);
}

TEST_F(ForgotPassword, takes_null_for_an_absent_recaptcha_token) {
  setting("is_recaptcha_required_forgot_pwd", true);
  EXPECT_EQ(forgot_password({{"username", kLena}, {"recaptcha", nullptr}}).status, 400);
  EXPECT_EQ(forgot_password({{"username", kLena}, {"recaptcha", "first"}}).status, 200);
  json body = second(kLena, last_otp());
  body["recaptcha"] = "first";
  EXPECT_EQ(forgot_password(body).status, 400);  // a token is valid once
  body["recaptcha"] = nullptr;
  EXPECT_EQ(forgot_password(body).status, 200);
}

TEST_F(ForgotPassword, finds_a_person_by_a_hint) {
  const json first = {{"login_hint", "member-4711"}, {"customdata", {{"tier", "gold"}}}};
  EXPECT_EQ(forgot_password(first).status, 200);
  EXPECT_EQ(outbox("carla@example.com").at(0)["to"], "carla.hint@mail.example.com");
  const json last = {{"login_hint", "member-4711"}, {"otp", last_otp()}, {"newpassword", "N3wCorrectHorse!"}};
  EXPECT_EQ(forgot_password(last).status, 200);
  EXPECT_TRUE(signs_in("N3wCorrectHorse!", "carla@example.com"));
  setting("is_user_disambiguation_allowed_forgot_pwd", false);
  EXPECT_EQ(forgot_password(first).status, 400);
}

}  // namespace hlid_sim_test
