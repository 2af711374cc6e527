// The C interface: bad pointers and sizes, every call in every state, two threads on one handle.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "headlessid/headlessid.h"

namespace {

constexpr int64_t kNow = 1'767'225'600'000;

std::string text(hlid_view view) { return view.data == nullptr ? std::string("(absent)") : std::string(view.data, view.size); }
hlid_view view(std::string_view of) { return {of.data(), of.size()}; }

struct ErrorFree {
  void operator()(hlid_error* err) const { hlid_error_free(err); }
};
struct AppFree {
  void operator()(hlid_app* app) const { hlid_app_free(app); }
};
struct FlowFree {
  void operator()(hlid_flow* flow) const { hlid_flow_free(flow); }
};
using ErrorPtr = std::unique_ptr<hlid_error, ErrorFree>;
using AppPtr = std::unique_ptr<hlid_app, AppFree>;
using FlowPtr = std::unique_ptr<hlid_flow, FlowFree>;

struct SettingsFree {
  void operator()(hlid_settings* settings) const { hlid_settings_free(settings); }
};
using SettingsPtr = std::unique_ptr<hlid_settings, SettingsFree>;

SettingsPtr make_settings() {
  SettingsPtr settings(hlid_settings_new());
  const auto set = [&](const char* name, const char* value) {
    EXPECT_EQ(hlid_settings_set(settings.get(), hlid_str(name), hlid_str(value), nullptr), HLID_OK) << name;
  };
  set("site", "https://acme.my.site.com/shop");
  set("client_id", "3MVG9");
  set("redirect_uri", "https://app.example.com/callback");
  return settings;
}

AppPtr make_app() {
  hlid_app* app = nullptr;
  EXPECT_EQ(hlid_app_new(make_settings().get(), &app, nullptr), HLID_OK);
  return AppPtr(app);
}

FlowPtr make_flow(const char* name) {
  const AppPtr app = make_app();  // freed before the flow, which keeps what it needs
  hlid_flow* flow = nullptr;
  EXPECT_EQ(hlid_flow_new(app.get(), hlid_str(name), &flow, nullptr), HLID_OK);
  return FlowPtr(flow);
}

hlid_step next(hlid_flow* flow, int64_t now_ms = kNow) {
  hlid_step step = 0;
  EXPECT_EQ(hlid_flow_next(flow, now_ms, &step, nullptr), HLID_OK);
  return step;
}

// Calls, and says what came of it: "ARGUMENT site", "STATE wrong_step", "OK".
std::string outcome(const std::function<hlid_status(hlid_error**)>& call) {
  hlid_error* err = nullptr;
  const hlid_status status = call(&err);
  const ErrorPtr held(err);
  EXPECT_EQ(status == HLID_OK, err == nullptr);
  if (status == HLID_OK) return "OK";
  EXPECT_EQ(status, hlid_error_kind(err));
  EXPECT_FALSE(text(hlid_error_message(err)).empty());
  const std::string more = status == HLID_E_ARGUMENT ? text(hlid_error_field(err)) : text(hlid_error_reason(err));
  return text(hlid_error_kind_name(err)) + " " + more;
}

TEST(Capi, l01_frees_null) {
  hlid_error_free(nullptr);
  hlid_app_free(nullptr);
  hlid_flow_free(nullptr);
  hlid_settings_free(nullptr);
  hlid_client_free(nullptr);
}

TEST(Capi, l01_null_handles_and_outs_are_refused_by_name) {
  const SettingsPtr settings = make_settings();
  const AppPtr app = make_app();
  const FlowPtr flow = make_flow("guest");
  hlid_app* app_out = nullptr;
  hlid_flow* flow_out = nullptr;
  hlid_step step = 0;
  const hlid_view x = hlid_str("x");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(nullptr, &app_out, e); }), "ARGUMENT settings");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(settings.get(), nullptr, e); }), "ARGUMENT out");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_settings_set(nullptr, hlid_str("site"), x, e); }), "ARGUMENT settings");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_settings_set_json(nullptr, x, e); }), "ARGUMENT settings");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_new(nullptr, hlid_str("guest"), &flow_out, e); }), "ARGUMENT app");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_new(app.get(), hlid_str("guest"), nullptr, e); }), "ARGUMENT out");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(nullptr, x, x, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set_timeout_ms(nullptr, 5, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set_trace(nullptr, 1, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_next(nullptr, kNow, &step, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_next(flow.get(), kNow, nullptr, e); }), "ARGUMENT out");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_header(nullptr, x, x, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_response(nullptr, 200, 11, x, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_no_response(nullptr, HLID_NOT_SENT, x, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_value(nullptr, x, x, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_offer(nullptr, x, x, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_nothing(nullptr, x, e); }), "ARGUMENT flow");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_cancel(nullptr, e); }), "ARGUMENT flow");
  EXPECT_EQ(next(flow.get()), HLID_STEP_SEND) << "nothing of that has harmed the flow";
}

