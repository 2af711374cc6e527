// The C interface: bad pointers and sizes, every call in every state, two threads on one handle, growth.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
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

hlid_app_settings make_settings() {
  hlid_app_settings settings;
  hlid_app_settings_init(&settings, sizeof settings);
  settings.site = hlid_str("https://acme.my.site.com/shop");
  settings.client_id = hlid_str("3MVG9");
  settings.redirect_uri = hlid_str("https://app.example.com/callback");
  return settings;
}

AppPtr make_app() {
  const hlid_app_settings settings = make_settings();
  hlid_app* app = nullptr;
  EXPECT_EQ(hlid_app_new(&settings, &app, nullptr), HLID_OK);
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
  hlid_flow_cancel(nullptr);
  hlid_app_settings_init(nullptr, sizeof(hlid_app_settings));
  hlid_client_options_init(nullptr, sizeof(hlid_client_options));
  hlid_client_free(nullptr);
}

TEST(Capi, l01_null_handles_and_outs_are_refused_by_name) {
  hlid_app_settings settings = make_settings();
  const AppPtr app = make_app();
  const FlowPtr flow = make_flow("guest");
  hlid_app* app_out = nullptr;
  hlid_flow* flow_out = nullptr;
  hlid_step step = 0;
  const hlid_view x = hlid_str("x");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(nullptr, &app_out, e); }), "ARGUMENT settings");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(&settings, nullptr, e); }), "ARGUMENT out");
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_settings_set(nullptr, hlid_str("site"), x, e); }), "ARGUMENT settings");
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
  EXPECT_EQ(next(flow.get()), HLID_STEP_SEND) << "nothing of that has harmed the flow";
}

TEST(Capi, l01_views_that_cannot_be_are_refused) {
  const FlowPtr flow = make_flow("login");
  const hlid_view x = hlid_str("x");
  for (const hlid_view bad : {hlid_view{nullptr, 5}, hlid_view{"x", SIZE_MAX}, hlid_view{"x", SIZE_MAX / 2 + 1}}) {
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(flow.get(), bad, x, e); }), "ARGUMENT name");
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_set(flow.get(), hlid_str("username"), bad, e); }), "ARGUMENT value");
    hlid_app_settings settings = make_settings();
    EXPECT_EQ(outcome([&](auto** e) { return hlid_app_settings_set(&settings, bad, x, e); }), "ARGUMENT name");
    EXPECT_EQ(outcome([&](auto** e) { return hlid_app_settings_set(&settings, hlid_str("site"), bad, e); }), "ARGUMENT value");
    settings.scope = bad;
    hlid_app* app = nullptr;
    EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(&settings, &app, e); }), "ARGUMENT scope");
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
  for (const auto& getter :
       {hlid_flow_trace, hlid_flow_request_name, hlid_flow_request_method, hlid_flow_request_url, hlid_flow_request_body,
        hlid_flow_ask_name, hlid_flow_show_url, hlid_flow_show_code, hlid_flow_sign_algorithm, hlid_flow_sign_input}) {
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

// An hlid_app_settings of the given size, zero but for what is required.
std::vector<uint64_t> settings_of(size_t size) {
  std::vector<uint64_t> block(std::max(size, sizeof(hlid_app_settings)) / 8 + 8, 0);
  const hlid_app_settings good = make_settings();
  std::memcpy(block.data(), &good, sizeof good);
  reinterpret_cast<hlid_app_settings*>(block.data())->struct_size = size;
  return block;
}

std::string new_of(const std::vector<uint64_t>& block) {
  hlid_app* app = nullptr;
  std::string out =
      outcome([&](auto** e) { return hlid_app_new(reinterpret_cast<const hlid_app_settings*>(block.data()), &app, e); });
  hlid_app_free(app);
  return out;
}

TEST(Capi, l02_smaller_structs_work_as_far_as_they_go) {
  for (size_t size = offsetof(hlid_app_settings, scope); size <= sizeof(hlid_app_settings); size += 8) {
    std::vector<uint64_t> block = settings_of(size);
    // What lies beyond is not the struct's: it must not be read.
    std::memset(reinterpret_cast<char*>(block.data()) + size, 0xAB, sizeof(hlid_app_settings) - size);
    EXPECT_EQ(new_of(block), "OK") << size;
  }
  for (const size_t size : {size_t{0}, size_t{1}, size_t{8}, size_t{16}, offsetof(hlid_app_settings, redirect_uri),
                            offsetof(hlid_app_settings, scope) - 8, sizeof(hlid_app_settings) - 1}) {
    EXPECT_EQ(new_of(settings_of(size)), "ARGUMENT struct_size") << size;
  }
}

TEST(Capi, l02_larger_structs_work_when_their_tail_is_zero) {
  EXPECT_EQ(new_of(settings_of(sizeof(hlid_app_settings) + 16)), "OK");
  std::vector<uint64_t> block = settings_of(sizeof(hlid_app_settings) + 16);
  reinterpret_cast<char*>(block.data())[sizeof(hlid_app_settings) + 15] = 1;
  EXPECT_EQ(new_of(block), "ARGUMENT struct_size");
  for (const size_t size : {size_t{4104}, size_t{1} << 63U, SIZE_MAX}) {
    std::vector<uint64_t> huge = settings_of(sizeof(hlid_app_settings));
    reinterpret_cast<hlid_app_settings*>(huge.data())->struct_size = size;
    EXPECT_EQ(new_of(huge), "ARGUMENT struct_size") << size;
  }
}

TEST(Capi, l02_setting_beyond_a_smaller_struct_is_refused) {
  alignas(hlid_app_settings) char block[sizeof(hlid_app_settings)];
  std::memset(block, 0x55, sizeof block);
  auto* settings = reinterpret_cast<hlid_app_settings*>(block);
  hlid_app_settings_init(settings, offsetof(hlid_app_settings, scope));
  EXPECT_EQ(block[offsetof(hlid_app_settings, scope)], 0x55) << "init stays inside";
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_settings_set(settings, hlid_str("scope"), hlid_str("api"), e); }),
            "ARGUMENT scope");
  EXPECT_EQ(block[offsetof(hlid_app_settings, scope)], 0x55);
  EXPECT_EQ(
      outcome([&](auto** e) { return hlid_app_settings_set(settings, hlid_str("site"), hlid_str("https://a.example"), e); }),
      "OK");
}

