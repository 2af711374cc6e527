// Calls that wait turn the loop themselves, and hand it on to each other; what no call waits for has a thread.
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "support.h"

namespace client_test {
namespace {

class Waiting : public BothProtocols {};
RUN_OVER_BOTH(Waiting);

hlid_status start(const Client& client, const Flow& flow, uint64_t tag, int32_t how) {
  return hlid_client_start(client.get(), flow.get(), tag, how, nullptr);
}

// Waits in slices of so many milliseconds; the step.
hlid_step wait_in_slices(const Client& client, uint64_t tag, int64_t slice_ms) {
  hlid_completion completion{};
  for (int64_t until = now_ms() + 60'000; completion.step == 0 && now_ms() < until;) {
    EXPECT_EQ(hlid_client_wait(client.get(), tag, slice_ms, &completion, nullptr), HLID_OK);
  }
  return completion.step;
}

TEST_P(Waiting, needs_no_thread) {
  Server server(site());
  Signer signer(server.origin());
  EXPECT_TRUE(signer.login().done());
  for (const int64_t slice_ms : {-1, 100, 1, 0}) {
    const Flow flow = make_login(signer.app);
    EXPECT_EQ(start(signer.client, flow, 1, HLID_START_ATTENDED), HLID_OK);
    EXPECT_EQ(wait_in_slices(signer.client, 1, slice_ms), HLID_STEP_DONE);
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { EXPECT_TRUE(signer.login().done()); });
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(client_threads_are_gone());
  const Flow flow = make_login(signer.app);
  EXPECT_EQ(start(signer.client, flow, 1, HLID_START_WAIT), HLID_OK);
  EXPECT_EQ(client_threads(), 1U);
  EXPECT_EQ(wait_in_slices(signer.client, 1, -1), HLID_STEP_DONE);
}

TEST_P(Waiting, the_thread_goes_and_comes_with_flows_that_no_call_waits_for) {
  Server server(site());
  Signer signer(server.origin());
  for (int round = 0; round < 2; ++round) {
    const Flow flow = make_login(signer.app);
    EXPECT_EQ(start(signer.client, flow, 1, HLID_START_QUEUE), HLID_OK);
    EXPECT_EQ(client_threads(), 1U);
    pollfd queue{hlid_client_fd(signer.client.get()), POLLIN, 0};
    EXPECT_EQ(::poll(&queue, 1, 60'000), 1);
    hlid_completion completion{};
    EXPECT_EQ(hlid_client_take(signer.client.get(), &completion, 1), 1U);
    EXPECT_EQ(completion.step, HLID_STEP_DONE);
    EXPECT_TRUE(signer.login().done());
    EXPECT_TRUE(client_threads_are_gone(30'000));
  }
}

TEST_P(Waiting, an_attended_flow_moves_while_any_call_waits) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kUserinfoPath, held(userinfo_response(), gate))));
  Signer signer(server.origin());
  const Flow held_back = make_userinfo(signer.app);
  EXPECT_EQ(start(signer.client, held_back, 1, HLID_START_ATTENDED), HLID_OK);
  EXPECT_EQ(server.journal().requests(), 0U);
  EXPECT_TRUE(signer.login().done());
  EXPECT_TRUE(server.journal().wait_for_requests(3, Milliseconds{10'000}));
  gate->open();
  EXPECT_EQ(wait_in_slices(signer.client, 1, 10), HLID_STEP_DONE);
  EXPECT_EQ(client_threads(), 0U);
}

// The one that turns the loop ends first; the other takes it over, and a third sees its own flow through meanwhile.
TEST_P(Waiting, the_loop_is_handed_on) {
  auto first = std::make_shared<Gate>();
  auto second = std::make_shared<Gate>();
  Server server(site(
      OAuthSite().on_path(kTokenPath, held(token_response(), first)).on_path(kUserinfoPath, held(userinfo_response(), second))));
  Signer signer(server.origin());
  std::atomic<bool> second_is_over{false};
  std::thread leads([&] { EXPECT_TRUE(signer.login().done()); });
  EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{10'000}));
  std::thread follows([&] {
    EXPECT_TRUE(signer.userinfo().done());
    second_is_over = true;
  });
  EXPECT_TRUE(server.journal().wait_for_requests(3, Milliseconds{10'000}));
  first->open();
  leads.join();
  EXPECT_FALSE(second_is_over);
  EXPECT_TRUE(signer.login().done());
  second->open();
  follows.join();
  EXPECT_EQ(client_threads(), 0U);
}

// libcurl, OpenSSL and their handshake now run on the caller's thread, which the header promises to be enough.
TEST_P(Waiting, a_small_stack_is_enough) {
  if (kSlow) GTEST_SKIP() << "a sanitizer's frames are larger";
  Server server(site());
  Signer signer(server.origin());
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  pthread_t thread{};
  const auto work = [](void* of) -> void* {
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(static_cast<Signer*>(of)->login().done());
    return nullptr;
  };
  ASSERT_EQ(pthread_create(&thread, &small, work, &signer), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&small);
}

std::atomic<int> signals{0};

TEST_P(Waiting, signal_handlers_run_while_a_call_sleeps) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kTokenPath, held(token_response(), gate))));
  Signer signer(server.origin());
  struct sigaction handler{}, before{};
  handler.sa_handler = [](int) { signals++; };
  ASSERT_EQ(::sigaction(SIGUSR1, &handler, &before), 0);
  signals = 0;
  std::thread waits([&] {
    sigset_t mask_before;
    sigset_t mask_after;
    pthread_sigmask(SIG_BLOCK, nullptr, &mask_before);
    EXPECT_TRUE(signer.login().done());
    pthread_sigmask(SIG_BLOCK, nullptr, &mask_after);
    for (int signal = 1; signal < NSIG; ++signal) EXPECT_EQ(sigismember(&mask_before, signal), sigismember(&mask_after, signal));
  });
  EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{10'000}));
  for (int i = 0; i < 1000 && signals == 0; ++i) {
    pthread_kill(waits.native_handle(), SIGUSR1);
    ::usleep(10'000);
  }
  EXPECT_GT(signals, 0);
  gate->open();
  waits.join();
  ::sigaction(SIGUSR1, &before, nullptr);
}

#ifdef __linux__
// A crash on it has to reach the host's handler; its other signals are the host's threads'.
TEST_P(Waiting, own_thread_blocks_all_signals_but_its_own_crashes) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kTokenPath, held(token_response(), gate))));
  Signer signer(server.origin());
  const Flow flow = make_login(signer.app);
  EXPECT_EQ(hlid_client_start(signer.client.get(), flow.get(), 1, HLID_START_QUEUE, nullptr), HLID_OK);
  EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{10'000}));
  int found = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    std::string name;
    uint64_t blocked = 0;
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("Name:\t", 0) == 0) name = line.substr(6);
      if (line.rfind("SigBlk:\t", 0) == 0) blocked = std::stoull(line.substr(8), nullptr, 16);
    }
    if (name != "headlessid") continue;
    ++found;
    const auto is_blocked = [blocked](int signal) { return (blocked >> (signal - 1) & 1U) != 0; };
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT}) EXPECT_FALSE(is_blocked(signal)) << signal;
    for (const int signal : {SIGTERM, SIGINT, SIGPIPE, SIGUSR1, SIGCHLD}) EXPECT_TRUE(is_blocked(signal)) << signal;
  }
  EXPECT_EQ(found, 1);
  gate->open();
  pollfd ended{hlid_client_fd(signer.client.get()), POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 60'000), 1);
}
#endif