TEST(Capi, l01_views_that_cannot_be_are_refused) {
  const FlowPtr flow = make_flow("login");
  const hlid_view x = hlid_str("x");
  for (const hlid_view bad : {hlid_view{nullptr, 5}, hlid_view{"x", SIZE_MAX}, hlid_view{"x", SIZE_MAX / 2 + 1}}) {
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(flow.get(), bad, x, e); }), "ARGUMENT name");
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(flow.get(), hlid_str("username"), bad, e); }), "ARGUMENT value");
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_offer(flow.get(), hlid_str("otp"), bad, e); }), "ARGUMENT value");
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_nothing(flow.get(), bad, e); }), "ARGUMENT value");
    const SettingsPtr settings = make_settings();
    EXPECT_EQ(outcome([&](auto** e) { return hlid_settings_set(settings.get(), bad, x, e); }), "ARGUMENT name");
    EXPECT_EQ(outcome([&](auto** e) { return hlid_settings_set(settings.get(), hlid_str("site"), bad, e); }), "ARGUMENT value");
    EXPECT_EQ(outcome([&](auto** e) { return hlid_settings_set_json(settings.get(), bad, e); }), "ARGUMENT json");
    EXPECT_EQ(hlid_result_get(nullptr, bad).data, nullptr);
  }
}

TEST(Capi, l01_getters_of_nothing_are_absent) {
  EXPECT_EQ(hlid_error_kind(nullptr), HLID_OK);
  EXPECT_EQ(hlid_error_advice(nullptr), HLID_ADVICE_NONE);
  EXPECT_EQ(hlid_error_http_status(nullptr), 0);
  EXPECT_EQ(hlid_error_outcome_unknown(nullptr), 0);
  EXPECT_EQ(hlid_error_retry_after_ms(nullptr), -1);
  for (const auto& getter : {hlid_error_kind_name, hlid_error_advice_name, hlid_error_reason, hlid_error_message, hlid_error_hint,
                             hlid_error_field, hlid_error_server_code, hlid_error_server_text}) {
    EXPECT_EQ(getter(nullptr).data, nullptr);
  }
  for (const auto& getter : {hlid_flow_trace, hlid_flow_request_name, hlid_flow_request_method, hlid_flow_request_url,
                             hlid_flow_request_body, hlid_flow_ask_name, hlid_flow_show_url, hlid_flow_show_code,
                             hlid_flow_show_verification_uri, hlid_flow_sign_algorithm, hlid_flow_sign_input}) {
    EXPECT_EQ(getter(nullptr).data, nullptr);
  }
  EXPECT_EQ(hlid_flow_request_header_count(nullptr), 0U);
  EXPECT_EQ(hlid_flow_request_header_name(nullptr, 0).data, nullptr);
  EXPECT_EQ(hlid_flow_request_header_value(nullptr, 0).data, nullptr);
  EXPECT_EQ(hlid_flow_request_retry_safe(nullptr) + hlid_flow_request_prefers_http2(nullptr) + hlid_flow_ask_secret(nullptr), 0);
  EXPECT_EQ(hlid_flow_deadline_ms(nullptr) + hlid_flow_wait_until_ms(nullptr), 0);
  EXPECT_EQ(hlid_flow_result(nullptr), nullptr);
  EXPECT_EQ(hlid_flow_error(nullptr), nullptr);
  EXPECT_EQ(hlid_flow_ask_problem(nullptr), nullptr);
  EXPECT_EQ(hlid_result_count(nullptr), 0U);
  EXPECT_EQ(hlid_result_name(nullptr, 0).data, nullptr);
  EXPECT_EQ(hlid_result_value(nullptr, 0).data, nullptr);
  EXPECT_EQ(hlid_str(nullptr).data, nullptr);
  EXPECT_NE(hlid_str("").data, nullptr);
}

