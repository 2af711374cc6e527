// Headless registration: INIT, and authorize with the code.
#include "site.h"

#include <algorithm>

namespace hlid_sim_test {

class Registration : public Site {
 protected:
  static constexpr const char* kType = "user-registration";
  static json newcomer() {
    return {{"userdata",
             {{"firstName", "Nele"}, {"lastName", "Neu"}, {"email", "nele@example.com"}, {"username", "nele@example.com"}}},
            {"customdata", {{"mobilePhone", "+14155550123"}, {"privacyPolicy", true}}},
            {"password", "Corr3ctHorse!"},
            {"verificationmethod", "email"}};
  }
  static json but(const char* name, const json& value) {
    json body = newcomer();
    body[name] = value;
    return body;
  }
};

TEST_F(Registration, sends_a_code_and_makes_a_user_of_whoever_brings_it) {
  const Reply init = init_registration(newcomer());
  const std::string identifier = identifier_of(init);
  EXPECT_EQ(init.object()["email"], "nele@example.com");
  const json message = outbox("nele@example.com").at(0);
  EXPECT_EQ(message["channel"], "email");
  EXPECT_EQ(message["flow"], "registration");
  EXPECT_EQ(message["template"], "default");
  EXPECT_EQ(message["sent_ms"], kStart);
  const std::string otp = message["otp"];
  ASSERT_EQ(otp.size(), 6u);
  EXPECT_TRUE(std::all_of(otp.begin(), otp.end(), [](char c) { return c >= '0' && c <= '9'; }));

  const Reply got = authorize(authorize_fields(), with_otp(kType, identifier, otp));
  const json tokens = token(token_fields(code_of(got))).object();
  EXPECT_TRUE(tokens.contains("access_token"));
  const json claims = get("/services/oauth2/userinfo", bearer(tokens["access_token"])).object();
  EXPECT_EQ(claims["preferred_username"], "nele@example.com");
  EXPECT_EQ(claims["name"], "Nele Neu");
  EXPECT_EQ(claims["email_verified"], true);
  EXPECT_EQ(claims["phone_number"], "+14155550123");

  const Fields login = with(with(login_fields(), "username", "nele@example.com"), "password", "Corr3ctHorse!");
  EXPECT_EQ(authorize(login, named()).status, 302);
}

TEST_F(Registration, creates_no_user_before_the_code_is_back) {
  identifier_of(init_registration(newcomer()));
  const Fields login = with(with(login_fields(), "username", "nele@example.com"), "password", "Corr3ctHorse!");
  expect_error(authorize(login, named()), "invalid_grant");
}

TEST_F(Registration, f28_tells_of_a_taken_name_when_the_code_is_back) {
  json body = newcomer();
  body["userdata"]["username"] = kLena;
  const std::string identifier = identifier_of(init_registration(body));
  const Reply got = authorize(authorize_fields(), with_otp(kType, identifier, last_otp(kLena)));
  expect_error(got, "registration_error", "user was unable to be created in apex");
  const std::string thrown = got.object().value("apex_error", "");
  EXPECT_TRUE(thrown.starts_with("System.DmlException: ")) << thrown;
  EXPECT_NE(thrown.find("DUPLICATE_USERNAME"), std::string::npos) << thrown;
  // The code was right, and is spent.
  expect_error(authorize(authorize_fields(), with_otp(kType, identifier, last_otp(kLena))), "invalid_grant");
  EXPECT_EQ(authorize(login_fields(), named()).status, 302);
}

TEST_F(Registration, tells_of_a_missing_last_name_when_the_code_is_back) {
  json body = newcomer();
  body["userdata"].erase("lastName");
  const std::string identifier = identifier_of(init_registration(body));
  const Reply got = authorize(authorize_fields(), with_otp(kType, identifier, last_otp()));
  EXPECT_NE(got.object().value("apex_error", "").find("REQUIRED_FIELD_MISSING"), std::string::npos) << got.body;
}

TEST_F(Registration, by_sms_goes_to_the_number_in_customdata) {
  const Reply init = init_registration(but("verificationmethod", "sms"));
  EXPECT_EQ(outbox("+14155550123").at(0)["channel"], "sms");
  expect_error(authorize(authorize_fields(), with_otp(kType, identifier_of(init), last_otp(), "email")), "invalid_grant");
  const std::string identifier = identifier_of(init_registration(but("verificationmethod", "sms")));
  EXPECT_EQ(authorize(authorize_fields(), with_otp(kType, identifier, last_otp(), "sms")).status, 302);

  json body = but("verificationmethod", "sms");
  body.erase("customdata");
  expect_error(init_registration(body), "invalid_request");
  for (const char* number : {"4155550123", "+1 555", "+1415555012x", ""}) {
    body["customdata"] = {{"mobilePhone", number}};
    expect_error(init_registration(body), "invalid_request", "customdata.mobilePhone must be a phone number with country code");
  }
}

TEST_F(Registration, refuses_a_body_that_is_missing_something_or_wrong) {
  json no_data = newcomer();
  no_data.erase("userdata");
  json no_method = newcomer();
  no_method.erase("verificationmethod");
  json no_email = newcomer();
  no_email["userdata"].erase("email");
  json number = newcomer();
  number["userdata"]["lastName"] = 5;
  for (const json& body :
       {no_data, no_method, no_email, number, but("verificationmethod", "phone"), but("verificationmethod", "EMAIL"),
        but("userdata", "text"), but("customdata", "text"), but("password", 5), but("userData", json::object()),
        but("verificationMethod", "email"), but("emailTemplate", "x")}) {
    expect_error(init_registration(body), "invalid_request");
  }
  EXPECT_TRUE(outbox().empty());
}

TEST_F(Registration, works_without_a_password) {
  json body = newcomer();
  body.erase("password");
  const std::string identifier = identifier_of(init_registration(body));
  EXPECT_EQ(authorize(authorize_fields(), with_otp(kType, identifier, last_otp())).status, 302);
  const Fields login = with(with(login_fields(), "username", "nele@example.com"), "password", "");
  EXPECT_EQ(authorize(login, named()).status, 400);
}

TEST_F(Registration, checks_the_password_policy) {
  for (const char* password : {"Short1", "no digits at all", "1234567890"})
    expect_error(init_registration(but("password", password)), "invalid_request");
  change(R"({"settings": {"password_min_length": 4, "is_password_letter_and_digit_required": false}})");
  EXPECT_EQ(init_registration(but("password", "abcd")).status, 200);
}

TEST_F(Registration, needs_a_handler) {
  setting("headless_registration_handler", false);
  expect_error(init_registration(newcomer()), "invalid_request", "no registration handler is configured");
}

TEST_F(Registration, carries_the_uvid_of_a_guest) {
  const std::string guest = guest_token();
  const std::string identifier = identifier_of(init_registration(newcomer()));
  Headers headers = with_otp(kType, identifier, last_otp());
  headers.emplace("Uvid-Hint", guest);
  const json tokens = token(token_fields(code_of(authorize(authorize_fields(), headers)))).object();
  EXPECT_EQ(claims_of(tokens["access_token"])["uvid"], kUvid);
}

TEST_F(Registration, takes_a_password_of_16000_bytes) {
  std::string password = "Aa1";
  while (password.size() < 16'000) password += "\xc3\xbc";
  const std::string identifier = identifier_of(init_registration(but("password", password)));
  authorize(authorize_fields(), with_otp(kType, identifier, last_otp()));
  const Fields login = with(with(login_fields(), "username", "nele@example.com"), "password", password);
  EXPECT_EQ(authorize(login, named()).status, 302);
  EXPECT_EQ(authorize(with(login, "password", password + std::string(64 * 1024, 'x')), named()).status, 413);
}

}  // namespace hlid_sim_test
