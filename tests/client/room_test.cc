// Requests that find no room yet: libcurl has no more of them than it can send, and the others wait in order. Counted
// where the client hands a request to libcurl and takes it back, which the linker leads here (--wrap).
#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support.h"

namespace client_test {
namespace {

#ifdef HLID_TEST_COUNTS
constexpr bool kCounts = true;
#else
constexpr bool kCounts = false;
#endif
std::atomic<int> at_libcurl{0};
std::atomic<int> most_at_libcurl{0};

}  // namespace
}  // namespace client_test

#ifdef HLID_TEST_COUNTS
// NOLINTBEGIN: the linker's names
extern "C" {
CURLMcode __real_curl_multi_add_handle(CURLM* multi, CURL* easy);
CURLMcode __real_curl_multi_remove_handle(CURLM* multi, CURL* easy);

CURLMcode __wrap_curl_multi_add_handle(CURLM* multi, CURL* easy) {
  const CURLMcode code = __real_curl_multi_add_handle(multi, easy);
  if (code != CURLM_OK) return code;
  const int now = ++client_test::at_libcurl;
  int most = client_test::most_at_libcurl;
  while (most < now && !client_test::most_at_libcurl.compare_exchange_weak(most, now)) {
  }
  return code;
}

CURLMcode __wrap_curl_multi_remove_handle(CURLM* multi, CURL* easy) {
  const CURLMcode code = __real_curl_multi_remove_handle(multi, easy);
  if (code == CURLM_OK) --client_test::at_libcurl;
  return code;
}
}
// NOLINTEND
#endif

namespace client_test {
namespace {

class Room : public BothProtocols {
 protected:
  Room() { most_at_libcurl = 0; }
  ~Room() override { EXPECT_EQ(at_libcurl, 0); }
};
RUN_OVER_BOTH(Room);

Settings connections(const char* count, const char* http = "") {
  return {{"max_connections", count}, {"token_endpoint_auth_method", "none"}, {"http_version", http}};
}

std::string value_of(uint64_t tag) { return "marked-refresh-" + std::to_string(tag) + "."; }
Flow make_refresh(const App& app, uint64_t tag, int64_t timeout_ms = 60'000) {
  return make_flow(app, "refresh", {{"refresh_token", value_of(tag)}}, timeout_ms);
}

enum class Turns { keeper, host };

// A client with the flows that it was given, by their tags.
struct Started {
  Started(const App& of, Turns by) : app(of), host(by == Turns::host) {
    hlid_client* made = nullptr;
    EXPECT_EQ((host ? hlid_client_new_driven : hlid_client_new)(app.get(), 0, &made, nullptr), HLID_OK);
    client = Client(made);
  }