TEST(Capi, l03_unknown_names_and_numbers_are_refused) {
  const SettingsPtr settings = make_settings();
  const AppPtr app = make_app();
  hlid_flow* flow_out = nullptr;
  for (const char* name : {"", "Login", "log_out", "login "})
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_new(app.get(), hlid_str(name), &flow_out, e); }), "ARGUMENT name") << name;
  EXPECT_EQ(outcome([&](auto** e) { return hlid_settings_set(settings.get(), hlid_str("sites"), hlid_str("x"), e); }),
            "ARGUMENT sites");
  const FlowPtr flow = make_flow("guest");
  EXPECT_EQ(next(flow.get()), HLID_STEP_SEND);
  for (const int32_t sent : {0, 3, -1, INT32_MAX})
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_no_response(flow.get(), sent, hlid_str("x"), e); }), "ARGUMENT sent")
        << sent;
  for (const hlid_step step : std::vector<hlid_step>{0, 9, -1, INT32_MAX}) EXPECT_EQ(text(hlid_step_name(step)), "UNKNOWN");
  for (hlid_step step = HLID_STEP_SEND; step <= HLID_STEP_STORE; ++step) EXPECT_NE(text(hlid_step_name(step)), "UNKNOWN");
  EXPECT_EQ(hlid_result_get(hlid_flow_result(flow.get()), hlid_str("access_token")).data, nullptr);
}

// What a name and a value say alone is checked when they are set; what several say together, when the app is made.
TEST(Capi, settings_are_checked_when_they_are_set) {
  const SettingsPtr settings = make_settings();
  const auto set = [&](const char* name, const char* value) {
    return outcome([&](auto** e) { return hlid_settings_set(settings.get(), hlid_str(name), hlid_str(value), e); });
  };
  const auto make = [&] {
    hlid_app* made = nullptr;
    const std::string what = outcome([&](auto** e) { return hlid_app_new(settings.get(), &made, e); });
    hlid_app_free(made);
    return what;
  };
  for (const auto& [name, value] : std::vector<std::pair<const char*, const char*>>{{"site", "http://acme.example"},
                                                                                    {"site", ""},
                                                                                    {"timeout_ms", "0"},
                                                                                    {"timeout_ms", "600001"},
                                                                                    {"timeout_ms", "a"},
                                                                                    {"verify_jwt", "1"},
                                                                                    {"http_version", "3"},
                                                                                    {"private_key", "no key"},
                                                                                    {"extra_headers", "[]"}}) {
    EXPECT_EQ(set(name, value), std::string("ARGUMENT ") + name) << value;
  }
  EXPECT_EQ(make(), "OK") << "a value that is refused is not kept";
  EXPECT_EQ(set("site", "http://127.0.0.1:8080/shop"), "OK");
  EXPECT_EQ(make(), "ARGUMENT site") << "http, without allow_http_loopback";
  EXPECT_EQ(set("allow_http_loopback", "true"), "OK");
  EXPECT_EQ(make(), "OK");
  EXPECT_EQ(set("allow_http_loopback", nullptr), "OK");
  EXPECT_EQ(make(), "ARGUMENT site") << "an absent value puts the default back";
  EXPECT_EQ(set("site", "https://acme.my.site.com"), "OK");
  EXPECT_EQ(make(), "OK") << "the last value counts";
  EXPECT_EQ(set("integration_username", "robot@example.com"), "OK");
  EXPECT_EQ(make(), "ARGUMENT integration_client_id");
}

TEST(Capi, settings_are_copied_and_an_app_keeps_what_it_needs) {
  hlid_app* made = nullptr;
  {
    const SettingsPtr settings = make_settings();
    std::string value = "https://other.my.site.com";
    ASSERT_EQ(hlid_settings_set(settings.get(), hlid_str("site"), view(value), nullptr), HLID_OK);
    value.assign(value.size(), '!');
    ASSERT_EQ(hlid_app_new(settings.get(), &made, nullptr), HLID_OK);
    ASSERT_EQ(hlid_settings_set(settings.get(), hlid_str("site"), hlid_str("https://third.my.site.com"), nullptr), HLID_OK);
  }
  const AppPtr app(made);
  hlid_flow* flow = nullptr;
  ASSERT_EQ(hlid_flow_new(app.get(), hlid_str("guest"), &flow, nullptr), HLID_OK);
  const FlowPtr held(flow);
  EXPECT_EQ(next(flow), HLID_STEP_SEND);
  EXPECT_EQ(text(hlid_flow_request_url(flow)), "https://other.my.site.com/services/oauth2/authorize");
}

