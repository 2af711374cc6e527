// Cancelling and freeing a flow by its handle, on any thread, while a client has it.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>

#include "support.h"

namespace client_test {
namespace {

class InUse : public BothProtocols {};
RUN_OVER_BOTH(InUse);

hlid_status start(const Client& client, hlid_flow* flow, uint64_t tag, int32_t how = HLID_START_QUEUE) {
  return hlid_client_start(client.get(), flow, tag, how, nullptr);
}

// "OK", or the reason of the error.
std::string cancel(hlid_flow* flow) {
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_cancel(flow, &error);
  const std::string reason = status == HLID_OK ? "OK" : said(error).reason;
  hlid_error_free(error);
  return reason;
}

// Takes until `count` have come.
std::map<uint64_t, hlid_completion> take(const Client& client, std::size_t count) {
  std::map<uint64_t, hlid_completion> taken;
  pollfd waiting{hlid_client_fd(client.get()), POLLIN, 0};
  while (taken.size() < count && ::poll(&waiting, 1, 60'000) == 1) {
    hlid_completion one{};
    if (hlid_client_take(client.get(), &one, 1) == 0) continue;
    EXPECT_TRUE(taken.emplace(one.tag, one).second) << "twice: " << one.tag;
  }
  return taken;
}

TEST_P(InUse, n08_a_flow_is_cancelled_by_its_handle_at_every_step) {
  for (const std::size_t request : {std::size_t{0}, std::size_t{1}}) {
    Server server(site(OAuthSite().on_request(request, no_reply(After::silent))));
    Signer signer(server.origin());
    const Flow flow = make_login(signer.app);
    EXPECT_EQ(start(signer.client, flow.get(), 1), HLID_OK);
    EXPECT_TRUE(server.journal().wait_for_requests(request + 1, Milliseconds{10'000}));
    EXPECT_EQ(cancel(flow.get()), "OK");
    EXPECT_EQ(cancel(flow.get()), "OK") << "it ends as was said";
    const auto taken = take(signer.client, 1);
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken.at(1).flow, flow.get());
    const Ended end = ended(flow, taken.at(1).step);
    EXPECT_EQ(end.step, HLID_STEP_FAILED);
    EXPECT_EQ(end.error.reason, "cancelled");
    EXPECT_TRUE(end.error.outcome_unknown) << "the request was on its way";
    EXPECT_EQ(cancel(flow.get()), "ended");
    const Ended next = signer.login();
    EXPECT_TRUE(next.done()) << next.error.message;
  }
}

// What hlid_flow_cancel says is what the completion says, however the two race.
TEST_P(InUse, n08_cancel_says_what_happens) {
  Server server(site());
  Signer signer(server.origin());
  constexpr uint64_t kFlows = 300;
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < kFlows; ++tag) flows.push_back(make_login(signer.app));
  std::vector<std::string> said_so(kFlows);
  std::atomic<uint64_t> started{0};
  std::thread canceller([&] {
    for (uint64_t tag = 0; tag < kFlows; ++tag) {
      while (started.load() <= tag) std::this_thread::yield();
      for (uint64_t i = 0; i < tag % 7; ++i) std::this_thread::yield();
      said_so[tag] = cancel(flows[tag].get());
    }
  });
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    EXPECT_EQ(start(signer.client, flows[tag].get(), tag), HLID_OK);
    started++;
  }
  canceller.join();
  const auto taken = take(signer.client, kFlows);
  EXPECT_EQ(taken.size(), kFlows);
  for (const auto& [tag, completion] : taken) {
    const Ended end = ended(flows[tag], completion.step);
    if (said_so[tag] == "OK") {
      EXPECT_EQ(end.error.reason, "cancelled") << tag;
    } else {
      EXPECT_EQ(said_so[tag], "ended");
      EXPECT_TRUE(end.done()) << end.error.message;
    }
  }
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
}

TEST_P(InUse, a_flow_that_waits_in_the_queue_is_cancelled_too) {
  Server server(site());
  Signer signer(server.origin());
  const Flow flow = make_flow(signer.app, "login", {{"username", kUsername}});  // parks at once, at ASK
  EXPECT_EQ(start(signer.client, flow.get(), 1), HLID_OK);
  pollfd waiting{hlid_client_fd(signer.client.get()), POLLIN, 0};
  ASSERT_EQ(::poll(&waiting, 1, 60'000), 1);
  EXPECT_EQ(cancel(flow.get()), "OK");
  const auto taken = take(signer.client, 1);
  EXPECT_EQ(taken.at(1).step, HLID_STEP_FAILED);
  EXPECT_EQ(ended(flow, HLID_STEP_FAILED).error.reason, "cancelled");
}

TEST_P(InUse, a_flow_is_freed_when_the_client_lets_go_of_it) {
  Server server(site(OAuthSite().on_path(kTokenPath, no_reply(After::silent))));
  Signer signer(server.origin());
  for (const int32_t how : {HLID_START_QUEUE, HLID_START_WAIT}) {
    hlid_flow* flow = make_login(signer.app).release();
    EXPECT_EQ(start(signer.client, flow, 7, how), HLID_OK);
    hlid_flow_free(flow);
    hlid_completion completion{};
    if (how == HLID_START_QUEUE) {
      const auto taken = take(signer.client, 1);
      ASSERT_EQ(taken.size(), 1U);
      completion = taken.at(7);
    } else {
      EXPECT_EQ(hlid_client_wait(signer.client.get(), 7, -1, &completion, nullptr), HLID_OK);
    }
    EXPECT_EQ(completion.flow, nullptr);
    EXPECT_EQ(completion.tag, 7U);
    EXPECT_EQ(completion.step, HLID_STEP_FAILED);
  }
  // One that is run by another thread.
  hlid_flow* flow = make_login(signer.app).release();
  std::thread runner([&] {
    hlid_step step = 0;
    EXPECT_EQ(hlid_client_run(signer.client.get(), flow, &step, nullptr), HLID_OK);
    EXPECT_EQ(step, HLID_STEP_FAILED);
  });
  EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{10'000}));
  hlid_flow_free(flow);
  runner.join();
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
}

// Freed at any moment, by another thread; and those whose completion nobody takes go with the client.
TEST_P(InUse, free_races_the_end) {
  Server server(site());
  Signer signer(server.origin());
  constexpr uint64_t kFlows = 200;
  std::vector<hlid_flow*> flows;
  for (uint64_t tag = 0; tag < kFlows; ++tag) flows.push_back(make_login(signer.app).release());
  std::atomic<uint64_t> started{0};
  std::thread freer([&] {
    for (uint64_t tag = 0; tag < kFlows; ++tag) {
      while (started.load() <= tag) std::this_thread::yield();
      for (uint64_t i = 0; i < tag % 5; ++i) std::this_thread::yield();
      if (tag % 2 == 0) (void)cancel(flows[tag]);
      hlid_flow_free(flows[tag]);
    }
  });
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    EXPECT_EQ(start(signer.client, flows[tag], tag), HLID_OK);
    started++;
  }
  freer.join();
  for (const auto& [tag, completion] : take(signer.client, kFlows / 2)) EXPECT_EQ(completion.flow, nullptr);
}

#ifndef HLID_TEST_TSAN  // which does not follow a fork of a process with threads
TEST_P(InUse, o09_a_child_process_frees_what_its_parents_client_runs) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kTokenPath, held(token_response(), gate))));
  Signer signer(server.origin());
  Flow flow = make_login(signer.app);
  EXPECT_EQ(start(signer.client, flow.get(), 1), HLID_OK);
  EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{10'000}));
  const pid_t child = ::fork();
  if (child == 0) {
    const bool told = cancel(flow.get()) == "forked";
    hlid_flow_free(flow.release());
    ::_exit(told ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  gate->open();
  EXPECT_EQ(take(signer.client, 1).at(1).step, HLID_STEP_DONE);
}
#endif

}  // namespace
}  // namespace client_test
