// What registration, passwordless login and forgot password have in common: protection, templates, shapes of errors,
// and the outbox.
#include "site.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace hlid_sim_test {

struct Flow {
  const char* path;
  json body;
  const char* auth_required;
  const char* recaptcha_required;
  const char* templates_allowed;
  const char* scope;
};

class Init : public Site {
 protected:
  static std::vector<Flow> flows() {
    const json userdata = {{"username", "nele@example.com"}, {"lastName", "Neu"}, {"email", "nele@example.com"}};
    return {{"/services/auth/headless/init/registration",
             {{"userdata", userdata}, {"verificationmethod", "email"}},
             "does_registration_require_auth",
             "is_recaptcha_required_rgstr",
             "is_rgstr_email_template_allowlisting_enabled",
             "user_registration_api"},
            {"/services/auth/headless/init/passwordless/login",
             {{"username", kLena}, {"verificationmethod", "email"}},
             "does_pwdless_login_require_auth",
             "is_recaptcha_required_pwdless_login",
             "is_pwdless_login_email_template_allowlisting_enabled",
             "pwdless_login_api"},
            {"/services/auth/headless/forgot_password",
             {{"username", kLena}},
             "does_forgot_password_require_auth",
             "is_recaptcha_required_forgot_pwd",
             "is_forgot_pwd_email_template_allowlisting_enabled",
             "forgot_password"}};
  }
  static json plus(json body, const char* name, const json& value) {
    body[name] = value;
    return body;
  }
  static json event(const char* value = "03Event") {
    return {{"token", value}, {"siteKey", "6LExample"}, {"expectedAction", "login"}, {"projectId", "example"}};
  }
  Reply send(const Flow& flow, const json& body, const Headers& headers = {}) { return post_json(flow.path, body, headers); }
};

TEST_F(Init, works_without_protection_until_one_is_switched_on) {
  for (const Flow& flow : flows()) EXPECT_EQ(send(flow, flow.body).status, 200) << flow.path;
}

TEST_F(Init, has_a_switch_for_each_flow) {
  const char* switches[] = {"is_headless_user_registration_allowed", "is_pwdless_login_allowed", "is_forgot_pwd_allowed"};
  for (size_t i = 0; i < std::size(switches); ++i) {
    setting(switches[i], false);
    const Flow flow = flows()[i];
    EXPECT_EQ(send(flow, flow.body).status, 400) << flow.path;
    setting(switches[i], true);
  }
}

TEST_F(Init, may_be_refused_where_the_site_requires_no_protection) {
  setting("is_protection_required", true);
  for (const Flow& flow : flows()) {
    EXPECT_EQ(send(flow, flow.body).status, 400) << flow.path;
    setting(flow.recaptcha_required, true);
    EXPECT_EQ(send(flow, plus(flow.body, "recaptcha", std::string("03") + flow.scope)).status, 200) << flow.path;
  }
}

TEST_F(Init, f13_wants_the_recaptcha_token_that_is_required) {
  for (const Flow& flow : flows()) {
    setting(flow.recaptcha_required, true);
    const Reply got = send(flow, flow.body);
    EXPECT_EQ(got.status, 400);
    EXPECT_NE(got.body.find("missing reCAPTCHA token"), std::string::npos) << got.body;
    EXPECT_EQ(send(flow, plus(flow.body, "recaptcha", std::string("03") + flow.scope)).status, 200);
    EXPECT_EQ(send(flow, plus(flow.body, "recaptchaevent", event(flow.scope))).status, 200);
  }
}

TEST_F(Init, f14_takes_a_recaptcha_token_once_and_counts_it) {
  for (const Flow& flow : flows()) {
    const std::string proof = std::string("03") + flow.scope;
    EXPECT_EQ(send(flow, plus(flow.body, "recaptcha", proof)).status, 200);
    EXPECT_EQ(send(flow, plus(flow.body, "recaptcha", proof)).status, 400);
    EXPECT_EQ(send(flow, plus(flow.body, "recaptchaevent", event(proof.c_str()))).status, 400);
    EXPECT_EQ(uses_of(proof), 3);
  }
  EXPECT_EQ(sim_->seen()["recaptcha_tokens"].size(), 3u);
}

TEST_F(Init, refuses_a_recaptcha_token_that_the_service_refuses_or_that_is_malformed) {
  const Flow flow = flows()[1];
  expect_error(send(flow, plus(plus(flow.body, "recaptcha", "a"), "recaptchaevent", event())), "invalid_request");
  json half = event();
  half.erase("siteKey");
  for (const json& bad : {half, json("text"), json::object()})
    expect_error(send(flow, plus(flow.body, "recaptchaevent", bad)), "invalid_request");
  expect_error(send(flow, plus(flow.body, "recaptcha", "")), "invalid_request");
  expect_error(send(flow, plus(flow.body, "recaptcha", event())), "invalid_request");
  setting("is_recaptcha_accepted", false);
  expect_error(send(flow, plus(flow.body, "recaptcha", "b")), "invalid_request", "reCAPTCHA verification failed");
}

TEST_F(Init, may_take_one_kind_of_recaptcha_only) {
  const Flow flow = flows()[1];
  setting("recaptcha_kind", "recaptchaevent");
  expect_error(send(flow, plus(flow.body, "recaptcha", "a")), "invalid_request");
  EXPECT_EQ(send(flow, plus(flow.body, "recaptchaevent", event())).status, 200);
  setting("recaptcha_kind", "recaptcha");
  expect_error(send(flow, plus(flow.body, "recaptchaevent", event("c"))), "invalid_request");
  EXPECT_EQ(send(flow, plus(flow.body, "recaptcha", "d")).status, 200);
}