  void start(Flow flow) {
    EXPECT_EQ(hlid_client_start(client.get(), flow.get(), flows.size(), HLID_START_QUEUE, nullptr), HLID_OK);
    flows.push_back(std::move(flow));
  }
  // Until so many have ended, in all.
  void take(std::size_t count) {
    pollfd watched{hlid_client_fd(client.get()), POLLIN, 0};
    while (order.size() < count) {
      ASSERT_EQ(::poll(&watched, 1, 60'000), 1) << order.size() << " of " << count << " have ended";
      look();
    }
  }
  void look() {
    if (host) (void)hlid_client_turn(client.get(), 0, requests_a_turn);
    std::array<hlid_completion, 16> some{};
    const std::size_t got = hlid_client_take(client.get(), some.data(), some.size());
    for (std::size_t i = 0; i < got; ++i) {
      order.push_back(some[i].tag);
      EXPECT_TRUE(ends.emplace(some[i].tag, ended(flows[some[i].tag], some[i].step)).second) << "twice: " << some[i].tag;
    }
  }
  // Until the server has so many requests.
  void wait_for_requests(const Server& server, std::size_t count) {
    pollfd watched{hlid_client_fd(client.get()), POLLIN, 0};
    const int64_t until = now_ms() + 60'000;
    while (server.journal().requests() < count && now_ms() < until) {
      ::poll(&watched, 1, 10);
      look();
    }
    ASSERT_GE(server.journal().requests(), count);
  }

  const App& app;
  const bool host;
  int64_t requests_a_turn = 0;
  Client client{};
  std::vector<Flow> flows{};
  std::vector<uint64_t> order{};  // in which they have ended
  std::map<uint64_t, Ended> ends{};
};

TEST_P(Room, libcurl_has_as_many_as_it_can_send) {
  constexpr std::size_t kFlows = 60;
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    most_at_libcurl = 0;
    auto gate = std::make_shared<Gate>();
    Server server(site(OAuthSite().on_path(kTokenPath, held(token_response(), gate))));
    const App app = make_app(server.origin(), connections("3"));
    Started started(app, turns);
    for (uint64_t tag = 0; tag < kFlows; ++tag) started.start(make_refresh(app, tag));
    started.wait_for_requests(server, h2() ? kFlows : 3);
    if (kCounts) {
      EXPECT_EQ(at_libcurl, static_cast<int>(h2() ? kFlows : 3));
    }
    EXPECT_EQ(hlid_client_in_flight(started.client.get()), kFlows);
    gate->open();
    started.take(kFlows);
    if (kCounts) {
      EXPECT_EQ(most_at_libcurl, static_cast<int>(h2() ? kFlows : 3));
    }
    EXPECT_LE(server.connections(), 3U);
    for (uint64_t tag = 0; tag < kFlows; ++tag) {
      EXPECT_TRUE(started.ends[tag].done()) << started.ends[tag].error.message;
      EXPECT_EQ(server.journal().count_value(value_of(tag)), 1U);
    }
  }
}

// HTTP/1.1, then, but libcurl 8.22 is sure of that only after the first response: nobody waits for it.
TEST(RoomOfSeveral, a_server_that_names_no_protocol) {
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    auto gate = std::make_shared<Gate>();
    TlsOptions options = tls();
    options.alpn.clear();
    Server server(OAuthSite().on_path(kTokenPath, held(token_response(), gate)).options(options));
    const App app = make_app(server.origin(), connections("3"));
    Started started(app, turns);
    for (uint64_t tag = 0; tag < 5; ++tag) started.start(make_refresh(app, tag));
    started.wait_for_requests(server, 3);
    EXPECT_EQ(server.journal().connection_records()[0].alpn, "");
    gate->open();
    started.take(5);
    for (const auto& [tag, end] : started.ends) EXPECT_TRUE(end.done()) << tag;
    EXPECT_EQ(server.connections(), 3U);
  }
}

// One waits inside libcurl, the others here; none of them keeps the processor busy.
TEST(RoomOfStreams, what_waits_for_a_stream_costs_nothing) {
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    auto gate = std::make_shared<Gate>();
    ServerOptions options =
        OAuthSite().on_path(kUserinfoPath, userinfo_response()).on_path(kTokenPath, held(token_response(), gate)).options(tls());
    options.http2.settings = {{hlid_test::kMaxConcurrentStreams, 2}};
    Server server(options);
    const App app = make_app(server.origin(), connections("1"));
    Started started(app, turns);
    // Its response comes after the server's SETTINGS.
    started.start(make_userinfo(app));
    started.take(1);
    for (uint64_t tag = 1; tag < 7; ++tag) started.start(make_refresh(app, tag));
    started.wait_for_requests(server, 3);
    pollfd watched{hlid_client_fd(started.client.get()), POLLIN, 0};
    const std::clock_t before = std::clock();
    for (const int64_t until = now_ms() + 1000; now_ms() < until;) {
      if (::poll(&watched, 1, 50) == 1) started.look();
    }
    EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 4) << "of a second";
    EXPECT_EQ(server.journal().requests(), 3U);
    gate->open();
    started.take(7);
    for (const auto& [tag, end] : started.ends) EXPECT_TRUE(end.done()) << tag << ": " << end.error.message;
    EXPECT_EQ(server.connections(), 1U);
  }
}

