// Starting, taking, waiting, cancelling, closing, forking: N08, N09, N10, O09, O27 and the rules of the header.
#include <fcntl.h>
#include <openssl/bio.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "support.h"

namespace client_test {
namespace {

class Lifetime : public BothProtocols {};
RUN_OVER_BOTH(Lifetime);

constexpr int64_t kCloseMs = kSlow ? 10'000 : 1000;

Said start(const Client& client, const Flow& flow, uint64_t tag, int32_t how = HLID_START_QUEUE) {
  hlid_error* error = nullptr;
  const hlid_status status = hlid_client_start(client.get(), flow.get(), tag, how, &error);
  Said out = said(error);
  out.kind = status;
  hlid_error_free(error);
  return out;
}

bool readable(const Client& client, int timeout_ms) {
  pollfd waiting{hlid_client_fd(client.get()), POLLIN, 0};
  return ::poll(&waiting, 1, timeout_ms) == 1;
}

// Takes until `count` have come; each tag once.
std::map<uint64_t, hlid_step> take(const Client& client, std::size_t count) {
  std::map<uint64_t, hlid_step> steps;
  while (steps.size() < count && readable(client, 60'000)) {
    std::array<hlid_completion, 50> some{};
    const std::size_t got = hlid_client_take(client.get(), some.data(), some.size());
    for (std::size_t i = 0; i < got; ++i)
      EXPECT_TRUE(steps.emplace(some[i].tag, some[i].step).second) << "twice: " << some[i].tag;
  }
  return steps;
}

TEST_P(Lifetime, completions_come_through_the_descriptor) {
  Server server(site());
  Signer signer(server.origin());
  EXPECT_FALSE(readable(signer.client, 0));
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < 200; ++tag) {
    flows.push_back(make_login(signer.app));
    EXPECT_EQ(start(signer.client, flows.back(), tag).kind, HLID_OK);
  }
  const auto steps = take(signer.client, 200);
  EXPECT_EQ(steps.size(), 200U);
  for (const auto& [tag, step] : steps) EXPECT_EQ(step, HLID_STEP_DONE) << ended(flows[tag], step).error.message;
  EXPECT_FALSE(readable(signer.client, 0));
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
  EXPECT_EQ(server.requests(kTokenPath), 200U);
}

TEST(Start, what_is_wrong_is_said_and_nothing_is_lent) {
  Server server(OAuthSite().options(tls()));
  Signer signer(server.origin());
  const App other = make_app(server.origin());
  const Flow of_other = make_login(other);
  const Flow without = make_flow(signer.app, "login", {{"password", kPassword}});
  EXPECT_EQ(start(signer.client, of_other, 1).field, "flow");
  const Said missing = start(signer.client, without, 1);
  EXPECT_EQ(missing.kind, HLID_E_ARGUMENT);
  EXPECT_EQ(missing.field, "username");
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
  // The flow is the caller's as before, and can be put right.
  EXPECT_EQ(hlid_flow_set(without.get(), hlid_str("username"), hlid_str(kUsername), nullptr), HLID_OK);
  const Flow good = make_login(signer.app);
  EXPECT_EQ(start(signer.client, good, 1, 7).field, "how");
  EXPECT_EQ(hlid_client_start(nullptr, good.get(), 1, 0, nullptr), HLID_E_ARGUMENT);
  EXPECT_EQ(hlid_client_start(signer.client.get(), nullptr, 1, 0, nullptr), HLID_E_ARGUMENT);

  EXPECT_EQ(start(signer.client, without, 1, HLID_START_WAIT).kind, HLID_OK);
  EXPECT_EQ(start(signer.client, without, 2).reason, "busy");
  EXPECT_EQ(start(signer.client, good, 1).reason, "tag_in_use");
  EXPECT_EQ(run(signer.client, good).step, HLID_STEP_DONE);  // in no need of a tag
  hlid_completion completion{};
  EXPECT_EQ(hlid_client_wait(signer.client.get(), 99, 0, &completion, nullptr), HLID_E_STATE);
  EXPECT_EQ(hlid_client_wait(signer.client.get(), 1, -1, &completion, nullptr), HLID_OK);
  EXPECT_EQ(completion.flow, without.get());
  EXPECT_EQ(completion.step, HLID_STEP_DONE);
  EXPECT_EQ(hlid_client_wait(signer.client.get(), 1, 0, &completion, nullptr), HLID_E_STATE);
  // A flow that has ended ends again at once, and says the same.
  EXPECT_EQ(run(signer.client, without).step, HLID_STEP_DONE);
}

TEST(Start, max_in_flight) {
  Server server(OAuthSite().on_path(kAuthorizePath, no_reply(After::silent)).options(tls()));
  const App app = make_app(server.origin());
  Said refused;
  EXPECT_EQ(make_client(app, &refused, -1), nullptr);
  EXPECT_EQ(refused.field, "max_in_flight");
  EXPECT_EQ(make_client(app, &refused, int64_t{1} << 40), nullptr);

  const Client client = make_client(app, nullptr, 2);
  const std::array<Flow, 3> flows = {make_login(app), make_login(app), make_login(app)};
  EXPECT_EQ(start(client, flows[0], 0).kind, HLID_OK);
  EXPECT_EQ(start(client, flows[1], 1).kind, HLID_OK);
  EXPECT_EQ(start(client, flows[2], 2).reason, "too_many_flows");
  EXPECT_EQ(hlid_client_in_flight(client.get()), 2U);
  EXPECT_EQ(hlid_flow_cancel(flows[0].get(), nullptr), HLID_OK);
  EXPECT_EQ(take(client, 1).size(), 1U);
  EXPECT_EQ(start(client, flows[2], 2).kind, HLID_OK);
  hlid_client_close(client.get());
  EXPECT_EQ(take(client, 2).size(), 2U);
}

TEST_P(Lifetime, wait_has_a_limit_and_wakes_up) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kTokenPath, held(token_response(), gate))));
  Signer signer(server.origin());
  const Flow flow = make_login(signer.app);
  EXPECT_EQ(start(signer.client, flow, 5, HLID_START_WAIT).kind, HLID_OK);
  hlid_completion completion{};
  EXPECT_EQ(hlid_client_wait(signer.client.get(), 5, 0, &completion, nullptr), HLID_OK);
  EXPECT_EQ(completion.flow, nullptr);
  EXPECT_GE(time_of([&] { EXPECT_EQ(hlid_client_wait(signer.client.get(), 5, 30, &completion, nullptr), HLID_OK); }), 29);
  EXPECT_EQ(completion.flow, nullptr);
  // Two wait for the same flow: one gets it, the other hears that it is gone.
  std::atomic<int> got{0};
  std::atomic<int> gone{0};
  std::vector<std::thread> waiting;
  for (int i = 0; i < 2; ++i) {
    waiting.emplace_back([&] {
      hlid_completion mine{};
      const hlid_status status = hlid_client_wait(signer.client.get(), 5, INT64_MAX, &mine, nullptr);
      (status == HLID_OK && mine.flow == flow.get() ? got : gone)++;
    });
  }
  gate->open();
  for (auto& thread : waiting) thread.join();
  EXPECT_EQ(got, 1);
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(hlid_client_take(signer.client.get(), &completion, 1), 0U);
}

