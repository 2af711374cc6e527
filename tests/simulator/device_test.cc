// The device flow: a code, the page where a person enters it, and the polls.
#include "site.h"

namespace hlid_sim_test {

class Device : public Site {
 protected:
  static Fields code_fields() { return {{"response_type", "device_code"}, {"client_id", kPublic}}; }
  Reply token_at_org(const Fields& fields, const Headers& headers = {}) {
    return post_raw("/services/oauth2/token", form(fields), headers);
  }
  json ask(const Fields& fields = code_fields()) {
    const Reply reply = token_at_org(fields);
    EXPECT_EQ(reply.status, 200) << reply.body;
    return reply.object();
  }
  static Fields poll_fields(const std::string& code, const std::string& client_id = kPublic) {
    return {{"grant_type", "device"}, {"client_id", client_id}, {"code", code}};
  }
  Reply poll(const std::string& code) {
    sim_->advance_ms(5'000);
    return token_at_org(poll_fields(code));
  }
  Reply connect(const std::string& user_code, const std::string& action = "approve", const std::string& username = kLena) {
    return post_raw("/setup/connect", form({{"user_code", user_code}, {"action", action}, {"username", username}}));
  }
};

TEST_F(Device, shows_another_customers_site_where_a_setting_says_so) {
  setting("response_fault", "verification_uri");
  EXPECT_EQ(ask()["verification_uri"], "https://another.my.site.com/setup/connect");
}

TEST_F(Device, becomes_tokens_once_a_person_has_approved) {
  const json code = ask();
  EXPECT_EQ(code["verification_uri"], sim_->origin() + "/setup/connect");
  EXPECT_EQ(code["interval"], 5);
  EXPECT_FALSE(code.contains("expires_in"));
  EXPECT_EQ(code["user_code"].get<std::string>().size(), 8U);
  expect_error(poll(code["device_code"]), "authorization_pending", "User has not completed authorization");
  EXPECT_EQ(connect(code["user_code"]).status, 200);
  const json got = poll(code["device_code"]).object();
  EXPECT_EQ(got["scope"], "openid api refresh_token");
  EXPECT_TRUE(got.contains("refresh_token"));
  EXPECT_EQ(claims_of(got["id_token"])["iss"], sim_->origin());
  EXPECT_FALSE(got.contains("sfdc_community_url"));
  EXPECT_EQ(uses_of(code["device_code"]), 1);
  expect_error(poll(code["device_code"]), "invalid_grant", "device code has been used");
  EXPECT_EQ(uses_of(code["device_code"]), 2);
  const Fields refresh = {{"grant_type", "refresh_token"}, {"client_id", kPublic}, {"refresh_token", got["refresh_token"]}};
  EXPECT_EQ(token_at_org(refresh).status, 200);
}

TEST_F(Device, is_denied_by_the_person) {
  const json code = ask();
  EXPECT_EQ(connect(code["user_code"], "deny").status, 200);
  expect_error(poll(code["device_code"]), "access_denied", "end-user denied authorization");
}

TEST_F(Device, has_a_page_with_the_code_filled_in) {
  const std::string user_code = ask()["user_code"];
  const Reply page = reply(client_->Get("/setup/connect?user_code=" + user_code));
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.body.find("value=\"" + user_code + "\""), std::string::npos);
  EXPECT_EQ(reply(client_->Get("/setup/connect?user_code=%22%3E%3Cscript%3E")).body.find("<script>"), std::string::npos);
  EXPECT_EQ(connect("WRONG123").status, 400);
  EXPECT_EQ(connect(user_code, "approve", "inactive@example.com").status, 400);
  EXPECT_EQ(connect(user_code, "approve", "unapproved@example.com").status, 400);
  EXPECT_EQ(connect(user_code, "else").status, 400);
  // As a person types it.
  EXPECT_EQ(connect(user_code.substr(0, 4) + "-" + user_code.substr(4)).status, 200);
  EXPECT_EQ(connect(user_code).status, 400) << "it has been decided";
}

TEST_F(Device, is_approved_by_the_person_unless_an_admin_has_to) {
  const std::string user_code = ask()["user_code"];
  EXPECT_EQ(connect(user_code, "approve", "unapproved@example.com").status, 400);
  change_app(kPublic, {{"admin_approved", false}});
  EXPECT_EQ(connect(user_code, "approve", "unapproved@example.com").status, 200);
}

TEST_F(Device, is_decided_by_a_control_call_too) {
  const json code = ask();
  EXPECT_EQ(control("device", {{"user_code", "WRONG123"}, {"username", kLena}}).status, 400);
  EXPECT_EQ(control("device", {{"user_code", code["user_code"]}, {"username", kLena}}).status, 200);
  EXPECT_EQ(poll(code["device_code"]).status, 200);
  const json other = ask();
  EXPECT_EQ(control("device", {{"user_code", other["user_code"]}, {"approve", false}}).status, 200);
  expect_error(poll(other["device_code"]), "access_denied");
}

TEST_F(Device, slows_a_device_down_that_polls_too_fast) {
  const json code = ask();
  const std::string device_code = code["device_code"];
  expect_error(token_at_org(poll_fields(device_code)), "slow_down", "polling too frequently");
  expect_error(poll(device_code), "slow_down");  // ten seconds now, then fifteen
  connect(code["user_code"]);
  sim_->advance_ms(10'000);
  expect_error(token_at_org(poll_fields(device_code)), "slow_down");
  EXPECT_EQ(uses_of(device_code), 0) << "a poll that is too fast uses nothing up";
  sim_->advance_ms(20'000);
  EXPECT_EQ(token_at_org(poll_fields(device_code)).status, 200);
  setting("is_device_interval_enforced", false);
  expect_error(token_at_org(poll_fields(ask()["device_code"])), "authorization_pending");
}

TEST_F(Device, codes_expire_and_may_say_so) {
  setting("device_code_says_expires_in", true);
  setting("device_code_lifetime_s", 60);
  const json code = ask();
  EXPECT_EQ(code["expires_in"], 60);
  sim_->advance_ms(60'000);
  EXPECT_EQ(connect(code["user_code"]).status, 400);
  expect_error(poll(code["device_code"]), "invalid_grant", "expired device code");
}

TEST_F(Device, is_strict_about_requests) {
  expect_error(post("/services/oauth2/token", code_fields()), "invalid_grant", "request not supported on this domain");
  expect_error(post("/services/oauth2/token", poll_fields("M1")), "invalid_grant", "request not supported on this domain");
  EXPECT_EQ(get("/setup/connect").status, 404) << "sites do not have it";
  expect_error(token_at_org(with(code_fields(), "response_type", "code")), "unsupported_response_type");
  expect_error(token_at_org(with(code_fields(), "grant_type", "device")), "invalid_request");
  expect_error(token_at_org(with(code_fields(), "scope", "everything")), "invalid_scope");
  expect_error(token_at_org(with(code_fields(), "client_id", "unknown")), "invalid_client_id");
  EXPECT_EQ(ask(with(code_fields(), "scope", "api"))["interval"], 5);
  expect_error(token_at_org(poll_fields("M1unknown")), "invalid_request", "invalid device code");
  const std::string device_code = ask()["device_code"];
  expect_error(token_at_org(poll_fields(device_code, kPrivate)), "invalid_request", "invalid device code");
  expect_error(token_at_org(with(poll_fields(device_code), "scope", "api")), "invalid_request", "scope parameter not supported");
  const std::string theirs = ask(with(code_fields(), "client_id", kPrivate))["device_code"];
  expect_error(token_at_org(with(poll_fields(theirs, kPrivate), "client_secret", "wrong")), "invalid_client");
  setting("is_secret_required_for_device", true);
  expect_error(token_at_org(poll_fields(theirs, kPrivate)), "invalid_client");
  sim_->advance_ms(5'000);
  expect_error(token_at_org(with(poll_fields(theirs, kPrivate), "client_secret", secret_of(kPrivate))), "authorization_pending");
}

TEST_F(Device, can_be_switched_off) {
  const std::string device_code = ask()["device_code"];
  change_app(kPublic, {{"is_device_flow_enabled", false}});
  expect_error(token_at_org(code_fields()), "oauth_flow_disabled");
  expect_error(poll(device_code), "oauth_flow_disabled");
  setting("device_flow_disabled_error", "invalid_grant");
  expect_error(token_at_org(code_fields()), "invalid_grant", "device flow is not enabled for this app");
  change_app(kPublic, {{"is_device_flow_enabled", true}});
}

TEST_F(Device, is_for_local_apps_with_a_callback_on_localhost) {
  EXPECT_EQ(token_at_org(code_fields()).status, 200);
  change_app(kPublic, {{"distribution_state", "Packaged"}});
  expect_error(token_at_org(code_fields()), "oauth_flow_disabled");
  const auto others = with(code_fields(), "client_id", kPrivate);
  EXPECT_EQ(token_at_org(others).status, 200);
  change_app(kPrivate, {{"redirect_uris", {"https://app.example.com/callback"}}});
  expect_error(token_at_org(others), "oauth_flow_disabled");
  // As until 2026-11-30.
  setting("is_device_flow_local_only", false);
  EXPECT_EQ(token_at_org(others).status, 200);
}

}  // namespace hlid_sim_test