TEST_P(Room, they_go_in_the_order_in_which_they_came) {
  constexpr std::size_t kFlows = 20;
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    Server server(site());
    const App app = make_app(server.origin(), connections("1"));
    Started started(app, turns);
    for (uint64_t tag = 0; tag < kFlows; ++tag) started.start(make_refresh(app, tag));
    started.take(kFlows);
    EXPECT_EQ(server.connections(), 1U);
    const auto records = server.journal().request_records();
    ASSERT_EQ(records.size(), kFlows);
    for (uint64_t tag = 0; tag < kFlows; ++tag) {
      EXPECT_EQ(records[tag].request.form("refresh_token"), value_of(tag));
    }
    if (!h2()) {
      EXPECT_TRUE(std::is_sorted(started.order.begin(), started.order.end()));
    }
  }
}

TEST_P(Room, turns_of_one_request_each) {
  constexpr std::size_t kFlows = 40;
  Server server(site());
  const App app = make_app(server.origin(), connections("2"));
  Started started(app, Turns::host);
  started.requests_a_turn = 1;
  for (uint64_t tag = 0; tag < kFlows; ++tag) started.start(make_login(app));
  started.take(kFlows);
  for (uint64_t tag = 0; tag < kFlows; ++tag) EXPECT_TRUE(started.ends[tag].done()) << started.ends[tag].error.message;
  EXPECT_EQ(server.requests(kTokenPath), kFlows);
}

TEST_P(Room, calls_that_wait) {
  Server server(site());
  Signer signer(server.origin(), connections("1"));
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int login = 0; login < 5; ++login) done += signer.login().done() ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 30);
  EXPECT_EQ(server.connections(), 1U);
}

// A deadline, a cancel and a close reach what waits while the only connection is taken.
TEST(RoomOfOne, what_waits_may_end) {
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    auto gate = std::make_shared<Gate>();
    Server server(OAuthSite().on_path(kTokenPath, held(token_response(), gate)).options(tls()));
    const App app = make_app(server.origin(), connections("1", "1.1"));
    Started started(app, turns);
    started.start(make_refresh(app, 0));
    started.wait_for_requests(server, 1);
    started.start(make_refresh(app, 1, 200));
    started.start(make_refresh(app, 2));
    started.start(make_refresh(app, 3));
    EXPECT_EQ(hlid_flow_cancel(started.flows[2].get(), nullptr), HLID_OK);
    started.take(2);
    EXPECT_EQ(started.ends[1].error.reason, "timeout");
    EXPECT_FALSE(started.ends[1].error.outcome_unknown);
    EXPECT_EQ(started.ends[2].error.reason, "cancelled");
    EXPECT_FALSE(started.ends[2].error.outcome_unknown);
    EXPECT_EQ(server.journal().requests(), 1U);
    gate->open();
    started.take(4);
    EXPECT_TRUE(started.ends[0].done());
    EXPECT_TRUE(started.ends[3].done());
    EXPECT_EQ(server.journal().requests(), 2U);
    EXPECT_EQ(server.journal().count_value(value_of(1)) + server.journal().count_value(value_of(2)), 0U);
  }
}

TEST(RoomOfOne, a_close_ends_what_waits) {
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    Server server(OAuthSite().on_path(kTokenPath, no_reply(After::silent)).options(tls()));
    const App app = make_app(server.origin(), connections("1", "1.1"));
    Started started(app, turns);
    for (uint64_t tag = 0; tag < 20; ++tag) started.start(make_refresh(app, tag));
    started.wait_for_requests(server, 1);
    hlid_client_close(started.client.get());
    started.take(20);
    for (const auto& [tag, end] : started.ends) {
      EXPECT_EQ(end.error.reason, "closed");
      EXPECT_EQ(end.error.outcome_unknown, tag == 0);
    }
    EXPECT_EQ(server.journal().requests(), 1U);
    EXPECT_EQ(at_libcurl, 0);
  }
}