TEST(Capi, a_profile_is_set_whole_or_not_at_all) {
  const SettingsPtr settings(hlid_settings_new());
  const auto read = [&](const char* json) {
    return outcome([&](auto** e) { return hlid_settings_set_json(settings.get(), hlid_str(json), e); });
  };
  const auto sent_to = [&] {
    hlid_app* made = nullptr;
    if (hlid_app_new(settings.get(), &made, nullptr) != HLID_OK) return std::string("no app");
    const AppPtr app(made);
    hlid_flow* flow = nullptr;
    EXPECT_EQ(hlid_flow_new(app.get(), hlid_str("guest"), &flow, nullptr), HLID_OK);
    const FlowPtr held(flow);
    next(flow);
    std::string seen = text(hlid_flow_request_url(flow));
    for (size_t i = 0; i < hlid_flow_request_header_count(flow); ++i) {
      if (text(hlid_flow_request_header_name(flow, i)) == "X-Key") seen += " " + text(hlid_flow_request_header_value(flow, i));
    }
    const std::string body = text(hlid_flow_request_body(flow));
    if (body.find("scope=api+openid") != std::string::npos) seen += " api openid";
    return seen + " " + std::to_string(hlid_flow_deadline_ms(flow) - kNow);
  };
  EXPECT_EQ(read("\xEF\xBB\xBF{\"site\": \"https://acme.my.site.com/shop\", \"client_id\": \"3MVG9\", "
                 "\"redirect_uri\": \"https://app.example.com/cb\", \"scope\": [\"api\", \"openid\"], "
                 "\"extra_headers\": {\"X-Key\": \"a\\\"}, {b\"}, \"timeout_ms\": 1234, \"verify_jwt\": false, \"jwks\": null}"),
            "OK");
  const std::string all = "https://acme.my.site.com/shop/services/oauth2/authorize a\"}, {b api openid 1234";
  EXPECT_EQ(sent_to(), all);
  for (const auto& [json, what] : std::vector<std::pair<const char*, const char*>>{
           {"", "json"},
           {"[]", "json"},
           {"{", "json"},
           {"{} {}", "json"},
           {"{\"site\": \"https://b.example\", \"site\": \"https://c.example\"}", "json"},
           {"{\"site\": \"https://b.example\", \"timeout_ms\": 0}", "timeout_ms"},
           {"{\"site\": \"https://b.example\", \"timeout_ms\": 1e400}", "timeout_ms"},
           {"{\"site\": \"https://b.example\", \"timeout_ms\": 1.5}", "timeout_ms"},
           {"{\"site\": \"https://b.example\", \"timeout_ms\": true}", "timeout_ms"},
           {"{\"site\": \"https://b.example\", \"scope\": [1]}", "scope"},
           {"{\"site\": \"https://b.example\", \"client_id\": [\"a\"]}", "client_id"},
           {"{\"site\": \"https://b.example\", \"client_id\": 5}", "client_id"},
           {"{\"site\": \"https://b.example\", \"verify_jwt\": 1}", "verify_jwt"},
           {"{\"site\": \"https://b.example\", \"redirectUri\": \"https://x.example\"}", "redirectUri"},
           {"{\"site\": \"https://b.example\", \"colour\": \"red\"}", "colour"},
       }) {
    EXPECT_EQ(read(json), std::string("ARGUMENT ") + what) << json;
    EXPECT_EQ(sent_to(), all) << json;
  }
  EXPECT_EQ(read("{\"probed\": {\"date\": \"2026-11-29\", \"answers\": {\"site\": [\"a\"]}}, \"scope\": null, "
                 "\"timeout_ms\": \"2000\"}"),
            "OK");
  EXPECT_EQ(sent_to(), "https://acme.my.site.com/shop/services/oauth2/authorize a\"}, {b 2000");
}

