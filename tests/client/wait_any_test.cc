// Calls that wait for whatever comes into the queue: they turn the loop themselves, for flows that need no other thread.
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "support.h"

namespace client_test {
namespace {

class WaitAny : public BothProtocols {};
RUN_OVER_BOTH(WaitAny);

hlid_status start(const Client& client, const Flow& flow, uint64_t tag, int32_t how = HLID_START_ANY) {
  return hlid_client_start(client.get(), flow.get(), tag, how, nullptr);
}

// What one call brought.
std::vector<hlid_completion> wait_any(const Client& client, int64_t timeout_ms, std::size_t capacity = 64) {
  std::vector<hlid_completion> out(capacity);
  out.resize(hlid_client_wait_any(client.get(), timeout_ms, out.data(), capacity));
  return out;
}

// A host's thread for completions, until the client is closed.
class Taker {
 public:
  explicit Taker(const Client& client, std::size_t capacity = 64)
      : thread_([this, &client, capacity] {
          for (auto some = wait_any(client, -1, capacity); !some.empty(); some = wait_any(client, -1, capacity)) {
            const std::lock_guard lock(mutex_);
            for (const hlid_completion& one : some) EXPECT_TRUE(steps_.emplace(one.tag, one.step).second);
          }
        }) {}
  void join() { thread_.join(); }
  std::size_t taken() const {
    const std::lock_guard lock(mutex_);
    return steps_.size();
  }
  bool awaits(std::size_t count) const {
    for (const int64_t until = now_ms() + 60'000; now_ms() < until; ::usleep(1000)) {
      if (taken() >= count) return true;
    }
    return false;
  }
  std::set<std::pair<uint64_t, hlid_step>> steps() const {
    const std::lock_guard lock(mutex_);
    return steps_;
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::pair<uint64_t, hlid_step>> steps_;
  std::thread thread_;
};

TEST_P(WaitAny, needs_no_thread_of_the_clients) {
  EXPECT_TRUE(client_threads_are_gone(30'000));
  Server server(site());
  Signer signer(server.origin());
  Taker taker(signer.client);
  std::vector<Flow> flows;
  for (uint64_t tag = 1; tag <= 20; ++tag) {
    flows.push_back(make_login(signer.app));
    EXPECT_EQ(start(signer.client, flows.back(), tag), HLID_OK);
  }
  EXPECT_TRUE(taker.awaits(20));
  EXPECT_EQ(client_threads(), 0U);
  // From its idle sleep.
  const Flow last = make_login(signer.app);
  EXPECT_EQ(start(signer.client, last, 21), HLID_OK);
  EXPECT_TRUE(taker.awaits(21));
  EXPECT_EQ(client_threads(), 0U);
  hlid_client_close(signer.client.get());
  taker.join();
  for (const auto& [tag, step] : taker.steps()) EXPECT_EQ(step, HLID_STEP_DONE) << tag;
}

TEST_P(WaitAny, waits_no_longer_than_it_is_told) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kUserinfoPath, held(userinfo_response(), gate))));
  Signer signer(server.origin());
  for (const int64_t timeout_ms : {0, 1, 50}) {
    EXPECT_LT(time_of([&] { EXPECT_TRUE(wait_any(signer.client, timeout_ms).empty()); }), timeout_ms + kSlack);
  }
  const Flow flow = make_userinfo(signer.app);
  EXPECT_EQ(start(signer.client, flow, 1), HLID_OK);
  EXPECT_EQ(server.journal().requests(), 0U);
  while (!server.journal().wait_for_requests(1, Milliseconds{0})) EXPECT_TRUE(wait_any(signer.client, 1).empty());
  EXPECT_GE(time_of([&] { EXPECT_TRUE(wait_any(signer.client, 50).empty()); }), 50);
  gate->open();
  std::vector<hlid_completion> got;
  for (const int64_t until = now_ms() + 60'000; got.empty() && now_ms() < until;) got = wait_any(signer.client, 0);
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].flow, flow.get());
  EXPECT_EQ(got[0].tag, 1U);
  EXPECT_EQ(got[0].step, HLID_STEP_DONE);
}