TEST_P(Lifetime, n08_cancel_ends_a_flow_exactly_once_at_every_step) {
  // Which request hangs, and whether it hangs before or after its response began.
  for (const std::size_t request : {std::size_t{0}, std::size_t{1}}) {
    for (const bool half : {false, true}) {
      OAuthSite answers;
      if (half) {
        answers.cut_response(request, 30, After::silent);
      } else {
        answers.on_request(request, no_reply(After::silent));
      }
      Server server(site(answers));
      Signer signer(server.origin());
      const Flow flow = make_login(signer.app);
      EXPECT_EQ(start(signer.client, flow, 1).kind, HLID_OK);
      EXPECT_TRUE(server.journal().wait_for_requests(request + 1, Milliseconds{10'000}));
      EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_OK);
      (void)hlid_flow_cancel(flow.get(), nullptr);
      const auto steps = take(signer.client, 1);
      ASSERT_EQ(steps.size(), 1U);
      const Ended end = ended(flow, steps.at(1));
      EXPECT_EQ(end.step, HLID_STEP_FAILED);
      EXPECT_EQ(end.error.kind, HLID_E_STATE);
      EXPECT_EQ(end.error.reason, "cancelled");
      EXPECT_FALSE(readable(signer.client, 20));
      EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_E_STATE);
      // The client goes on, on another connection where it has to.
      const Ended next = signer.login();
      EXPECT_TRUE(next.done()) << next.error.message;
    }
  }
  // Before anything was sent: nobody is there.
  const BlackHolePort nowhere;
  Signer signer("https://127.0.0.1:" + std::to_string(nowhere.port()));
  const Flow flow = make_login(signer.app);
  EXPECT_EQ(start(signer.client, flow, 1).kind, HLID_OK);
  EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_OK);
  EXPECT_EQ(take(signer.client, 1).size(), 1U);
  EXPECT_EQ(ended(flow, HLID_STEP_FAILED).error.reason, "cancelled");
}