// Calls of every kind on every thread, cancels and limits among them: each flow comes back once.
TEST_P(Waiting, everything_at_once) {
  Server server(site(OAuthSite().on_path(kUserinfoPath, userinfo_response())));
  Signer signer(server.origin());
  constexpr int kThreads = 6;
  constexpr int kEach = kSlow ? 30 : 60;
  std::atomic<int> ended_flows{0};
  std::atomic<int> queued{0};
  std::atomic<bool> over{false};
  std::mutex flows_mutex;
  std::vector<Flow> queued_flows;
  std::thread taker([&] {
    std::set<uint64_t> tags;
    while (!over || ended_flows.load() < kThreads * kEach) {
      pollfd queue{hlid_client_fd(signer.client.get()), POLLIN, 0};
      if (::poll(&queue, 1, 20) != 1) continue;
      std::array<hlid_completion, 16> some{};
      const std::size_t got = hlid_client_take(signer.client.get(), some.data(), some.size());
      for (std::size_t i = 0; i < got; ++i) EXPECT_TRUE(tags.insert(some[i].tag).second);
      ended_flows += static_cast<int>(got);
      if (over && ended_flows.load() >= kThreads * kEach) break;
    }
    EXPECT_EQ(static_cast<int>(tags.size()), queued.load());
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::minstd_rand random(static_cast<unsigned>(t + 1));
      for (int i = 0; i < kEach; ++i) {
        Flow flow = random() % 2 == 0 ? make_login(signer.app) : make_userinfo(signer.app);
        const uint64_t tag = static_cast<uint64_t>(t * 1000 + i);
        const unsigned what = random() % 8;
        if (what == 0) {
          const std::lock_guard lock(flows_mutex);
          ++queued;
          EXPECT_EQ(start(signer.client, flow, tag, HLID_START_QUEUE), HLID_OK);
          queued_flows.push_back(std::move(flow));
          continue;
        }
        if (what < 5) {
          const Ended end = run(signer.client, flow);
          EXPECT_TRUE(end.done()) << end.error.message;
        } else {
          EXPECT_EQ(start(signer.client, flow, tag, what == 5 ? HLID_START_WAIT : HLID_START_ATTENDED), HLID_OK);
          std::thread canceller;
          if (what == 7) canceller = std::thread([&] { (void)hlid_flow_cancel(flow.get(), nullptr); });
          const hlid_step step = wait_in_slices(signer.client, tag, static_cast<int64_t>(random() % 3));
          if (canceller.joinable()) canceller.join();
          EXPECT_TRUE(step == HLID_STEP_DONE || (what == 7 && ended(flow, step).error.reason == "cancelled"));
        }
        ended_flows++;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  over = true;
  taker.join();
  EXPECT_EQ(ended_flows, kThreads * kEach);
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
}

// Whoever turns the loop at that moment: every call returns, and nothing is left.
TEST_P(Waiting, close_at_any_moment) {
  for (int round = 0; round < 12; ++round) {
    Server server(site());
    Signer signer(server.origin());
    std::atomic<int> begun{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 1000; ++i) {
          const Flow flow = make_login(signer.app);
          begun++;
          if (t % 2 == 0) {
            const Ended end = run(signer.client, flow);
            if (end.error.reason == "closed") return;
            EXPECT_TRUE(end.done()) << end.error.message;
          } else {
            const uint64_t tag = static_cast<uint64_t>(t);
            if (start(signer.client, flow, tag, t == 1 ? HLID_START_WAIT : HLID_START_ATTENDED) != HLID_OK) return;
            const hlid_step step = wait_in_slices(signer.client, tag, 1);
            if (step != HLID_STEP_DONE) {
              EXPECT_EQ(ended(flow, step).error.reason, "closed");
              return;
            }
          }
        }
      });
    }
    while (begun < 5 * (round + 1)) std::this_thread::yield();
    hlid_client_close(signer.client.get());
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
    EXPECT_TRUE(client_threads_are_gone());
  }
}

#ifndef HLID_TEST_TSAN  // which does not follow a fork of a process with threads
TEST_P(Waiting, o09_a_fork_while_a_call_turns_the_loop) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kTokenPath, held(token_response(), gate))));
  Signer signer(server.origin());
  std::thread waits([&] { EXPECT_TRUE(signer.login().done()); });
  EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{10'000}));
  const pid_t child = ::fork();
  if (child == 0) {
    const Flow own = make_login(signer.app);
    const bool told = run(signer.client, own).error.reason == "forked";
    hlid_client_close(signer.client.get());
    hlid_client_free(signer.client.release());
    ::_exit(told ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  gate->open();
  waits.join();
}
#endif

}  // namespace
}  // namespace client_test
