// N: names, connections, time limits, and what cancelling and closing leave behind.
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <mutex>

#include "tls_support.h"

namespace client_test {
namespace {

class Network : public BothProtocols {};
RUN_OVER_BOTH(Network);

TEST(Network, n01_no_such_name) {
  Signer signer("https://no-such-site.invalid");
  Ended end;
  const int64_t took = time_of([&] { end = signer.login(5000); });
  // A machine without any name server may need longer to say so.
  if (end.error.reason == "no_host") {
    expect_lasting(end, "no_host");
    EXPECT_EQ(end.error.field, "site");
  } else {
    expect_never_left(end, end.error.reason == "timeout" ? "timeout" : "no_name_server");
  }
  EXPECT_LT(took, 5000 + kSlack);
  EXPECT_EQ(end.error.message.find(kPassword), std::string::npos);
}

// `localhost` is ::1 and then 127.0.0.1 to libcurl, whatever the system says.
TEST_P(Network, n03_first_address_refuses) {
  std::unique_ptr<Server> server;
  std::unique_ptr<RefusingPort> dead;
  while (!server) {
    dead = std::make_unique<RefusingPort>(true);
    server = server_at(site(), dead->port());
  }
  Signer signer(server->origin());
  Ended end;
  const int64_t took = time_of([&] { end = signer.login(20'000); });
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_LT(took, kSlack);
}

TEST_P(Network, n03_first_address_swallows_everything) {
  std::unique_ptr<Server> server;
  std::unique_ptr<BlackHolePort> hole;
  while (!server) {
    hole = std::make_unique<BlackHolePort>(true);
    server = server_at(site(), hole->port());
  }
  Signer signer(server->origin());
  Ended end;
  const int64_t took = time_of([&] { end = signer.login(20'000); });
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_LT(took, 1000 + kSlack);
}

TEST_P(Network, n03_second_address_is_the_dead_one) {
  std::unique_ptr<Server> server;
  std::unique_ptr<RefusingPort> dead;
  ServerOptions options = site();
  options.ipv6 = true;
  while (!server) {
    dead = std::make_unique<RefusingPort>();
    server = server_at(options, dead->port());
  }
  const Ended end = Signer(server->origin()).login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
}

TEST(Network, n04_connection_refused) {
  const RefusingPort dead;
  const RefusingPort dead6(true);
  Sites sites;
  sites.add_at("IPv4", "https://127.0.0.1:" + std::to_string(dead.port()));
  sites.add_at("IPv6", "https://[::1]:" + std::to_string(dead6.port()));
  const int64_t took =
      sites.run([](const Sites::Site& site, const Ended& end) { expect_never_left(end, "no_connection", site.name); });
  EXPECT_LT(took, 700 + kSlack);
}

TEST(Network, n04_unreachable) { expect_never_left(Signer("https://255.255.255.255").login(2000), "no_connection"); }

TEST(Network, n04_black_hole) {
  const BlackHolePort hole;
  Ended end;
  const int64_t took = time_of([&] { end = Signer("https://127.0.0.1:" + std::to_string(hole.port())).login(300); });
  expect_never_left(end, "timeout");
  EXPECT_GE(took, 299);
  EXPECT_LT(took, 300 + kSlack);
}

TEST_P(Network, n04_connection_is_reset_as_soon_as_it_stands) {
  ServerOptions options = site();
  options.on_accept = [](std::size_t) { return After::rst; };
  Server server(options);
  const Ended end = Signer(server.origin()).login(5000);
  expect_never_left(end, end.error.reason);
  EXPECT_EQ(server.connections(), 3U);  // what never left is repeated
  expect_untouched(server, "reset");
}

TEST_P(Network, n04_repeated_within_the_deadline) {
  ServerOptions options = site();
  options.on_accept = [](std::size_t connection) { return connection < 2 ? After::rst : After::keep; };
  Server server(options);
  const Ended end = Signer(server.origin()).login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_EQ(server.connections(), 3U);
  EXPECT_EQ(server.journal().count_value(kPassword), 1U);
}

void expect_late(const Ended& end, const std::string& what) {
  EXPECT_EQ(end.step, HLID_STEP_FAILED) << what;
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << what << ": " << end.error.message;
  EXPECT_EQ(end.error.reason, "timeout") << what << ": " << end.error.message;
  EXPECT_EQ(end.error.advice, HLID_ADVICE_RESTART) << what;
  EXPECT_TRUE(end.error.outcome_unknown) << what;
}

// What reads everything and says nothing, and what says a byte now and then: the whole time counts, not the idle.
TEST_P(Network, n05_answers_that_stall) {
  constexpr int64_t kLimit = 300;
  Sites sites;
  for (const char* path : {kAuthorizePath, kTokenPath}) {
    const Reply whole =
        path == std::string(kTokenPath) ? token_response() : redirect_response("https://app.example/cb?code=c&state=s");
    sites.add(path + std::string(" silent"), site(OAuthSite().on_path(path, no_reply(After::silent))), "localhost", {}, kLimit);
    sites.add(path + std::string(" cut and silent"), site(OAuthSite().on_path(path, cut(whole, 60, After::silent))), "localhost",
              {}, kLimit);
    sites.add(path + std::string(" a byte every 10 s"), site(OAuthSite().on_path(path, sliced(whole, 1, Milliseconds(10'000)))),
              "localhost", {}, kLimit);
    sites.add(path + std::string(" a byte every 20 ms"), site(OAuthSite().on_path(path, sliced(whole, 1, Milliseconds(20)))),
              "localhost", {}, kLimit);
  }
  const int64_t took = sites.run([](const Sites::Site& site, const Ended& end) {
    expect_late(end, site.name);
    EXPECT_EQ(site.server->journal().count_value(kPassword), 1U) << site.name;
    EXPECT_LE(site.server->journal().count_value(kCode), 1U) << site.name;
  });
  EXPECT_GE(took, kLimit - 1);
  EXPECT_LT(took, kLimit + kSlack);
}

TEST_P(Network, n06_peer_stops_reading) {
  constexpr int64_t kLimit = 300;
  for (const std::size_t at : {0U, 200U}) {
    ServerOptions options = site(OAuthSite().cut_request(0, at, After::deaf));
    options.receive_buffer = 2048;
    Server server(options);
    Signer signer(server.origin());
    const Flow flow = make_flow(signer.app, "login", {{"username", kUsername}, {"password", std::string(16'000, 'p')}}, kLimit);
    Ended end;
    const int64_t took = time_of([&] { end = run(signer.client, flow); });
    expect_late(end, std::to_string(at));
    EXPECT_GE(took, kLimit - 1);
    EXPECT_LT(took, kLimit + kSlack);
    EXPECT_EQ(server.journal().requests(), 0U);
  }
}

// request_interval_ms: over the requests of one flow and over all flows of the client.
TEST_P(Network, n05_requests_that_are_paced) {
  Server server(site(OAuthSite().on_path(kUserinfoPath, userinfo_response())));
  Signer signer(server.origin(), {{"request_interval_ms", "200"}});
  const int64_t took = time_of([&] {
    EXPECT_TRUE(signer.login(5000).done());
    EXPECT_TRUE(signer.login(5000).done());
  });
  EXPECT_GE(took, 3 * 200 - 1);  // four requests
  EXPECT_EQ(server.journal().requests(), 4U);
  Signer slow(server.origin(), {{"request_interval_ms", "60000"}});
  EXPECT_TRUE(slow.userinfo(5000).done());
  const Ended end = slow.userinfo(100);
  EXPECT_EQ(end.error.reason, "timeout");
  EXPECT_FALSE(end.error.outcome_unknown);
  const Flow waiting = make_userinfo(slow.app);
  hlid_error* error = nullptr;
  ASSERT_EQ(hlid_client_start(slow.client.get(), waiting.get(), 1, HLID_START_WAIT, &error), HLID_OK);
  ASSERT_EQ(hlid_flow_cancel(waiting.get(), &error), HLID_OK);
  hlid_completion completion{};
  ASSERT_EQ(hlid_client_wait(slow.client.get(), 1, 1000, &completion, &error), HLID_OK);
  EXPECT_EQ(said(hlid_flow_error(waiting.get())).reason, "cancelled");
  EXPECT_EQ(server.journal().requests(), 5U);
}

TEST(Network, n07_deadlines_out_of_range) {
  Server server(OAuthSite().options(tls()));
  Signer signer(server.origin());
  for (const int64_t limit : {INT64_MIN, int64_t{-1}, int64_t{600'001}, int64_t{1} << 40, INT64_MAX}) {
    const Flow flow = make_login(signer.app);
    hlid_error* error = nullptr;
    EXPECT_EQ(hlid_flow_set_timeout_ms(flow.get(), limit, &error), HLID_E_ARGUMENT) << limit;
    EXPECT_EQ(said(error).field, "timeout_ms") << limit;
    hlid_error_free(error);
    error = nullptr;
    Said refused;
    EXPECT_EQ(make_app(server.origin(), {{"timeout_ms", std::to_string(limit)}}, &refused), nullptr) << limit;
    EXPECT_EQ(refused.field, "timeout_ms") << limit;
  }
  EXPECT_EQ(server.connections(), 0U);
  EXPECT_TRUE(run(signer.client, make_login(signer.app, 600'000)).done());
}

TEST_P(Network, n07_one_millisecond) {
  Server server(site());
  Signer signer(server.origin());
  for (int i = 0; i < 20; ++i) {
    Ended end;
    EXPECT_LT(time_of([&] { end = signer.login(1); }), kSlack);
    if (end.done()) continue;  // on a kept connection it may even be enough
    EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << end.error.message;
    EXPECT_EQ(end.error.reason, "timeout");
  }
  EXPECT_LE(server.journal().count_value(kPassword), 20U);
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
  EXPECT_TRUE(signer.login(10'000).done());
}

// Starts a flow, waits until the server is where it should be, ends it by `end`.
template <typename Reached, typename End>
Ended ended_early(const Signer& signer, const Flow& flow, Reached reached, End end) {
  EXPECT_EQ(hlid_client_start(signer.client.get(), flow.get(), 7, HLID_START_WAIT, nullptr), HLID_OK);
  reached();
  end();
  hlid_completion completion{};
  EXPECT_EQ(hlid_client_wait(signer.client.get(), 7, 10'000, &completion, nullptr), HLID_OK);
  EXPECT_EQ(hlid_client_wait(signer.client.get(), 7, 0, &completion, nullptr), HLID_E_STATE);  // once
  return ended(flow, completion.step);
}

// Cancelling and closing say as well whether a single-use request may have got there.
TEST_P(Network, n08_n09_ended_early_says_what_may_have_left) {
  for (const bool close : {false, true}) {
    const auto expect_ended = [&](const Ended& end, bool unknown, const char* where) {
      EXPECT_EQ(end.error.kind, HLID_E_STATE) << where;
      EXPECT_EQ(end.error.reason, close ? "closed" : "cancelled") << where;
      EXPECT_EQ(end.error.outcome_unknown, unknown) << where;
    };
    const auto end_of = [&](const Signer& signer, const Flow& flow) {
      return [&] {
        if (close) return hlid_client_close(signer.client.get());
        EXPECT_EQ(hlid_flow_cancel(flow.get(), nullptr), HLID_OK);
      };
    };
    {
      TlsOptions stalled = wire();
      stalled.fault = [](std::size_t) { return std::optional(HandshakeFault{.cut_out = 100, .after = After::silent}); };
      Server server(OAuthSite().options(stalled));
      Signer signer(server.origin());
      const Flow flow = make_login(signer.app);
      expect_ended(ended_early(
                       signer, flow, [&] { EXPECT_TRUE(server.journal().wait_for_connections(1, Milliseconds(5000))); },
                       end_of(signer, flow)),
                   false, "in the handshake");
      expect_untouched(server, "in the handshake");
    }
    for (const std::size_t request : {std::size_t{0}, std::size_t{1}}) {
      Server server(site(OAuthSite().on_request(request, no_reply(After::silent))));
      Signer signer(server.origin());
      const Flow flow = make_login(signer.app);
      expect_ended(ended_early(
                       signer, flow, [&] { EXPECT_TRUE(server.journal().wait_for_requests(request + 1, Milliseconds(5000))); },
                       end_of(signer, flow)),
                   true, "in a single-use request");
      EXPECT_EQ(server.journal().requests(), request + 1);
    }
    {
      Server server(site(OAuthSite().on_path(kUserinfoPath, no_reply(After::silent))));
      Signer signer(server.origin());
      const Flow flow = make_userinfo(signer.app);
      expect_ended(ended_early(
                       signer, flow, [&] { EXPECT_TRUE(server.journal().wait_for_requests(1, Milliseconds(5000))); },
                       end_of(signer, flow)),
                   false, "in a request that may be repeated");
    }
    {
      Server server(site(OAuthSite().on_path(kUserinfoPath, http1(503, {{"Retry-After", "20"}}))));
      Signer signer(server.origin());
      const Flow flow = make_userinfo(signer.app);
      expect_ended(ended_early(
                       signer, flow, [&] { EXPECT_TRUE(server.journal().wait_for_requests(1, Milliseconds(5000))); },
                       end_of(signer, flow)),
                   false, "in a pause");
      EXPECT_EQ(server.journal().requests(), 1U);
    }
  }
}

// The server takes ten, and ends each after a login; the client would like to have more of them.
TEST(Network, n10_server_takes_ten_connections) {
  TlsOptions wire = tls();
  wire.alpn = {"http/1.1"};
  ServerOptions options = OAuthSite()
                              .on_path(kTokenPath,
                                       [](const Request&) {
                                         Reply reply = then(token_response(), After::fin);
                                         reply.headers.emplace_back("Connection", "close");
                                         return reply;
                                       })
                              .options(wire);
  options.max_connections = 10;
  Server server(options);
  Signer signer(server.origin());
  constexpr uint64_t kFlows = 300;
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    flows.push_back(make_login(signer.app, 60'000));
    EXPECT_EQ(hlid_client_start(signer.client.get(), flows.back().get(), tag, HLID_START_WAIT, nullptr), HLID_OK);
  }
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    hlid_completion completion{};
    EXPECT_EQ(hlid_client_wait(signer.client.get(), tag, 60'000, &completion, nullptr), HLID_OK);
    const Ended end = ended(flows[tag], completion.step);
    EXPECT_TRUE(end.done()) << tag << ": " << end.error.reason << ": " << end.error.message;
  }
  EXPECT_EQ(server.requests(kTokenPath), kFlows);
}

TEST_P(Network, n11_one_address_family) {
  Server four(site());
  ServerOptions options = site();
  options.ipv6 = true;
  Server six(options);
  for (const std::string& site : {four.origin(), four.origin("127.0.0.1"), six.origin(), six.origin("[::1]")}) {
    const Ended end = Signer(site).login(5000);
    EXPECT_TRUE(end.done()) << site << ": " << end.error.message;
  }
}

TEST(Network, n11_zone_ids) {
  for (const char* site : {"https://[fe80::1%25lo]:1", "https://[fe80::1%lo]:1", "https://[::1%251]:1"}) {
    Said refused;
    EXPECT_EQ(make_app(site, {}, &refused), nullptr) << site;
    EXPECT_EQ(refused.field, "site") << site;
    EXPECT_EQ(refused.advice, HLID_ADVICE_FIX_ARGUMENT) << site;
  }
}

TEST_P(Network, n12_slow_and_in_single_bytes) {
  TlsOptions options = wire();
  options.fault = [](std::size_t) { return std::optional(HandshakeFault{.slice = 1}); };
  const Handler slow = [](const Request& request) {
    Reply reply = sliced(OAuthSite::default_response(request), 1);
    reply.delay = Milliseconds(300);
    return reply;
  };
  Sites sites;
  sites.add("slow", OAuthSite().on_path(kAuthorizePath, slow).on_path(kTokenPath, slow).options(options));
  EXPECT_GE(sites.run(expect_signed_in), 599);
}

// Three connections of ten are reset: at once, in the handshake, or in the response.
TEST_P(Network, n12_loss_by_reset) {
  ServerOptions options = site();
  options.on_accept = [](std::size_t connection) { return connection % 10 == 3 ? After::rst : After::keep; };
  options.tls->fault = [](std::size_t connection) -> std::optional<HandshakeFault> {
    if (connection % 10 == 6) return HandshakeFault{.cut_out = 300, .after = After::rst};
    return std::nullopt;
  };
  options.handler = [](const Request& request) {
    if (request.connection % 10 == 9) return cut(OAuthSite::default_response(request), 20, After::rst);
    return then(OAuthSite::default_response(request), After::fin);
  };
  Server server(options);
  Signer signer(server.origin());
  constexpr uint64_t kFlows = 40;
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    const Settings parameters = {{"username", kUsername}, {"password", "marked-" + std::to_string(tag) + "-end"}};
    flows.push_back(make_flow(signer.app, "login", parameters, 10'000));
    EXPECT_EQ(hlid_client_start(signer.client.get(), flows.back().get(), tag, HLID_START_WAIT, nullptr), HLID_OK);
  }
  std::size_t done = 0;
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    hlid_completion completion{};
    EXPECT_EQ(hlid_client_wait(signer.client.get(), tag, 20'000, &completion, nullptr), HLID_OK);
    const Ended end = ended(flows[tag], completion.step);
    EXPECT_LE(server.journal().count_value("marked-" + std::to_string(tag) + "-end"), 1U);
    if (end.done()) {
      ++done;
      continue;
    }
    EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << end.error.message;
    EXPECT_EQ(end.error.advice, end.error.outcome_unknown ? HLID_ADVICE_RESTART : HLID_ADVICE_RETRY_LATER) << end.error.reason;
  }
  EXPECT_GT(done, 0U);
}

TEST_P(Network, n13_captive_portal) {
  Server portal(OAuthSite().options());
  const std::string login_page = portal.origin() + "/login";
  const std::vector<std::pair<const char*, Reply>> answers{
      {"302", redirect_response(login_page)},
      {"307", redirect_response(login_page, 307)},
      {"200", http1(200, {{"Content-Type", "text/html"}}, "<html><form action='" + login_page + "'>Accept</form></html>")},
      {"511", http1(511, {{"Content-Type", "text/html"}}, "<html>Network Authentication Required</html>")},
  };
  Sites sites;
  for (const auto& [name, reply] : answers) {
    sites.add(name, site(OAuthSite().on_path(kAuthorizePath, reply)));
    sites.add(name + std::string(" at token"), site(OAuthSite().on_path(kTokenPath, reply)));
  }
  sites.run([](const Sites::Site& site, const Ended& end) {
    EXPECT_EQ(end.step, HLID_STEP_FAILED) << site.name;
    EXPECT_TRUE(end.error.kind == HLID_E_PROTOCOL || end.error.kind == HLID_E_REFUSED) << site.name << ": " << end.error.message;
    EXPECT_EQ(end.error.message.find("<"), std::string::npos) << end.error.message;
    EXPECT_EQ(site.server->journal().count_value(kPassword), 1U) << site.name;
  });
  Sites own_certificate;
  own_certificate.add("its own certificate", tls({.issuer = Issuer::unknown}));
  own_certificate.add("its own certificate and name", tls({.dns = {"portal.example"}, .issuer = Issuer::self}));
  own_certificate.run(expect_refused);
  EXPECT_EQ(portal.connections(), 0U);
}

TEST_P(Network, n15_says_when) {
  Server server(site(OAuthSite().on_path(kUserinfoPath, http1(503, {{"Retry-After", "40"}}))));
  Signer signer(server.origin());
  const Flow flow = make_userinfo(signer.app, 10'000);
  EXPECT_LT(time_of([&] { EXPECT_EQ(run(signer.client, flow).error.kind, HLID_E_REFUSED); }), 5000);
  EXPECT_EQ(hlid_error_retry_after_ms(hlid_flow_error(flow.get())), 40'000);
  EXPECT_EQ(hlid_error_advice(hlid_flow_error(flow.get())), HLID_ADVICE_RETRY_LATER);
}

// In a network with two ports to connect from, which are in use by then.
TEST(NetworkAlone, DISABLED_n16) {
  if (!is_alone()) GTEST_SKIP();
  ServerOptions options = OAuthSite().options(tls());
  options.port = 50'000;
  Server server(options);
  const auto dial = [&] {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
  };
  std::vector<int> taken;
  for (int i = 0; i < 16; ++i) {
    const int fd = dial();
    if (fd < 0) break;
    taken.push_back(fd);
  }
  ASSERT_LT(taken.size(), 16U) << "the range of ports is larger than asked for";
  Signer signer(server.origin("127.0.0.1"));
  expect_never_left(signer.login(3000), "no_connection", "no free port");
  EXPECT_EQ(server.journal().requests(), 0U);
  const linger at_once{.l_onoff = 1, .l_linger = 0};  // with RST: a port that waits out its time is not free
  for (const int fd : taken) {
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd);
  }
  const Ended end = signer.login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
}

TEST(Network, n16_no_free_port) {
  RUN_ALONE_OR_SKIP("NetworkAlone.DISABLED_n16", "echo 40000 40001 > /proc/sys/net/ipv4/ip_local_port_range");
}

void set_loopback(bool up) {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  ASSERT_EQ(::ioctl(fd, SIOCGIFFLAGS, &request), 0);
  const auto flags = static_cast<unsigned short>(request.ifr_flags);
  request.ifr_flags = static_cast<short>(up ? flags | IFF_UP : flags & static_cast<unsigned short>(~IFF_UP));
  ASSERT_EQ(::ioctl(fd, SIOCSIFFLAGS, &request), 0);
  ::close(fd);
}

TEST(NetworkAlone, DISABLED_n17) {
  if (!is_alone()) GTEST_SKIP();
  auto gate = std::make_shared<Gate>();
  Server server(OAuthSite().on_request(0, held(redirect_response("https://app.example/cb?code=late"), gate)).options(tls()));
  Signer signer(server.origin("127.0.0.1"));
  const Flow flow = make_login(signer.app, 500);
  const Ended end = ended_early(
      signer, flow, [&] { EXPECT_TRUE(server.journal().wait_for_requests(1, Milliseconds(5000))); },
      [&] {
        set_loopback(false);
        gate->open();
      });
  expect_late(end, "the interface went down");
  // While it is down, nothing leaves.
  const Ended down = signer.login(500);
  EXPECT_EQ(down.error.kind, HLID_E_TRANSPORT) << down.error.message;
  set_loopback(true);
  const Ended again = signer.login(10'000);
  EXPECT_TRUE(again.done()) << again.error.message;
}

TEST(Network, n17_interface_goes_down_in_mid_flow) { RUN_ALONE_OR_SKIP("NetworkAlone.DISABLED_n17", "true"); }

}  // namespace
}  // namespace client_test