TEST(Capi, an_unknown_setting_is_refused_with_the_one_that_was_meant) {
  const SettingsPtr settings(hlid_settings_new());
  const auto message_of = [&](const char* name) {
    hlid_error* err = nullptr;
    EXPECT_EQ(hlid_settings_set(settings.get(), hlid_str(name), hlid_str("x"), &err), HLID_E_ARGUMENT);
    const ErrorPtr held(err);
    return text(hlid_error_message(err));
  };
  EXPECT_NE(message_of("clientId").find("did you mean client_id?"), std::string::npos);
  EXPECT_NE(message_of("redirect-uri").find("did you mean redirect_uri?"), std::string::npos);
  EXPECT_NE(message_of("seal_lifetme_s").find("did you mean seal_lifetime_s?"), std::string::npos);
  EXPECT_EQ(message_of("5Aep861TSESvWeug_xvFHRBTTbf").find("5Aep"), std::string::npos);
}

// A flow says what it needs of the app when it is made, before anything is sent.
TEST(Capi, a_flow_without_a_setting_that_it_needs_says_which) {
  const SettingsPtr settings = make_settings();
  const auto flow_of = [&](const char* name, const char* value) {
    EXPECT_EQ(hlid_settings_set(settings.get(), hlid_str(name), hlid_str(value), nullptr), HLID_OK) << value;
    hlid_app* app = nullptr;
    EXPECT_EQ(hlid_app_new(settings.get(), &app, nullptr), HLID_OK);
    const AppPtr held(app);
    hlid_flow* flow = nullptr;
    const std::string what = outcome([&](auto** e) { return hlid_flow_new(app, hlid_str("login"), &flow, e); });
    hlid_flow_free(flow);
    return what;
  };
  for (const char* host : {"https://login.salesforce.com", "https://test.salesforce.com/", "https://acme.my.salesforce.com",
                           "https://acme--dev.sandbox.my.salesforce.com"})
    EXPECT_EQ(flow_of("site", host), "ARGUMENT site") << host;
  EXPECT_EQ(flow_of("site", "https://acme.my.site.com"), "OK");
  EXPECT_EQ(flow_of("redirect_uri", nullptr), "ARGUMENT redirect_uri");
}

TEST(Capi, absent_is_absent_and_empty_is_refused) {
  const SettingsPtr settings = make_settings();
  EXPECT_EQ(hlid_settings_set(settings.get(), hlid_str("scope"), hlid_view{nullptr, 0}, nullptr), HLID_OK);
  EXPECT_EQ(outcome([&](auto** e) { return hlid_settings_set(settings.get(), hlid_str("scope"), hlid_str(""), e); }),
            "ARGUMENT scope");
  const FlowPtr flow = make_flow("login");
  EXPECT_EQ(hlid_flow_set(flow.get(), hlid_str("username"), hlid_view{nullptr, 0}, nullptr), HLID_OK);
  hlid_step step = 0;
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_next(flow.get(), kNow, &step, e); }), "ARGUMENT username");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(flow.get(), hlid_str("username"), hlid_str(""), e); }),
            "ARGUMENT username");
}

// ---- L07: every call in every state

struct Call {
  const char* name;
  std::function<hlid_status(hlid_flow*, hlid_error**)> call;
};