TEST_P(WaitAny, takes_no_more_than_there_is_room_for) {
  Server server(site());
  Signer signer(server.origin());
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < 10; ++tag) {
    flows.push_back(make_login(signer.app));
    EXPECT_EQ(start(signer.client, flows.back(), tag), HLID_OK);
  }
  EXPECT_TRUE(wait_any(signer.client, -1, 0).empty());
  EXPECT_EQ(hlid_client_wait_any(signer.client.get(), -1, nullptr, 4), 0U);
  std::set<uint64_t> tags;
  while (tags.size() < 10) {
    const auto some = wait_any(signer.client, -1, 3);
    ASSERT_FALSE(some.empty());
    ASSERT_LE(some.size(), 3U);
    for (const hlid_completion& one : some) EXPECT_TRUE(tags.insert(one.tag).second);
  }
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
}

// What one leaves there the next one takes, with the same turn of the loop.
TEST_P(WaitAny, several_calls_share_what_comes) {
  Server server(site());
  Signer signer(server.origin());
  std::vector<std::unique_ptr<Taker>> takers;
  for (int i = 0; i < 4; ++i) takers.push_back(std::make_unique<Taker>(signer.client, 1));
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < 100; ++tag) {
    flows.push_back(make_login(signer.app));
    EXPECT_EQ(start(signer.client, flows.back(), tag), HLID_OK);
  }
  for (const int64_t until = now_ms() + 60'000; hlid_client_in_flight(signer.client.get()) > 0 && now_ms() < until;)
    ::usleep(1000);
  hlid_client_close(signer.client.get());
  std::set<std::pair<uint64_t, hlid_step>> all;
  for (const auto& taker : takers) {
    taker->join();
    for (const auto& one : taker->steps()) EXPECT_TRUE(all.insert(one).second);
  }
  EXPECT_EQ(all.size(), 100U);
  for (const auto& [tag, step] : all) EXPECT_EQ(step, HLID_STEP_DONE) << tag;
}

