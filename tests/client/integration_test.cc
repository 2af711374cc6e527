// The integration user's token, wanted by the flows of many threads at once: one fetches, the others wait for it.
#include <atomic>
#include <thread>

#include "client/support.h"

namespace client_test {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;
constexpr int kThreads = 8;
constexpr int kFlowsEach = 40;

struct Seen {
  std::atomic<int> fetched{0}, sent{0}, failed{0}, without{0};
};

App make_integrated() {
  return make_app("https://acme.example/shop", {{"integration_client_id", "integration"},
                                                {"integration_client_secret", "Integration.Secret"},
                                                {"client_secret", "Example.Secret"},
                                                // Time passes here as fast as threads yield.
                                                {"timeout_ms", "600000"}});
}

bool has_bearer(const hlid_flow* flow, std::string_view token) {
  for (size_t i = 0; i < hlid_flow_request_header_count(flow); ++i) {
    if (text(hlid_flow_request_header_name(flow, i)) == "Authorization")
      return text(hlid_flow_request_header_value(flow, i)) == "Bearer " + std::string(token);
  }
  return false;
}

void response(hlid_flow* flow, int32_t status, std::string_view body) {
  EXPECT_EQ(hlid_flow_give_response(flow, status, 20, view(body), nullptr), HLID_OK);
}

// One flow up to its question, in time that passes by itself. What answers the token request: `token`.
void drive(const App& app, Seen& seen, std::string_view token_response, int32_t token_status) {
  const Flow flow = make_flow(app, "passwordless_login", {{"username", "lena"}, {"verification_method", "email"}});
  int64_t now = kNow;
  for (int turn = 0; turn < 10'000; ++turn) {
    hlid_step step = 0;
    ASSERT_EQ(hlid_flow_next(flow.get(), now, &step, nullptr), HLID_OK);
    if (step == HLID_STEP_WAIT) {
      std::this_thread::yield();
      now = hlid_flow_wait_until_ms(flow.get());
    } else if (step == HLID_STEP_SEND && text(hlid_flow_request_name(flow.get())) == "integration_token") {
      ++seen.fetched;
      std::this_thread::yield();
      response(flow.get(), token_status, token_response);
    } else if (step == HLID_STEP_SEND) {
      ++(has_bearer(flow.get(), "kept") ? seen.sent : seen.without);
      response(flow.get(), 200, R"({"identifier":"MFFx"})");
    } else {
      if (step == HLID_STEP_FAILED) ++seen.failed;
      return;
    }
  }
  FAIL() << "it waits for ever";
}

Seen& drive_all(const App& app, Seen& seen, std::string_view response_body, int32_t status) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int flow = 0; flow < kFlowsEach; ++flow) drive(app, seen, response_body, status);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return seen;
}

TEST(IntegrationUser, one_token_for_the_flows_of_all_threads) {
  const App app = make_integrated();
  Seen seen;
  drive_all(app, seen, R"({"access_token":"kept","token_type":"Bearer","scope":"pwdless_login_api"})", 200);
  EXPECT_EQ(seen.fetched, 1);
  EXPECT_EQ(seen.sent, kThreads * kFlowsEach);
  EXPECT_EQ(seen.without, 0);
  EXPECT_EQ(seen.failed, 0);
}

TEST(IntegrationUser, a_refusal_reaches_every_flow_and_no_message_goes_out) {
  const App app = make_integrated();
  Seen seen;
  drive_all(app, seen, R"({"error":"invalid_client"})", 401);
  EXPECT_EQ(seen.failed, kThreads * kFlowsEach);
  EXPECT_EQ(seen.sent + seen.without, 0);
  EXPECT_GE(seen.fetched, 1);
}

TEST(IntegrationUser, a_flow_that_is_given_up_leaves_the_fetching_to_the_next) {
  const App app = make_integrated();
  for (int round = 0; round < 3; ++round) {
    const Flow flow = make_flow(app, "passwordless_login", {{"username", "lena"}, {"verification_method", "email"}});
    hlid_step step = 0;
    ASSERT_EQ(hlid_flow_next(flow.get(), kNow, &step, nullptr), HLID_OK);
    ASSERT_EQ(step, HLID_STEP_SEND);
    EXPECT_EQ(text(hlid_flow_request_name(flow.get())), "integration_token");
    if (round == 1) {
      EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_OK);
    }
  }
  Seen seen;
  drive(app, seen, R"({"access_token":"kept","token_type":"Bearer"})", 200);
  EXPECT_EQ(seen.sent, 1);
}

}  // namespace
}  // namespace client_test