TEST(Capi, l03_unknown_flags_names_and_numbers_are_refused) {
  hlid_app_settings settings = make_settings();
  hlid_app* app_out = nullptr;
  for (const uint64_t flag : {uint64_t{64}, uint64_t{1} << 63U, UINT64_MAX}) {
    settings.flags = flag;
    EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(&settings, &app_out, e); }), "ARGUMENT flags") << flag;
  }
  const AppPtr app = make_app();
  hlid_flow* flow_out = nullptr;
  for (const char* name : {"", "Login", "log_out", "login "})
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_new(app.get(), hlid_str(name), &flow_out, e); }), "ARGUMENT name") << name;
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_settings_set(&settings, hlid_str("sites"), hlid_str("x"), e); }),
            "ARGUMENT sites");
  const FlowPtr flow = make_flow("guest");
  EXPECT_EQ(next(flow.get()), HLID_STEP_SEND);
  for (const int32_t left : {0, 3, -1, INT32_MAX})
    EXPECT_EQ(outcome([&](auto** e) { return hlid_flow_give_no_response(flow.get(), left, hlid_str("x"), e); }), "ARGUMENT left")
        << left;
  for (const hlid_step step : std::vector<hlid_step>{0, 8, -1, INT32_MAX}) EXPECT_EQ(text(hlid_step_name(step)), "UNKNOWN");
  for (hlid_step step = HLID_STEP_SEND; step <= HLID_STEP_FAILED; ++step) EXPECT_NE(text(hlid_step_name(step)), "UNKNOWN");
  EXPECT_EQ(hlid_result_get(hlid_flow_result(flow.get()), hlid_str("access_token")).data, nullptr);
}