TEST_P(WaitAny, calls_for_a_flow_of_their_own_serve_it_and_are_served) {
  EXPECT_TRUE(client_threads_are_gone(30'000));
  auto first = std::make_shared<Gate>();
  auto second = std::make_shared<Gate>();
  Server server(site(
      OAuthSite().on_path(kTokenPath, held(token_response(), first)).on_path(kUserinfoPath, held(userinfo_response(), second))));
  Signer signer(server.origin());
  // A call for its own flow has the loop; the other waits for the queue and gets it afterwards.
  std::thread runs([&] { EXPECT_TRUE(signer.login().done()); });
  EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{60'000}));
  const Flow flow = make_userinfo(signer.app);
  EXPECT_EQ(start(signer.client, flow, 1), HLID_OK);
  EXPECT_TRUE(server.journal().wait_for_requests(3, Milliseconds{60'000}));
  Taker taker(signer.client);
  first->open();
  runs.join();
  EXPECT_EQ(taker.taken(), 0U);
  // The call for the queue has the loop, and sees a login through.
  EXPECT_TRUE(signer.login().done());
  EXPECT_EQ(taker.taken(), 0U);
  second->open();
  EXPECT_TRUE(taker.awaits(1));
  // It is there, and idle.
  EXPECT_TRUE(signer.login().done());
  hlid_client_close(signer.client.get());
  taker.join();
  EXPECT_EQ(client_threads(), 0U);
}

// The descriptor tells of it only if there may be nobody who waits.
TEST_P(WaitAny, the_descriptor_is_for_flows_that_need_it) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kTokenPath, held(token_response(), gate))));
  Signer signer(server.origin());
  const Flow flow = make_userinfo(signer.app);
  EXPECT_EQ(start(signer.client, flow, 1), HLID_OK);
  EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_OK);
  std::thread runs([&] { EXPECT_TRUE(signer.login().done()); });
  EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{60'000}));
  pollfd queue{hlid_client_fd(signer.client.get()), POLLIN, 0};
  EXPECT_EQ(::poll(&queue, 1, 0), 0);
  std::array<hlid_completion, 4> some{};
  EXPECT_EQ(hlid_client_take(signer.client.get(), some.data(), some.size()), 1U);
  gate->open();
  runs.join();
  // Both kinds, taken by a call that waits: nothing is left to be read.
  const Flow queued = make_login(signer.app);
  const Flow other = make_login(signer.app);
  EXPECT_EQ(start(signer.client, queued, 1, HLID_START_QUEUE), HLID_OK);
  EXPECT_EQ(start(signer.client, other, 2), HLID_OK);
  EXPECT_EQ(::poll(&queue, 1, 60'000), 1);
  for (std::size_t taken = 0; taken < 2;) taken += wait_any(signer.client, -1, 1).size();
  EXPECT_EQ(::poll(&queue, 1, 0), 0);
}

TEST_P(WaitAny, cancelled_freed_and_late_flows_come_back) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kUserinfoPath, held(userinfo_response(), gate))));
  Signer signer(server.origin());
  const Flow cancelled = make_userinfo(signer.app);
  Flow freed = make_userinfo(signer.app);
  const Flow late = make_userinfo(signer.app, 300);
  EXPECT_EQ(start(signer.client, cancelled, 1), HLID_OK);
  EXPECT_EQ(start(signer.client, freed, 2), HLID_OK);
  std::thread other([&] {
    EXPECT_TRUE(server.journal().wait_for_requests(2, Milliseconds{60'000}));
    EXPECT_EQ(hlid_flow_cancel(cancelled.get(), nullptr), HLID_OK);
    freed.reset();
    EXPECT_EQ(start(signer.client, late, 3), HLID_OK);
  });
  std::set<uint64_t> tags;
  while (tags.size() < 3) {
    for (const hlid_completion& one : wait_any(signer.client, -1)) {
      EXPECT_TRUE(tags.insert(one.tag).second);
      EXPECT_EQ(one.flow, one.tag == 1 ? cancelled.get() : one.tag == 2 ? nullptr : late.get());
      EXPECT_EQ(one.step, HLID_STEP_FAILED);
    }
  }
  other.join();
  EXPECT_EQ(ended(cancelled, HLID_STEP_FAILED).error.reason, "cancelled");
  EXPECT_EQ(ended(late, HLID_STEP_FAILED).error.reason, "timeout");
  gate->open();
}

TEST_P(WaitAny, close_ends_the_calls_after_the_last_completion) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kUserinfoPath, held(userinfo_response(), gate))));
  for (const std::size_t in_flight : {std::size_t{0}, std::size_t{5}}) {
    Signer signer(server.origin());
    Taker taker(signer.client, 2);
    Taker other(signer.client);
    std::vector<Flow> flows;
    for (uint64_t tag = 0; tag < in_flight; ++tag) {
      flows.push_back(make_userinfo(signer.app));
      EXPECT_EQ(start(signer.client, flows.back(), tag), HLID_OK);
    }
    EXPECT_TRUE(server.journal().wait_for_requests(in_flight, Milliseconds{60'000}));
    hlid_client_close(signer.client.get());
    taker.join();
    other.join();
    EXPECT_EQ(taker.taken() + other.taken(), in_flight);
    EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
    for (const Flow& flow : flows) EXPECT_EQ(ended(flow, HLID_STEP_FAILED).error.reason, "closed");
    EXPECT_TRUE(wait_any(signer.client, -1).empty());
  }
  // What was left without a call is there for one afterwards.
  Signer signer(server.origin());
  const Flow flow = make_userinfo(signer.app);
  EXPECT_EQ(start(signer.client, flow, 7), HLID_OK);
  hlid_client_close(signer.client.get());
  EXPECT_EQ(wait_any(signer.client, -1).size(), 1U);
  EXPECT_TRUE(wait_any(signer.client, -1).empty());
  gate->open();
}

TEST_P(WaitAny, a_driven_client_and_none_have_nothing_to_wait_for) {
  Server server(site());
  Signer signer(server.origin());
  hlid_client* made = nullptr;
  EXPECT_EQ(hlid_client_new_driven(signer.app.get(), 0, &made, nullptr), HLID_OK);
  const Client driven(made);
  EXPECT_TRUE(wait_any(driven, -1).empty());
  const Flow flow = make_login(signer.app);
  hlid_error* error = nullptr;
  EXPECT_EQ(hlid_client_start(driven.get(), flow.get(), 1, HLID_START_ANY, &error), HLID_E_ARGUMENT);
  EXPECT_EQ(said(error).field, "how");
  hlid_error_free(error);
  EXPECT_TRUE(wait_any(Client(), -1).empty());
}

// Calls of every kind on every thread: each flow comes back once, and a close at any moment ends all of it.
TEST_P(WaitAny, everything_at_once_and_a_close) {
  constexpr int kRounds = kSlow ? 3 : 6;
  for (int round = 0; round < kRounds; ++round) {
    Server server(site(OAuthSite().on_path(kUserinfoPath, userinfo_response())));
    Signer signer(server.origin());
    std::atomic<int> begun{0};
    std::atomic<std::size_t> queued{0};
    std::atomic<std::size_t> stolen{0};
    std::atomic<bool> over{false};
    std::vector<std::unique_ptr<Taker>> takers;
    for (std::size_t i = 0; i < 3; ++i) takers.push_back(std::make_unique<Taker>(signer.client, i + 1));
    std::thread steals([&] {
      while (!over) {
        std::array<hlid_completion, 2> some{};
        stolen += hlid_client_take(signer.client.get(), some.data(), some.size());
        for (const int64_t timeout_ms : {0, 1}) stolen += wait_any(signer.client, timeout_ms, 1).size();
        ::usleep(500);
      }
    });
    std::vector<std::thread> threads;
    std::array<std::vector<Flow>, 4> flows;
    for (std::size_t t = 0; t < flows.size(); ++t) {
      threads.emplace_back([&, t] {
        std::minstd_rand random(static_cast<unsigned>(10 * static_cast<std::size_t>(round) + t + 1));
        for (uint64_t i = 0; i < 1000; ++i) {
          begun++;
          Flow flow = random() % 2 == 0 ? make_login(signer.app) : make_userinfo(signer.app);
          const auto what = random() % 6;
          if (what < 2) {
            const Ended end = run(signer.client, flow);
            if (end.error.reason == "closed") return;
            EXPECT_TRUE(end.done()) << end.error.message;
            continue;
          }
          const auto how = what == 2 ? HLID_START_QUEUE : HLID_START_ANY;
          if (start(signer.client, flow, t * 1000 + i, how) != HLID_OK) return;
          queued++;
          if (what == 5) (void)hlid_flow_cancel(flow.get(), nullptr);
          if (what != 4) flows[t].push_back(std::move(flow));  // else freed while it runs, or just after
        }
      });
    }
    while (begun < 40 * (round + 1)) std::this_thread::yield();
    hlid_client_close(signer.client.get());
    for (auto& thread : threads) thread.join();
    for (const auto& taker : takers) taker->join();
    over = true;
    steals.join();
    std::size_t taken = stolen;
    for (const auto& taker : takers) taken += taker->taken();
    EXPECT_EQ(taken, queued.load());
    EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
    EXPECT_TRUE(client_threads_are_gone(30'000));
  }
}

#ifndef HLID_TEST_TSAN  // which does not follow a fork of a process with threads
TEST_P(WaitAny, o09_a_fork_while_a_call_waits) {
  Server server(site());
  Signer signer(server.origin());
  Taker taker(signer.client);
  const Flow flow = make_login(signer.app);
  EXPECT_EQ(start(signer.client, flow, 1), HLID_OK);
  const pid_t child = ::fork();
  if (child == 0) {
    hlid_completion completion{};
    ::_exit(hlid_client_wait_any(signer.client.get(), -1, &completion, 1) == 0 ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(taker.awaits(1));
  hlid_client_close(signer.client.get());
  taker.join();
}
#endif

}  // namespace
}  // namespace client_test