TEST_P(Lifetime, n08_cancel_races_the_end) {
  Server server(site());
  Signer signer(server.origin());
  constexpr uint64_t kFlows = 300;
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < kFlows; ++tag) flows.push_back(make_login(signer.app));
  std::atomic<uint64_t> started{0};
  std::thread canceller([&] {
    for (uint64_t tag = 0; tag < kFlows; ++tag) {
      while (started.load() <= tag) std::this_thread::yield();
      if (tag % 3 != 0) (void)hlid_flow_cancel(flows[tag].get(), nullptr);
    }
  });
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    EXPECT_EQ(start(signer.client, flows[tag], tag).kind, HLID_OK);
    started++;
  }
  const auto steps = take(signer.client, kFlows);
  canceller.join();
  EXPECT_EQ(steps.size(), kFlows);
  for (const auto& [tag, step] : steps) {
    const Ended end = ended(flows[tag], step);
    EXPECT_TRUE(end.done() || (tag % 3 != 0 && end.error.reason == "cancelled")) << end.error.message;
  }
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
}

TEST_P(Lifetime, n09_close_with_a_thousand_flows_in_flight) {
  Server server(site(OAuthSite().on_path(kAuthorizePath, no_reply(After::silent))));
  Signer signer(server.origin());
  constexpr uint64_t kFlows = 1000;
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    flows.push_back(make_login(signer.app));
    EXPECT_EQ(start(signer.client, flows.back(), tag).kind, HLID_OK);
  }
  server.journal().wait_for_requests(h2() ? 200 : 60, Milliseconds{20'000});
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), kFlows);
  EXPECT_LT(time_of([&] {
              std::thread second([&] { hlid_client_close(signer.client.get()); });
              hlid_client_close(signer.client.get());
              second.join();
              hlid_client_close(signer.client.get());
            }),
            kCloseMs);
  const auto steps = take(signer.client, kFlows);
  EXPECT_EQ(steps.size(), kFlows);
  for (const auto& [tag, step] : steps) {
    const Ended end = ended(flows[tag], step);
    EXPECT_EQ(end.error.kind, HLID_E_STATE);
    EXPECT_EQ(end.error.reason, "closed");
  }
  const Flow late = make_login(signer.app);
  EXPECT_EQ(start(signer.client, late, 1).reason, "closed");
  EXPECT_EQ(run(signer.client, late).error.reason, "closed");
}