const std::vector<Call>& every_call() {
  static const std::vector<Call> calls = {
      {"set",
       [](auto* f, auto** e) { return hlid_flow_set(f, hlid_str("uvid"), hlid_str("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11"), e); }},
      {"set_timeout_ms", [](auto* f, auto** e) { return hlid_flow_set_timeout_ms(f, 30'000, e); }},
      {"set_trace", [](auto* f, auto** e) { return hlid_flow_set_trace(f, 0, e); }},
      {"give_header", [](auto* f, auto** e) { return hlid_flow_give_header(f, hlid_str("X"), hlid_str("y"), e); }},
      {"give_response", [](auto* f, auto** e) { return hlid_flow_give_response(f, 200, 11, hlid_str("x"), e); }},
      {"give_no_response", [](auto* f, auto** e) { return hlid_flow_give_no_response(f, HLID_NOT_SENT, hlid_str("x"), e); }},
      {"give_value", [](auto* f, auto** e) { return hlid_flow_give_value(f, hlid_str("otp"), hlid_str("x"), e); }},
      {"give_nothing", [](auto* f, auto** e) { return hlid_flow_give_nothing(f, hlid_str("x"), e); }},
  };
  return calls;
}

constexpr hlid_step kStepsOfAGuest[] = {0, HLID_STEP_SEND, HLID_STEP_WAIT, HLID_STEP_DONE, HLID_STEP_FAILED};

// Leads a guest flow to a step: 0 is before the first next.
FlowPtr at(hlid_step step) {
  FlowPtr flow = make_flow("guest");
  if (step == 0) return flow;
  EXPECT_EQ(next(flow.get()), HLID_STEP_SEND);
  if (step == HLID_STEP_WAIT) {
    EXPECT_EQ(hlid_flow_give_no_response(flow.get(), HLID_NOT_SENT, hlid_str("x"), nullptr), HLID_OK);
    EXPECT_EQ(next(flow.get()), HLID_STEP_WAIT);
  } else if (step == HLID_STEP_FAILED) {
    EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_OK);
    EXPECT_EQ(next(flow.get()), HLID_STEP_FAILED);
  } else if (step == HLID_STEP_DONE) {
    const std::string body = text(hlid_flow_request_body(flow.get()));
    const size_t state = body.find("&state=") + 7;
    const std::string location =
        "https://app.example.com/callback?code=abc&state=" + body.substr(state, body.find('&', state) - state);
    EXPECT_EQ(hlid_flow_give_header(flow.get(), hlid_str("location"), view(location), nullptr), HLID_OK);
    EXPECT_EQ(hlid_flow_give_response(flow.get(), 302, 20, hlid_view{nullptr, 0}, nullptr), HLID_OK);
    EXPECT_EQ(next(flow.get()), HLID_STEP_SEND);
    EXPECT_EQ(hlid_flow_give_response(flow.get(), 200, 20, hlid_str("{\"access_token\":\"00Dx!1\"}"), nullptr), HLID_OK);
    EXPECT_EQ(next(flow.get()), HLID_STEP_DONE);
  }
  return flow;
}

TEST(Capi, l07_every_call_in_every_state) {
  for (const hlid_step step : kStepsOfAGuest) {
    for (const Call& call : every_call()) {
      const std::string_view name = call.name;
      const bool right =
          step == 0 ? name.starts_with("set")
                    : step == HLID_STEP_SEND && name.starts_with("give_") && name != "give_value" && name != "give_nothing";
      const FlowPtr flow = at(step);
      const std::string came = outcome([&](auto** e) { return call.call(flow.get(), e); });
      if (right) {
        EXPECT_EQ(came, "OK") << name << " at " << step;
        continue;
      }
      EXPECT_TRUE(came == "STATE wrong_step" || came == "STATE already_started") << came << ": " << name << " at " << step;
      EXPECT_EQ(next(flow.get()), step == 0 ? HLID_STEP_SEND : step) << name << " at " << step;
    }
  }
}

TEST(Capi, l07_getters_answer_only_in_their_step) {
  for (const hlid_step step : kStepsOfAGuest) {
    const FlowPtr flow = at(step);
    const bool sends = step == HLID_STEP_SEND;
    EXPECT_EQ(hlid_flow_request_url(flow.get()).data != nullptr, sends) << step;
    EXPECT_EQ(hlid_flow_request_name(flow.get()).data != nullptr, sends) << step;
    EXPECT_EQ(hlid_flow_request_body(flow.get()).data != nullptr, sends) << step;
    EXPECT_EQ(hlid_flow_request_header_count(flow.get()) > 0, sends) << step;
    EXPECT_EQ(hlid_flow_request_header_name(flow.get(), hlid_flow_request_header_count(flow.get())).data, nullptr);
    EXPECT_EQ(hlid_flow_request_header_value(flow.get(), SIZE_MAX).data, nullptr);
    EXPECT_EQ(hlid_flow_wait_until_ms(flow.get()) != 0, step == HLID_STEP_WAIT) << step;
    EXPECT_EQ(hlid_flow_result(flow.get()) != nullptr, step == HLID_STEP_DONE) << step;
    EXPECT_EQ(hlid_flow_error(flow.get()) != nullptr, step == HLID_STEP_FAILED) << step;
    EXPECT_EQ(hlid_flow_ask_name(flow.get()).data, nullptr);
    EXPECT_EQ(hlid_flow_show_url(flow.get()).data, nullptr);
    EXPECT_EQ(hlid_flow_sign_input(flow.get()).data, nullptr);
    EXPECT_EQ(hlid_flow_ask_problem(flow.get()), nullptr);
    EXPECT_EQ(hlid_flow_deadline_ms(flow.get()), step == 0 ? 0 : kNow + 30'000);
  }
}

TEST(Capi, a_flows_own_error_and_result_live_as_long_as_the_flow) {
  const FlowPtr failed = at(HLID_STEP_FAILED);
  const hlid_error* err = hlid_flow_error(failed.get());
  EXPECT_EQ(text(hlid_error_reason(err)), "cancelled");
  EXPECT_EQ(text(hlid_error_kind_name(err)), "STATE");
  hlid_error_free(const_cast<hlid_error*>(err));  // a slip that must do no harm
  EXPECT_EQ(text(hlid_error_reason(hlid_flow_error(failed.get()))), "cancelled");
  const FlowPtr done = at(HLID_STEP_DONE);
  const hlid_result* result = hlid_flow_result(done.get());
  EXPECT_GT(hlid_result_count(result), 3U);
  for (size_t i = 0; i < hlid_result_count(result); ++i) {
    EXPECT_EQ(text(hlid_result_get(result, hlid_result_name(result, i))), text(hlid_result_value(result, i)));
  }
  EXPECT_EQ(hlid_result_name(result, hlid_result_count(result)).data, nullptr);
  EXPECT_EQ(hlid_result_value(result, SIZE_MAX).data, nullptr);
  EXPECT_EQ(hlid_result_get(result, hlid_str("nothing")).data, nullptr);
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_cancel(done.get(), e); }), "STATE ended");
  EXPECT_EQ(next(done.get()), HLID_STEP_DONE);
}

