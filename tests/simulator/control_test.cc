// The control endpoints, and starting and stopping.
#include "site.h"

#include <atomic>
#include <thread>

namespace hlid_sim_test {

class Control : public Site {};

TEST_F(Control, describes_what_a_program_needs) {
  const json got = sim_->description();
  EXPECT_EQ(got["site"], "http://localhost:" + std::to_string(sim_->port()) + "/shop");
  EXPECT_EQ(got["control"], sim_->origin() + "/__sim");
  EXPECT_EQ(got["apps"][0]["client_id"], kPublic);
  EXPECT_EQ(got["apps"][0]["public"], true);
  EXPECT_EQ(got["apps"][0]["redirect_uri"], sim_->site() + "/services/oauth2/echo");
  EXPECT_EQ(got["apps"][1]["public"], false);
  EXPECT_EQ(got["apps"][2]["integration"], true);
  EXPECT_EQ(got["apps"][3]["first_party"], true);
  EXPECT_TRUE(got["apps"][3]["private_key"].get<std::string>().starts_with("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(got["apps"][1]["private_key"], "");
  EXPECT_EQ(got["users"][0]["username"], kLena);
}

TEST_F(Control, shows_the_state_without_secrets) {
  const Reply got = control("state");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.object()["apps"].size(), 4u);
  EXPECT_EQ(got.body.find(kLenasPassword), std::string::npos);
  EXPECT_EQ(got.body.find(sim_->description()["apps"][1]["client_secret"].get<std::string>()), std::string::npos);
}

TEST_F(Control, changes_settings_by_name_all_or_nothing) {
  EXPECT_EQ(control("settings", {{"settings", {{"guest_token_requires_http2", true}}}}).status, 200);
  EXPECT_EQ(control("state").object()["settings"]["guest_token_requires_http2"], true);
  const Reply got = control("settings", {{"settings", {{"guest_token_requires_http2", false}, {"no_such", 1}}}});
  EXPECT_EQ(got.status, 400);
  EXPECT_EQ(got.error(), "settings: unknown name no_such");
  EXPECT_EQ(control("state").object()["settings"]["guest_token_requires_http2"], true);
  EXPECT_EQ(control("settings", {{"port", 1}}).status, 400);
}

TEST_F(Control, counts_requests_sign_ins_and_uses_of_single_use_values) {
  const std::string code = login_code();
  token(token_fields(code));
  token(token_fields(code));
  authorize(with(login_fields(), "password", "wrong"), named());
  const json got = control("seen").object();
  EXPECT_EQ(got["requests"]["authorize"], 2);
  EXPECT_EQ(got["requests"]["token"], 2);
  EXPECT_EQ(got["sign_ins"][kLena], json({{"attempts", 2}, {"failures", 1}}));
  const std::string digest = hlid_sim::hex(hlid_sim::sha256(code));
  EXPECT_EQ(got["codes"][digest], 2);
  EXPECT_EQ(uses_of(kLena + ":" + kLenasPassword), 1);
  EXPECT_EQ(control("seen?sha256=" + digest).object()["count"], 2);
  EXPECT_EQ(control("seen", {{"value", code}}).object()["count"], 2);
  EXPECT_EQ(got, sim_->seen());
}

TEST_F(Control, counts_clients_that_keep_cookies) {
  EXPECT_FALSE(get("/login").header("Set-Cookie").empty());
  get("/login", {{"Cookie", "BrowserId=simulated"}});
  EXPECT_EQ(sim_->seen()["requests_with_cookies"], 1);
}

TEST_F(Control, moves_time_forward_only) {
  EXPECT_EQ(control("time", {{"advance_ms", 1000}}).object()["now_ms"], kStart + 1000);
  EXPECT_EQ(control("time", {{"advance_ms", -1}}).status, 400);
  EXPECT_EQ(control("time", json::object()).status, 400);
}

TEST_F(Control, fails_the_next_requests_to_an_endpoint) {
  control(
      "fail",
      {{"endpoint", "token"}, {"status", 429}, {"retry_after", 7}, {"times", 2}, {"body", {{"error", "rate_limit_exceeded"}}}});
  for (int i = 0; i < 2; ++i) {
    const Reply got = token(token_fields("x"));
    expect_error(got, "rate_limit_exceeded", "", 429);
    EXPECT_EQ(got.header("Retry-After"), "7");
  }
  expect_error(token(token_fields("x")), "invalid_grant");
  control("fail", {{"endpoint", "*"}, {"status", 503}, {"body", "<html>maintenance</html>"}});
  const Reply html = get("/cart");
  EXPECT_EQ(html.status, 503);
  EXPECT_TRUE(html.header("Content-Type").starts_with("text/html"));
}

TEST_F(Control, drops_the_connection_after_the_work_is_done) {
  const std::string code = login_code();
  control("fail", {{"endpoint", "token"}, {"drop", true}});
  client_->set_keep_alive(false);
  EXPECT_EQ(token(token_fields(code)).status, 0);
  expect_error(token(token_fields(code)), "invalid_grant", "invalid authorization code");
}

TEST_F(Control, delays_a_response) {
  control("fail", {{"endpoint", "cart"}, {"delay_ms", 1}});
  EXPECT_EQ(get("/cart").status, 401);
}

TEST_F(Control, refuses_what_it_does_not_understand) {
  EXPECT_EQ(control("fail", {{"endpoint", "token"}}).status, 400);
  EXPECT_EQ(control("fail", {{"endpoint", "token"}, {"status", 503}, {"tims", 2}}).status, 400);
  EXPECT_EQ(control("fail", {{"status", 503}}).status, 400);
  EXPECT_EQ(control("fail", {{"endpoint", "tokens"}, {"status", 503}}).status, 400);
  EXPECT_EQ(post_raw("/__sim/time", "nonsense").status, 400);
  EXPECT_EQ(control("nothing").status, 404);
}

TEST_F(Control, counts_every_kind_of_single_use_value_from_the_start) {
  const json got = sim_->seen();
  for (const char* kind : {"codes", "code_verifiers", "refresh_tokens", "identifiers", "otps", "passwords", "recaptcha_tokens",
                           "auth_sessions", "assertion_ids", "actor_tokens", "frontdoor_otps"})
    EXPECT_EQ(got[kind], json::object()) << kind;
  authorize(with(login_fields(), "recaptcha", "03Login"), named());
  EXPECT_EQ(uses_of("03Login"), 1);
}

TEST_F(Control, resets_to_the_start) {
  const std::string jwt = login()["access_token"];
  change_app(kPublic, {{"is_code_cred_post_only", true}});
  control("time", {{"advance_ms", 1000}});
  EXPECT_EQ(control("reset", json::object()).status, 200);
  EXPECT_EQ(get("/services/oauth2/userinfo", bearer(jwt)).status, 403);
  const json state = control("state").object();
  EXPECT_EQ(state["time_offset_ms"], 0);
  for (const json& app : state["apps"]) EXPECT_EQ(app["is_code_cred_post_only"], false);
  EXPECT_EQ(sim_->seen()["codes"], json::object());
}

TEST_F(Control, forgets_everything_but_the_keys_at_a_reset) {
  const json before = {sim_->seen(), control("state").object(), outbox()};
  const json keys = get("/id/keys").object();
  const std::string jwt = login()["access_token"];
  post_json("/cart", {{"item", "Mug"}}, bearer(jwt));
  init_passwordless({{"username", kLena}, {"verificationmethod", "email"}});
  authorize(with(login_fields(), "password", "wrong"), named());
  control("fail", {{"endpoint", "cart"}, {"status", 503}});
  setting("lockout_min", 1);
  advance_minutes(1);
  EXPECT_NE(json({sim_->seen(), control("state").object(), outbox()}), before);
  control("reset", json::object());
  EXPECT_EQ(json({sim_->seen(), control("state").object(), outbox()}), before);
  EXPECT_EQ(get("/id/keys").object(), keys);
  EXPECT_EQ(get("/cart", bearer(login()["access_token"])).object()["items"], json::array());
}

TEST_F(Control, may_be_reset_while_requests_run) {
  std::atomic<bool> ended{false};
  std::thread resetting([&] {
    httplib::Client own("127.0.0.1", sim_->port());
    for (int i = 0; i < 50; ++i) own.Post("/__sim/reset", "", "application/json");
    ended = true;
  });
  while (!ended) {
    const Reply got = authorize(login_fields(), named());
    EXPECT_EQ(got.status, 302) << got.body;
    token(token_fields(query_of(got.header("Location"))["code"]));
  }
  resetting.join();
  EXPECT_EQ(login()["token_type"], "Bearer");
}

TEST_F(Control, has_an_outbox) { EXPECT_EQ(control("outbox").object(), json({{"messages", json::array()}})); }

TEST_F(Control, stops_at_once_with_connections_open_and_frees_the_port) {
  get("/login");
  control("fail", {{"endpoint", "cart"}, {"delay_ms", 600000}});
  const int port = sim_->port();
  std::thread waiting([&] { get("/cart"); });
  while (!sim_->seen()["requests"].contains("cart")) std::this_thread::yield();
  sim_->stop();
  waiting.join();
  sim_->stop();
  hlid_sim::Options options = hlid_sim::default_options();
  options.port = port;
  start(options);
  EXPECT_EQ(sim_->port(), port);
  EXPECT_EQ(get("/login").status, 200);
  EXPECT_THROW(hlid_sim::Simulator::start(options), std::runtime_error);
}

TEST_F(Control, tells_a_client_that_asks_to_go_on) {
  const std::string head = "POST /shop/cart HTTP/1.1\r\n" + host() +
                           "Connection: close\r\nExpect: 100-continue\r\n"
                           "Content-Length: 2\r\n\r\n";
  const std::string got = raw(head, "{}");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 ")) << got;
}

TEST_F(Control, serves_many_connections_at_once) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      httplib::Client own("127.0.0.1", sim_->port());
      own.set_keep_alive(true);
      for (int j = 0; j < 5; ++j) {
        const auto got =
            own.Post("/shop/services/oauth2/authorize", named(), form(login_fields()), "application/x-www-form-urlencoded");
        if (got && got->status == 302) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
  EXPECT_EQ(sim_->seen()["requests"]["authorize"], 80);
}

}  // namespace hlid_sim_test
