// Passwordless login: INIT, one-time codes, authorize.
#include "site.h"

namespace hlid_sim_test {

class Passwordless : public Site {
 protected:
  static constexpr const char* kType = "passwordless-login";
  static json body(const std::string& username = kLena, const char* method = "email") {
    return {{"username", username}, {"verificationmethod", method}};
  }
  Reply finish(const std::string& identifier, const std::string& otp, const std::string& method = "email") {
    return authorize(authorize_fields(), with_otp(kType, identifier, otp, method));
  }
  // Another code of the same length.
  static std::string wrong(const std::string& otp) { return otp == "000000" ? "111111" : "000000"; }
};

TEST_F(Passwordless, signs_in_whoever_brings_the_code) {
  const std::string identifier = identifier_of(init_passwordless(body()));
  const Reply got = finish(identifier, last_otp(kLena));
  EXPECT_EQ(query_of(got.header("Location"))["state"], "q81Zs");
  const json tokens = token(token_fields(code_of(got))).object();
  EXPECT_EQ(get("/services/oauth2/userinfo", bearer(tokens["access_token"])).object()["preferred_username"], kLena);
}

TEST_F(Passwordless, sends_by_sms_to_a_verified_number) {
  const std::string identifier = identifier_of(init_passwordless(body("carla@example.com", "sms")));
  const json message = outbox("carla@example.com").at(0);
  EXPECT_EQ(message["to"], "+4915550100123");
  EXPECT_EQ(message["flow"], "passwordless_login");
  EXPECT_EQ(message["template"], "");
  EXPECT_EQ(finish(identifier, last_otp("+4915550100123"), "sms").status, 302);
}

TEST_F(Passwordless, f15_responds_alike_where_nobody_is_reached) {
  const Reply known = init_passwordless(body());
  for (const char* name : {"unknown@example.com", "inactive@example.com", "locked@example.com", "unverified@example.com"}) {
    const Reply got = init_passwordless(body(name));
    const std::string identifier = identifier_of(got);
    EXPECT_EQ(identifier.size(), identifier_of(known).size());
    EXPECT_EQ(got.object().size(), known.object().size());
    EXPECT_TRUE(outbox(name).empty());
    for (int i = 0; i < 5; ++i) expect_error(finish(identifier, "000000"), "invalid_grant", "authentication failure");
    expect_error(finish(identifier, ""), "invalid_grant", "authentication failure");
  }
  identifier_of(init_passwordless(body("max@example.com", "sms")));  // has no number
  EXPECT_TRUE(outbox("max@example.com").empty());
}

TEST_F(Passwordless, f05_takes_the_right_code_after_a_wrong_one) {
  const std::string identifier = identifier_of(init_passwordless(body()));
  expect_error(finish(identifier, wrong(last_otp())), "invalid_grant", "authentication failure");
  EXPECT_EQ(finish(identifier, last_otp()).status, 302);
}

TEST_F(Passwordless, f08_takes_no_code_after_too_many_wrong_ones) {
  const std::string identifier = identifier_of(init_passwordless(body()));
  for (int i = 0; i < 3; ++i) finish(identifier, wrong(last_otp()));
  expect_error(finish(identifier, last_otp()), "invalid_grant", "authentication failure");
  setting("max_otp_attempts", 5);
  EXPECT_EQ(finish(identifier, last_otp()).status, 302);
}

TEST_F(Passwordless, takes_a_code_once) {
  const std::string identifier = identifier_of(init_passwordless(body()));
  const std::string otp = last_otp();
  EXPECT_EQ(finish(identifier, otp).status, 302);
  expect_error(finish(identifier, otp), "invalid_grant");
  EXPECT_EQ(uses_of(identifier + ":" + otp), 2);
  EXPECT_EQ(uses_of(identifier), 2);
}

TEST_F(Passwordless, lets_codes_grow_old) {
  setting("otp_lifetime_s", 60);
  const std::string first = identifier_of(init_passwordless(body()));
  sim_->advance_ms(59'999);
  EXPECT_EQ(finish(first, last_otp()).status, 302);
  const std::string second = identifier_of(init_passwordless(body()));
  sim_->advance_ms(60'000);
  expect_error(finish(second, last_otp()), "invalid_grant");
}

TEST_F(Passwordless, replaces_an_older_identifier) {
  const std::string first = identifier_of(init_passwordless(body()));
  const std::string otp = last_otp();
  const std::string second = identifier_of(init_passwordless(body()));
  EXPECT_NE(first, second);
  expect_error(finish(first, otp), "invalid_grant");
  EXPECT_EQ(finish(second, last_otp()).status, 302);
  setting("is_older_otp_replaced", false);
  const std::string third = identifier_of(init_passwordless(body()));
  const std::string its = last_otp();
  identifier_of(init_passwordless(body()));
  EXPECT_EQ(finish(third, its).status, 302);
}

TEST_F(Passwordless, wants_the_verification_type_of_init) {
  const std::string identifier = identifier_of(init_passwordless(body()));
  expect_error(finish(identifier, last_otp(), "sms"), "invalid_grant");
  expect_error(finish(identifier, last_otp(), "Email"), "invalid_request", "invalid headers");
  Headers headers = with_otp(kType, identifier, last_otp());
  headers.erase("Auth-Verification-Type");
  expect_error(authorize(authorize_fields(), headers), "invalid_request", "invalid headers");
  EXPECT_EQ(finish(identifier, last_otp()).status, 302);
}

TEST_F(Passwordless, takes_no_code_of_another_flow) {
  const std::string identifier = identifier_of(init_passwordless(body()));
  expect_error(authorize(authorize_fields(), with_otp("user-registration", identifier, last_otp())), "invalid_grant");
}

TEST_F(Passwordless, splits_at_the_first_colon_in_either_alphabet_padded_or_not) {
  for (int form = 0; form < 3; ++form) {
    std::string pair = identifier_of(init_passwordless(body()));
    pair += ":" + last_otp();
    std::string text = form == 2 ? hlid_sim::base64url(pair) : hlid_sim::base64(pair);
    while (form == 1 && text.ends_with('=')) text.pop_back();
    Headers headers = {{"Auth-Request-Type", kType}, {"Auth-Verification-Type", "email"}, {"Authorization", "Basic " + text}};
    EXPECT_EQ(authorize(authorize_fields(), headers).status, 302) << form;
  }
  const std::string identifier = identifier_of(init_passwordless(body()));
  expect_error(finish(identifier, last_otp() + ":"), "invalid_grant");
}

TEST_F(Passwordless, shows_the_login_page_without_credentials_and_refuses_them_in_the_body) {
  const Headers bare = {{"Auth-Request-Type", kType}, {"Auth-Verification-Type", "email"}};
  EXPECT_TRUE(authorize(authorize_fields(), bare).is_login_page());
  expect_error(authorize(login_fields(), bare), "invalid_request");
  const Reply got = authorize(with(authorize_fields(), "scope", "web"), with_otp(kType, "x", "y"));
  EXPECT_EQ(got.header("Location"), sim_->site() + "/login");
}

TEST_F(Passwordless, takes_the_header_of_a_post_only_app_and_wants_its_challenge) {
  change_app(kPublic, {{"is_code_cred_post_only", true}});
  const std::string identifier = identifier_of(init_passwordless(body()));
  expect_error(authorize(without(authorize_fields(), "code_challenge"), with_otp(kType, identifier, last_otp())),
               "invalid_request");
  EXPECT_EQ(finish(identifier, last_otp()).status, 302);
}

TEST_F(Passwordless, refuses_a_user_without_approval) {
  const std::string identifier = identifier_of(init_passwordless(body("unapproved@example.com")));
  expect_error(finish(identifier, last_otp()), "invalid_app_access");
}

TEST_F(Passwordless, has_codes_of_the_length_that_is_set) {
  setting("otp_length", 64);
  const std::string identifier = identifier_of(init_passwordless(body()));
  EXPECT_EQ(last_otp().size(), 64u);
  EXPECT_EQ(finish(identifier, last_otp()).status, 302);
}

TEST_F(Passwordless, finds_a_person_by_a_hint) {
  for (const char* hint : {"carla.hint@mail.example.com", "+49 15550 100123", "member-4711"}) {
    const json hinted = {{"login_hint", hint}, {"customdata", {{"tier", "gold"}}}, {"verificationmethod", "email"}};
    const std::string identifier = identifier_of(init_passwordless(hinted));
    EXPECT_EQ(finish(identifier, last_otp("carla@example.com")).status, 302) << hint;
  }
  const json unknown = {{"login_hint", "member-9999"}, {"verificationmethod", "email"}};
  expect_error(finish(identifier_of(init_passwordless(unknown)), "000000"), "invalid_grant");
  json both = body();
  both["login_hint"] = "member-4711";
  expect_error(init_passwordless(both), "invalid_request", "username cannot be combined with login_hint");
  json stray = body();
  stray["customdata"] = json::object();
  expect_error(init_passwordless(stray), "invalid_request");
  setting("headless_discovery_handler", false);
  expect_error(init_passwordless(unknown), "invalid_request", "login_hint needs a user discovery handler");
}

TEST_F(Passwordless, finds_nobody_by_a_hint_that_two_people_share) {
  change_user("max@example.com", {{"hints", {"member-4711"}}});
  identifier_of(init_passwordless({{"login_hint", "member-4711"}, {"verificationmethod", "email"}}));
  EXPECT_TRUE(outbox().empty());
}

TEST_F(Passwordless, limits_messages_for_known_and_unknown_alike) {
  setting("is_otp_rate_limit_enabled", true);
  for (const char* name : {"max@example.com", "unknown@example.com"}) {
    for (int i = 0; i < 5; ++i) identifier_of(init_passwordless(body(name)));
    expect_error(init_passwordless(body(name)), "rate_limit_exceeded", "", 403);
  }
  EXPECT_EQ(outbox().size(), 5u);
  EXPECT_EQ(init_passwordless(body()).status, 200);
  advance_minutes(60);
  EXPECT_EQ(init_passwordless(body("max@example.com")).status, 200);
}

TEST_F(Passwordless, login_itself_takes_a_hint_in_the_body_only) {
  const Fields hinted = {{"login_hint", "member-4711"}, {"password", "Carla-Pass-1"}, {"customdata", "{\"tier\":\"gold\"}"}};
  Fields fields = authorize_fields();
  fields.insert(hinted.begin(), hinted.end());
  EXPECT_EQ(authorize(fields, named()).status, 302);
  expect_error(authorize(with(fields, "password", "wrong"), named()), "invalid_grant", "authentication failure");
  expect_error(authorize(with(fields, "login_hint", "member-9999"), named()), "invalid_grant", "authentication failure");
  expect_error(authorize(with(fields, "username", kLena), named()), "invalid_request");
  expect_error(authorize(with(fields, "customdata", "gold"), named()), "invalid_request");
  expect_error(authorize(with(login_fields(), "customdata", "{}"), named()), "invalid_request");
  Headers basic = named();
  basic.emplace("Authorization", "Basic " + hlid_sim::base64("member-4711:Carla-Pass-1"));
  expect_error(authorize(fields, basic), "invalid_request");
  setting("is_user_disambiguation_allowed_username_pwd", false);
  expect_error(authorize(fields, named()), "invalid_request", "login_hint needs a user discovery handler");
}

}  // namespace hlid_sim_test