TEST(Capi, every_setting_of_the_catalogue_can_be_set_by_name_and_stands_in_the_struct) {
  const std::string catalogue = text(hlid_catalogue());
  const std::string settings_part = catalogue.substr(0, catalogue.find("\"flows\""));
  size_t count = 0;
  for (size_t at = settings_part.find("\"name\":\""); at != std::string::npos; at = settings_part.find("\"name\":\"", at + 1)) {
    const std::string name = settings_part.substr(at + 8, settings_part.find('"', at + 8) - at - 8);
    hlid_app_settings settings;
    hlid_app_settings_init(&settings, sizeof settings);
    hlid_app_settings before = settings;
    const bool flag =
        outcome([&](auto** e) { return hlid_app_settings_set(&settings, view(name), hlid_str("true"), e); }) == "OK";
    if (!flag) {
      EXPECT_EQ(outcome([&](auto** e) { return hlid_app_settings_set(&settings, view(name), hlid_str("5"), e); }), "OK") << name;
    }
    EXPECT_NE(std::memcmp(&settings, &before, sizeof settings), 0) << name;
    ++count;
  }
  EXPECT_EQ(count, 40U);
}

TEST(Capi, absent_is_absent_and_empty_is_refused) {
  hlid_app_settings settings = make_settings();
  EXPECT_EQ(hlid_app_settings_set(&settings, hlid_str("scope"), hlid_view{nullptr, 0}, nullptr), HLID_OK);
  EXPECT_EQ(settings.scope.data, nullptr);
  settings.scope = hlid_str("");
  hlid_app* app = nullptr;
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(&settings, &app, e); }), "ARGUMENT scope");
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
    hlid_flow_cancel(flow.get());
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
          step == 0 ? name.starts_with("set") : step == HLID_STEP_SEND && name.starts_with("give_") && name != "give_value";
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
  hlid_flow_cancel(done.get());
  EXPECT_EQ(next(done.get()), HLID_STEP_DONE) << "what has ended has ended";
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
  hlid_app_settings settings = make_settings();
  settings.seal_keys = hlid_str("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  hlid_app* made_app = nullptr;
  ASSERT_EQ(hlid_app_new(&settings, &made_app, nullptr), HLID_OK);
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
  EXPECT_TRUE(hlid_has_client() == 0 || hlid_has_client() == 1);
  EXPECT_EQ(hlid_catalogue().data, hlid_catalogue().data) << "made once";
}

TEST(Capi, without_a_client_the_library_says_so) {
  if (hlid_has_client() == 1) return;  // the client's own tests are in tests/client
  const AppPtr app = make_app();
  hlid_client* client = nullptr;
  EXPECT_NE(outcome([&](auto** e) { return hlid_client_new(app.get(), nullptr, &client, e); }), "OK");
  EXPECT_EQ(client, nullptr);
}

TEST(Capi, settings_by_hand_and_by_name_are_the_same) {
  hlid_app_settings by_hand = make_settings();
  by_hand.timeout_ms = 1234;
  by_hand.flags = HLID_APP_VERIFY_JWT;
  hlid_app_settings by_name;
  hlid_app_settings_init(&by_name, sizeof by_name);
  for (const auto& [name, value] : std::vector<std::pair<const char*, hlid_view>>{{"site", by_hand.site},
                                                                                  {"client_id", by_hand.client_id},
                                                                                  {"redirect_uri", by_hand.redirect_uri},
                                                                                  {"timeout_ms", hlid_str("1234")},
                                                                                  {"verify_jwt", hlid_str("true")},
                                                                                  {"allow_http_loopback", hlid_str("false")}}) {
    ASSERT_EQ(hlid_app_settings_set(&by_name, hlid_str(name), value, nullptr), HLID_OK);
  }
  EXPECT_EQ(std::memcmp(&by_hand, &by_name, sizeof by_hand), 0);
  by_hand.timeout_ms = -1;
  hlid_app* app = nullptr;
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(&by_hand, &app, e); }), "ARGUMENT timeout_ms");
  by_hand.timeout_ms = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(outcome([&](auto** e) { return hlid_app_new(&by_hand, &app, e); }), "ARGUMENT timeout_ms");
}

}  // namespace