TEST_P(Lifetime, n10_a_thousand_flows_over_ten_connections_all_finish) {
  ServerOptions options = site();
  options.max_connections = 10;
  Server server(options);
  Signer signer(server.origin(), {{"max_connections", "10"}});
  constexpr uint64_t kFlows = 1000;
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    flows.push_back(make_login(signer.app));
    EXPECT_EQ(start(signer.client, flows.back(), tag).kind, HLID_OK);
  }
  const auto steps = take(signer.client, kFlows);
  EXPECT_EQ(std::count_if(steps.begin(), steps.end(), [](const auto& one) { return one.second == HLID_STEP_DONE; }),
            static_cast<std::ptrdiff_t>(kFlows));
  EXPECT_LE(server.connections(), 10U);
  EXPECT_EQ(server.requests(kTokenPath), kFlows);
}

TEST_P(Lifetime, o27_many_threads_on_one_client) {
  Server server(site());
  Signer signer(server.origin());
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const Flow flow = make_login(signer.app);
        if (i % 2 == 0) {
          done += run(signer.client, flow).done() ? 1 : 0;
        } else {
          const uint64_t tag = static_cast<uint64_t>(t * 100 + i);
          hlid_completion completion{};
          EXPECT_EQ(start(signer.client, flow, tag, HLID_START_WAIT).kind, HLID_OK);
          EXPECT_EQ(hlid_client_wait(signer.client.get(), tag, -1, &completion, nullptr), HLID_OK);
          done += completion.step == HLID_STEP_DONE ? 1 : 0;
        }
        hlid_client_in_flight(signer.client.get());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 160);
}

