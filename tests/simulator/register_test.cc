// Dynamic client registration, and introspection by the app with which clients register.
#include "site.h"

namespace hlid_sim_test {

class Registering : public Site {
 protected:
  void SetUp() override {
    start();
    change_app(kPrivate, {{"initial_access_token", "IAT-Example"}});
  }
  static json metadata() {
    return {{"redirect_uris", {"https://gw.example.com/cb"}},
            {"client_name", "Gateway A"},
            {"contacts", {"ops@example.com"}},
            {"application_type", "web"},
            {"response_types", {"code"}},
            {"grant_types", {"authorization_code", "refresh_token"}}};
  }
  Reply enroll(const json& body = metadata(), const std::string& token = "IAT-Example") {
    return post_json("/services/oauth2/register", body, bearer(token));
  }
};

TEST_F(Registering, names_another_customers_site_where_a_setting_says_so) {
  setting("response_fault", "registration_client_uri");
  EXPECT_TRUE(enroll().object()["registration_client_uri"].get<std::string>().starts_with("https://another.my.site.com/"));
}

TEST_F(Registering, makes_an_app_that_works) {
  const Reply reply = enroll();
  ASSERT_EQ(reply.status, 201) << reply.body;
  const json app = reply.object();
  EXPECT_EQ(app["client_secret_expires_at"], 0);
  EXPECT_EQ(app["client_name"], "Gateway A");
  EXPECT_EQ(app["grant_types"], metadata()["grant_types"]);
  EXPECT_TRUE(app["registration_client_uri"].get<std::string>().starts_with(sim_->origin()));
  EXPECT_FALSE(app["registration_access_token"].get<std::string>().empty());
  const std::string client_id = app["client_id"];
  Fields login = with(login_fields(client_id), "redirect_uri", "https://gw.example.com/cb");
  const std::string code = query_of(authorize(login, named()).header("Location"))["code"];
  Fields exchange = with(token_fields(code, client_id), "redirect_uri", "https://gw.example.com/cb");
  const json got = token(with(exchange, "client_secret", app["client_secret"])).object();
  EXPECT_TRUE(got.contains("access_token")) << got.dump();
  setting("registration_status", 200);
  EXPECT_EQ(post_raw("/services/oauth2/register", metadata().dump(), bearer("IAT-Example"), "application/json").status, 200)
      << "at the org's own host too";
}

TEST_F(Registering, needs_the_initial_access_token) {
  expect_error(post_json("/services/oauth2/register", metadata()), "invalid_client", "", 401);
  expect_error(enroll(metadata(), "IAT-Other"), "invalid_token", "", 401);
  change_app(kPrivate, {{"initial_access_token", "IAT-New"}});
  expect_error(enroll(), "invalid_token", "", 401);
  EXPECT_EQ(enroll(metadata(), "IAT-New").status, 201);
  EXPECT_EQ(control("state").body.find("IAT-New"), std::string::npos);
}

TEST_F(Registering, is_strict_about_metadata) {
  json body = metadata();
  body.erase("redirect_uris");
  expect_error(enroll(body), "invalid_redirect_uri");
  for (const char* uri : {"", "gw.example.com/cb", "http://gw.example.com/cb", "https://gw.example.com/cb#x"}) {
    body["redirect_uris"] = {uri};
    expect_error(enroll(body), "invalid_redirect_uri");
  }
  body["redirect_uris"] = {"http://localhost:8080/cb", "com.example.app:/cb"};
  EXPECT_EQ(enroll(body).status, 201);
  for (const auto& [name, value] : std::map<std::string, json>{{"application_type", "else"},
                                                               {"grant_types", {"password"}},
                                                               {"response_types", {"else"}},
                                                               {"client_name", 1},
                                                               {"contacts", "ops@example.com"}}) {
    json wrong = metadata();
    wrong[name] = value;
    expect_error(enroll(wrong), "invalid_client_metadata");
  }
  expect_error(post_raw("/shop/services/oauth2/register", "client_name=x", bearer("IAT-Example")), "invalid_request");
  EXPECT_EQ(get("/services/oauth2/register", bearer("IAT-Example")).status, 405);
}

TEST_F(Registering, can_be_refused_by_the_org) {
  setting("max_registered_apps", 1);
  EXPECT_EQ(enroll().status, 201);
  expect_error(enroll(), "exceeded_registration_limit");
  setting("is_connected_app_creation_allowed", false);
  expect_error(enroll(), "failed_registration");
}

TEST_F(Registering, lets_the_app_of_the_token_introspect_what_was_registered) {
  const std::string client_id = enroll().object()["client_id"];
  change_app(client_id, {{"is_consumer_secret_optional", true}});
  Fields login = with(login_fields(client_id), "redirect_uri", "https://gw.example.com/cb");
  const std::string code = query_of(authorize(login, named()).header("Location"))["code"];
  const json got = token(with(token_fields(code, client_id), "redirect_uri", "https://gw.example.com/cb")).object();
  const auto introspect = [&](const std::string& app) {
    return post("/services/oauth2/introspect",
                {{"client_id", app}, {"client_secret", secret_of(app)}, {"token", got["access_token"]}})
        .object();
  };
  const json seen = introspect(kPrivate);
  EXPECT_EQ(seen["active"], true) << seen.dump();
  EXPECT_EQ(seen["client_id"], client_id);
  EXPECT_EQ(introspect(kIntegration)["active"], false);
  change_app(kIntegration, {{"is_introspect_all_tokens", true}});
  EXPECT_EQ(introspect(kIntegration)["active"], true);
}

}  // namespace hlid_sim_test