TEST(Capi, l10_bytes_cross_unchanged_or_are_refused) {
  const FlowPtr flow = make_flow("login");
  const std::string with_nul("a\0b", 3);
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(flow.get(), hlid_str("password"), view(with_nul), e); }),
            "ARGUMENT password");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(flow.get(), hlid_str("password"), hlid_str("\xFF"), e); }),
            "ARGUMENT password");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(flow.get(), hlid_str("password"), hlid_str("\xED\xA0\x80"), e); }),
            "ARGUMENT password");
}

TEST(Capi, l08_two_threads_on_one_flow_are_told_so) {
  const FlowPtr flow = make_flow("userinfo");
  ASSERT_EQ(hlid_flow_set(flow.get(), hlid_str("access_token"), hlid_str("token"), nullptr), HLID_OK);
  ASSERT_EQ(next(flow.get()), HLID_STEP_SEND);
  std::atomic<int> busy{0};
  std::atomic<int> other{0};
  std::atomic<bool> stop{false};
  const auto work = [&] {
    while (!stop) {
      hlid_error* err = nullptr;
      hlid_step step = 0;
      const hlid_status status = hlid_flow_next(flow.get(), kNow, &step, &err);
      if (status == HLID_E_STATE && text(hlid_error_reason(err)) == "busy") {
        ++busy;
      } else if (status != HLID_OK || step != HLID_STEP_SEND) {
        ++other;
      }
      hlid_error_free(err);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  // As soon as two have met, or after a while on a machine where they never do.
  for (int i = 0; i < 2000 && busy == 0; ++i) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(other, 0);
  EXPECT_EQ(next(flow.get()), HLID_STEP_SEND) << "the flow is unharmed";
}

// Whatever the host's own thread reads of a flow stays as it is until that thread goes on with it.
TEST(Capi, a_flow_is_cancelled_by_another_thread) {
  const FlowPtr flow = at(HLID_STEP_SEND);
  const hlid_view url = hlid_flow_request_url(flow.get());
  std::thread([&] {
    EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_OK);
    EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_OK) << "it is to end, and has not";
  }).join();
  EXPECT_EQ(hlid_flow_request_url(flow.get()).data, url.data);
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_response(flow.get(), 200, 11, hlid_str("{}"), e); }),
            "STATE wrong_step");
  EXPECT_EQ(next(flow.get()), HLID_STEP_FAILED);
  EXPECT_EQ(text(hlid_error_reason(hlid_flow_error(flow.get()))), "cancelled");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_cancel(flow.get(), e); }), "STATE ended");
}