// The connection goes with the request that was broken off; the next has one of its own.
TEST(RoomOfOne, a_cancel_or_a_deadline_makes_room) {
  const auto answer = [](const Request& request) {
    return request.form("refresh_token") == value_of(0) ? no_reply(After::silent) : token_response();
  };
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    for (const bool cancels : {true, false}) {
      Server server(OAuthSite().on_path(kTokenPath, answer).options(tls()));
      const App app = make_app(server.origin(), connections("1", "1.1"));
      Started started(app, turns);
      started.start(make_refresh(app, 0, cancels ? 60'000 : 500));
      for (uint64_t tag = 1; tag < 3; ++tag) started.start(make_refresh(app, tag));
      if (cancels) {
        started.wait_for_requests(server, 1);
        EXPECT_EQ(hlid_flow_cancel(started.flows[0].get(), nullptr), HLID_OK);
      }
      started.take(3);
      EXPECT_EQ(started.ends[0].error.reason, cancels ? "cancelled" : "timeout");
      EXPECT_TRUE(started.ends[1].done() && started.ends[2].done());
      EXPECT_LE(server.connections(), 2U);
    }
  }
}

// request_interval_ms counts between the requests themselves, however long they have waited for room.
TEST(RoomOfOne, what_has_waited_is_paced) {
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    auto gate = std::make_shared<Gate>();
    Server server(OAuthSite().on_path(kTokenPath, held(token_response(), gate)).options(tls()));
    Settings settings = connections("1", "1.1");
    settings.emplace_back("request_interval_ms", "200");
    const App app = make_app(server.origin(), settings);
    Started started(app, turns);
    for (uint64_t tag = 0; tag < 3; ++tag) started.start(make_refresh(app, tag));
    started.wait_for_requests(server, 1);
    // Both could have begun by now.
    for (const int64_t until = now_ms() + 500; now_ms() < until; std::this_thread::sleep_for(std::chrono::milliseconds(5)))
      started.look();
    const int64_t opened = now_ms();
    gate->open();
    started.take(3);
    EXPECT_GE(now_ms() - opened, 200 - 1);
    EXPECT_EQ(started.order, (std::vector<uint64_t>{0, 1, 2}));
    for (const auto& [tag, end] : started.ends) EXPECT_TRUE(end.done()) << tag;
  }
}

// Also by one to another host, at a moment when the time of those that wait has come.
TEST(RoomOfOne, who_waits_for_the_interval_is_not_overtaken) {
  Server busy(OAuthSite().options(tls()));
  Server other(OAuthSite().options(tls()));
  const App app = make_app(busy.origin(), {{"http_version", "1.1"},
                                           {"token_endpoint_auth_method", "none"},
                                           {"request_interval_ms", "500"},
                                           {"integration_client_id", "integration"},
                                           {"integration_client_secret", "marked-secret"},
                                           {"integration_site", other.origin()}});
  Started started(app, Turns::host);
  started.start(make_refresh(app, 0));
  started.start(make_flow(app, "password_reset", {{"username", kUsername}}, 60'000));
  started.wait_for_requests(busy, 1);
  // Nobody turns the loop while the interval ends.
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  started.start(make_refresh(app, 2));
  started.wait_for_requests(busy, 2);
  EXPECT_GE(other.journal().requests(), 1U);
}

// The integration user's token comes from a host of its own.
TEST(RoomOfOne, a_busy_host_keeps_no_other_waiting) {
  for (const Turns turns : {Turns::keeper, Turns::host}) {
    auto gate = std::make_shared<Gate>();
    Server busy(OAuthSite().on_path(kTokenPath, held(token_response(), gate)).options(tls()));
    Server other(OAuthSite().options(tls()));
    Settings settings = connections("1", "1.1");
    settings.insert(settings.end(), {{"integration_client_id", "integration"},
                                     {"integration_client_secret", "marked-secret"},
                                     {"integration_site", other.origin()}});
    const App app = make_app(busy.origin(), settings);
    Started started(app, turns);
    for (uint64_t tag = 0; tag < 5; ++tag) started.start(make_refresh(app, tag));
    started.wait_for_requests(busy, 1);
    started.start(make_flow(app, "password_reset", {{"username", kUsername}}, 60'000));
    started.wait_for_requests(other, 1);
    EXPECT_EQ(busy.journal().requests(), 1U);
    gate->open();
    started.take(6);
    for (uint64_t tag = 0; tag < 5; ++tag) EXPECT_TRUE(started.ends[tag].done());
    EXPECT_EQ(busy.requests(kTokenPath), 5U);
  }
}

}  // namespace
}  // namespace client_test