TEST_F(Init, f13_wants_an_access_token_with_the_scope_of_the_flow) {
  for (const Flow& flow : flows()) {
    setting(flow.auth_required, true);
    expect_error(send(flow, flow.body), "invalid_token", "missing access token", 401);
    expect_error(send(flow, flow.body, bearer("00DEx!unknown")), "invalid_token", "", 401);
    expect_error(send(flow, flow.body, bearer(guest_token())), "invalid_token", "", 401);
    change_app(kPublic, {{"scopes", {"api"}}});
    expect_error(send(flow, flow.body, bearer(login()["access_token"])), "insufficient_scope",
                 std::string("the access token lacks the scope ") + flow.scope, 403);
    change_app(kPublic, {{"scopes", {"api", flow.scope}}});
    EXPECT_EQ(send(flow, flow.body, bearer(login()["access_token"])).status, 200);
  }
}

TEST_F(Init, allows_the_email_templates_on_the_list_only) {
  for (const Flow& flow : flows()) {
    const json body = plus(flow.body, "emailtemplate", "00XEx0000000001MAA");
    EXPECT_EQ(send(flow, body).status, 400);
    setting(flow.templates_allowed, true);
    EXPECT_EQ(send(flow, body).status, 200);
    EXPECT_EQ(outbox().back()["template"], "00XEx0000000001MAA");
    EXPECT_EQ(send(flow, plus(flow.body, "emailtemplate", "00XEx0000000002MAA")).status, 400);
    setting("network_email_tmpl_allowlist", {"00XEx0000000001MAA", "00XEx0000000002MAA"});
    EXPECT_EQ(send(flow, plus(flow.body, "emailtemplate", "00XEx0000000002MAA")).status, 200);
    setting("network_email_tmpl_allowlist", {"00XEx0000000001MAA"});
  }
}

TEST_F(Init, reads_one_json_object_strictly) {
  const std::string path = "/shop/services/auth/headless/init/passwordless/login";
  const std::string good = flows()[1].body.dump();
  EXPECT_EQ(post_raw(path, good, {}, "application/json; charset=UTF-8").status, 200);
  const std::string untyped = raw("POST " + path + " HTTP/1.1\r\n" + host() +
                                  "Connection: close\r\nContent-Length: " + std::to_string(good.size()) + "\r\n\r\n" + good);
  EXPECT_TRUE(untyped.starts_with("HTTP/1.1 200 ")) << untyped;
  expect_error(post_raw(path, good), "invalid_request", "the body must be application/json");
  expect_error(post_raw(path + "?x=1", good, {}, "application/json"), "invalid_request");
  const std::string twice = good.substr(0, good.size() - 1) + R"(,"username":"max@example.com"})";
  for (const std::string& bad : {std::string("[]"), std::string("{"), std::string(), good + "{}", twice, std::string("\"text\"")})
    expect_error(post_raw(path, bad, {}, "application/json"), "invalid_request", "the body must be a JSON object");
  expect_error(get("/services/auth/headless/init/passwordless/login"), "invalid_request", "", 405);
}

TEST_F(Init, u17_takes_text_as_it_is) {
  const std::string name = "\",\"otp\":\"1\xe2\x80\xa8\x01";
  change_user(name, {{"email", "odd@example.com"}, {"password", "x"}});
  EXPECT_EQ(init_passwordless({{"username", name}, {"verificationmethod", "email"}}).status, 200);
  EXPECT_EQ(outbox("odd@example.com").at(0)["username"], name);
}

TEST_F(Init, f13_says_no_in_the_shape_that_is_set) {
  const Flow flow = flows()[1];
  const json bad = {{"verificationmethod", "email"}};
  const std::string text = "missing required member: username";
  EXPECT_EQ(send(flow, bad).object(), json({{"error", "invalid_request"}, {"error_description", text}}));
  setting("init_error_shape", "rest");
  EXPECT_EQ(send(flow, bad).object(), json::array({{{"message", text}, {"errorCode", "INVALID_REQUEST"}}}));
  setting("init_error_shape", "status");
  EXPECT_EQ(send(flow, bad).object(), json({{"status", "failed"}, {"message", text}}));
  EXPECT_THROW(setting("init_error_shape", "xml"), std::runtime_error);
}

TEST_F(Init, keeps_an_outbox_that_can_be_asked_by_address_and_name) {
  for (const char* name : {"max@example.com", "carla@example.com", "max@example.com"})
    init_passwordless({{"username", name}, {"verificationmethod", "email"}});
  EXPECT_EQ(outbox().size(), 3u);
  EXPECT_EQ(outbox("max@example.com").size(), 2u);
  EXPECT_EQ(outbox("carla.hint@mail.example.com"), outbox("carla@example.com"));
  EXPECT_EQ(control("outbox?last=1&to=max%40example.com").object()["messages"], json::array({outbox().at(2)}));
  EXPECT_EQ(control("outbox?last=x").status, 400);
  control("reset", json::object());
  EXPECT_TRUE(outbox().empty());
}

TEST_F(Init, appends_messages_to_a_file) {
  const std::string file = ::testing::TempDir() + "headlessid-outbox-" + std::to_string(::getpid()) + ".jsonl";
  hlid_sim::Options options = hlid_sim::default_options();
  options.outbox_file = file;
  start(options);
  for (int i = 0; i < 2; ++i) init_passwordless({{"username", kLena}, {"verificationmethod", "email"}});
  std::ifstream in(file);
  json lines = json::array();
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line));
  EXPECT_EQ(lines, outbox());
  EXPECT_EQ(std::filesystem::status(file).permissions() & std::filesystem::perms::others_all, std::filesystem::perms::none);
  std::remove(file.c_str());
}

}  // namespace hlid_sim_test