TEST_P(Lifetime, close_while_others_run_and_wait) {
  for (int round = 0; round < 5; ++round) {
    Server server(site(OAuthSite().on_path(kTokenPath, no_reply(After::silent))));
    Signer signer(server.origin());
    std::vector<std::thread> threads;
    for (int t = 0; t < 6; ++t) {
      threads.emplace_back([&] {
        const Flow flow = make_login(signer.app);
        const Ended end = run(signer.client, flow);
        EXPECT_EQ(end.error.reason, "closed");
      });
    }
    if (round % 2 == 0) server.journal().wait_for_requests(4, Milliseconds{10'000});
    hlid_client_close(signer.client.get());
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
  }
}

TEST_P(Lifetime, free_takes_the_flows_that_nobody_took) {
  Server server(site(OAuthSite().on_request(3, no_reply(After::silent))));
  Signer signer(server.origin());
  for (uint64_t tag = 0; tag < 20; ++tag) {
    Flow flow = make_login(signer.app);
    EXPECT_EQ(start(signer.client, flow, tag, tag % 2 == 0 ? HLID_START_QUEUE : HLID_START_WAIT).kind, HLID_OK);
    [[maybe_unused]] hlid_flow* lent = flow.release();
  }
  signer.client.reset();
  hlid_client_free(nullptr);
  hlid_client_close(nullptr);
  EXPECT_EQ(hlid_client_take(nullptr, nullptr, 3), 0U);
  EXPECT_EQ(hlid_client_fd(nullptr), -1);
}

TEST(Descriptors, o08_descriptors_are_closed_on_exec_and_none_is_left) {
  const auto descriptors = [] {
    std::set<int> open;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
      open.insert(std::stoi(entry.path().filename()));
    return open;
  };
  ca_file();
  Server server(OAuthSite().options(tls()));
  const auto before = descriptors();
  {
    Signer signer("https://127.0.0.1:" + std::to_string(server.port()));
    EXPECT_TRUE(signer.login().done());
    const int fd = hlid_client_fd(signer.client.get());
    EXPECT_GT(fd, 2);
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    for (const int mine : descriptors()) {
      if (before.contains(mine)) continue;
      char link[64] = {};
      const std::string path = "/proc/self/fd/" + std::to_string(mine);
      if (::readlink(path.c_str(), link, sizeof link - 1) < 0) continue;
      const std::string_view kind(link);
      if (kind.find("eventfd") == std::string_view::npos && kind.find("eventpoll") == std::string_view::npos) continue;
      EXPECT_NE(::fcntl(mine, F_GETFD) & FD_CLOEXEC, 0) << kind;
    }
  }
  EXPECT_TRUE(server.journal().wait_until_idle(Milliseconds{10'000}));
  for (int patience = 0; patience < 200 && descriptors() != before; ++patience) ::usleep(10'000);
  EXPECT_EQ(descriptors(), before);
}

// A process has 127 types of BIO, for everybody that uses OpenSSL in it.
TEST(Lifetime, clients_use_up_no_types_of_openssl) {
  const App app = make_app("https://acme.example");
  const int before = BIO_get_new_index();
  ASSERT_GT(before, 0);
  for (int i = 0; i < 20; ++i) EXPECT_NE(make_client(app), nullptr);
  EXPECT_EQ(BIO_get_new_index(), before + 1);
}

// Each word of the process's is taken: no file of certificates and no socket is to blame.
TEST(Descriptors, o06_no_descriptor_left_is_said) {
  Server server(OAuthSite().options(tls()));
  Signer signer(server.origin());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest = ::dup(0);
  ASSERT_GE(lowest, 0);
  ::close(lowest);
  rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(lowest);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const Ended end = signer.login(2000);
  Said why;
  const Client refused = make_client(signer.app, &why);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(end.error.reason, "no_descriptors") << end.error.message;
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT);
  EXPECT_EQ(end.error.advice, HLID_ADVICE_RETRY_LATER);
  EXPECT_FALSE(end.error.outcome_unknown);
  EXPECT_EQ(refused, nullptr);
  EXPECT_EQ(why.reason, "no_descriptors") << why.message;
  EXPECT_EQ(why.kind, HLID_E_STATE);
  EXPECT_EQ(why.advice, HLID_ADVICE_RETRY_LATER);
  const Ended again = signer.login(10'000);
  EXPECT_TRUE(again.done()) << again.error.message;
}

#ifndef HLID_TEST_TSAN  // which does not follow a fork of a process with threads
TEST_P(Lifetime, o09_after_a_fork_the_child_is_told_and_the_parent_is_unharmed) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_request(3, held(token_response(), gate))));
  Signer signer(server.origin());
  EXPECT_TRUE(signer.login().done());
  const Flow flow = make_login(signer.app);
  EXPECT_EQ(start(signer.client, flow, 1, HLID_START_WAIT).kind, HLID_OK);
  EXPECT_TRUE(server.journal().wait_for_requests(4, Milliseconds{10'000}));
  const pid_t child = ::fork();
  if (child == 0) {
    int wrong = 0;
    const auto expect = [&](bool good) { wrong += good ? 0 : 1; };
    const Flow own = make_login(signer.app);
    hlid_completion completion{};
    expect(start(signer.client, own, 2).reason == "forked");
    expect(run(signer.client, own).error.reason == "forked");
    expect(hlid_client_wait(signer.client.get(), 1, -1, &completion, nullptr) == HLID_E_STATE);
    expect(hlid_client_take(signer.client.get(), &completion, 1) == 0);
    expect(hlid_client_in_flight(signer.client.get()) == 0);
    expect(hlid_client_fd(signer.client.get()) == -1);
    hlid_client_close(signer.client.get());
    hlid_client_free(signer.client.release());
    // One of its own works.
    expect(Signer(server.origin()).login().done());
    ::_exit(wrong);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  gate->open();
  hlid_completion completion{};
  EXPECT_EQ(hlid_client_wait(signer.client.get(), 1, -1, &completion, nullptr), HLID_OK);
  const Ended end = ended(flow, completion.step);
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_TRUE(signer.login().done());
}
#endif

}  // namespace
}  // namespace client_test