// One thread goes on with a flow, others cancel it, and the last frees it: what HLID_OK says of a cancel is what happens.
TEST(Capi, l08_cancel_and_free_while_calls_are_inside) {
  for (int round = 0; round < 200; ++round) {
    const AppPtr app = make_app();
    hlid_flow* flow = nullptr;
    ASSERT_EQ(hlid_flow_new(app.get(), hlid_str("userinfo"), &flow, nullptr), HLID_OK);
    ASSERT_EQ(hlid_flow_set(flow, hlid_str("access_token"), hlid_str("token"), nullptr), HLID_OK);
    std::atomic<int> cancelled{0};
    std::atomic<int> late{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] { (hlid_flow_cancel(flow, nullptr) == HLID_OK ? cancelled : late)++; });
    }
    hlid_step step = 0;
    for (int k = 0; k < 20 && step != HLID_STEP_FAILED; ++k) {
      // Busy for as long as another call is inside.
      (void)hlid_flow_next(flow, kNow, &step, nullptr);
      std::this_thread::yield();
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(next(flow), HLID_STEP_FAILED);
    EXPECT_GE(cancelled, 1);
    EXPECT_EQ(cancelled + late, 2);
    hlid_flow_free(flow);
  }
}

TEST(Capi, an_app_is_shared_by_flows_on_many_threads) {
  const AppPtr app = make_app();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) {
        hlid_flow* made = nullptr;
        if (hlid_flow_new(app.get(), hlid_str("guest"), &made, nullptr) != HLID_OK) return;
        const FlowPtr flow(made);
        good += next(made) == HLID_STEP_SEND ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 1600);
}

// A ticket of a sign-in that waits for its one-time password, sealed for "Lena".
TEST(Capi, a_ticket_is_opened_by_the_name_of_its_flow) {
  const SettingsPtr settings = make_settings();
  ASSERT_EQ(hlid_settings_set(settings.get(), hlid_str("seal_keys"), hlid_str("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"),
                              nullptr),
            HLID_OK);
  hlid_app* made_app = nullptr;
  ASSERT_EQ(hlid_app_new(settings.get(), &made_app, nullptr), HLID_OK);
  const AppPtr app(made_app);
  hlid_flow* made = nullptr;
  ASSERT_EQ(hlid_flow_new(app.get(), hlid_str("login"), &made, nullptr), HLID_OK);
  const FlowPtr flow(made);
  ASSERT_EQ(hlid_flow_set(flow.get(), hlid_str("username"), hlid_str("lena"), nullptr), HLID_OK);
  ASSERT_EQ(next(flow.get()), HLID_STEP_ASK);
  hlid_view ticket{};
  ASSERT_EQ(hlid_flow_seal(flow.get(), hlid_str("Lena"), kNow, &ticket, nullptr), HLID_OK);
  const auto opened = [&](hlid_view name, const char* binding) {
    hlid_flow* other = nullptr;
    const std::string what =
        outcome([&](auto** e) { return hlid_flow_unseal(app.get(), name, ticket, hlid_str(binding), kNow, &other, e); });
    EXPECT_EQ(what == "OK", other != nullptr);
    hlid_flow_free(other);
    return what;
  };
  EXPECT_EQ(opened(hlid_str(nullptr), "Lena"), "OK");
  EXPECT_EQ(opened(hlid_str("login"), "Lena"), "OK");
  EXPECT_EQ(opened(hlid_str("registration"), "Lena"), "STATE other_flow");
  EXPECT_EQ(opened(hlid_str("registration"), "Max"), "STATE other_session");
  for (const hlid_view name : {hlid_str(""), hlid_str("log"), hlid_view{nullptr, 3}, ticket})
    EXPECT_EQ(opened(name, "Lena"), "ARGUMENT name");
}

TEST(Capi, versions_and_names) {
  EXPECT_EQ(hlid_abi_version(), HLID_ABI_VERSION);
  EXPECT_EQ(text(hlid_version()), "0.1.0");
  EXPECT_EQ(text(hlid_version()), HLID_VERSION_STRING);
  EXPECT_EQ(text(hlid_version()), std::to_string(HLID_VERSION_MAJOR) + "." + std::to_string(HLID_VERSION_MINOR) + "." +
                                      std::to_string(HLID_VERSION_PATCH));
  EXPECT_TRUE(hlid_has_client() == 0 || hlid_has_client() == 1);
  EXPECT_EQ(hlid_catalogue().data, hlid_catalogue().data) << "made once";
}

TEST(Capi, without_a_client_the_library_says_so) {
  if (hlid_has_client() == 1) return;  // the client's own tests are in tests/client
  const AppPtr app = make_app();
  hlid_client* client = nullptr;
  EXPECT_NE(outcome([&](auto** e) { return hlid_client_new(app.get(), 0, &client, e); }), "OK");
  EXPECT_EQ(client, nullptr);
}

}  // namespace
