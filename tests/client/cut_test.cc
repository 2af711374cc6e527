// K12 and its kin: whatever breaks, a single-use request is seen once by the server.
#include <map>
#include <mutex>

#include "support.h"

namespace client_test {
namespace {

class Cuts : public BothProtocols {};
RUN_OVER_BOTH(Cuts);
class Http2Cuts : public BothProtocols {};
INSTANTIATE_TEST_SUITE_P(Client, Http2Cuts, testing::Values(Http::two), protocol_name);

constexpr std::size_t kStride = kSlow ? 11 : 1;  // bytes from one cut to the next

void expect_cut(const Ended& end, std::string_view where) {
  EXPECT_EQ(end.step, HLID_STEP_FAILED) << where;
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << where << ": " << end.error.message;
  EXPECT_TRUE(end.error.outcome_unknown) << where << ": " << end.error.message;
  EXPECT_EQ(end.error.advice, HLID_ADVICE_RESTART) << where;
}

// The marked secret of the login's nth request.
std::string secret_of(std::size_t request) { return request == 0 ? kPassword : kCode; }
std::string path_of(std::size_t request) { return request == 0 ? kAuthorizePath : kTokenPath; }

TEST_P(Cuts, k12_h14_connection_cut_at_every_byte_of_the_answer) {
  for (const std::size_t request : {std::size_t{0}, std::size_t{1}}) {
    Request example;
    example.method = "POST";
    example.path = path_of(request);
    example.body = "redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=0123456789012345678901234567890123456789012";
    const Reply whole = OAuthSite::default_response(example);
    const std::size_t size = h2() ? http2_bytes(whole).size() : http1_bytes(whole).size();
    for (const After after : {After::rst, After::fin, After::no_notify}) {
      // Every byte for one kind of end, and some for the others.
      const std::size_t stride = after == After::rst ? kStride : 23;
      for (std::size_t at = 0; at < size; at += stride) {
        Server server(site(OAuthSite().cut_response(request, at, after)));
        Signer signer(server.origin());
        expect_cut(signer.login(5000), path_of(request) + " answer at " + std::to_string(at));
        EXPECT_EQ(server.journal().count_value(secret_of(request)), 1U) << at;
        EXPECT_EQ(server.requests(path_of(request)), 1U);
      }
    }
  }
}

TEST_P(Cuts, k12_connection_cut_at_every_byte_of_the_request) {
  for (const std::size_t request : {std::size_t{0}, std::size_t{1}}) {
    std::size_t size = 0;
    {
      Server server(site());
      EXPECT_TRUE(Signer(server.origin()).login().done());
      size = server.journal().request_records()[request].bytes;
    }
    for (const After after : {After::rst, After::fin, After::close}) {
      const std::size_t stride = after == After::rst ? kStride * 2 : 41;
      for (std::size_t at = 0; at <= size; at += stride) {
        Server server(site(OAuthSite().cut_request(request, at, after)));
        Signer signer(server.origin());
        expect_cut(signer.login(5000), path_of(request) + " request at " + std::to_string(at));
        EXPECT_LE(server.journal().count_value(secret_of(request)), 1U) << at;
        EXPECT_EQ(server.journal().request_records().size(), request + 1) << at;
      }
    }
  }
}

TEST_P(Cuts, h29_reused_connection_dies_after_it_took_a_single_use_request) {
  for (const After after : {After::rst, After::fin, After::no_notify, After::close}) {
    Server server(site(OAuthSite().on_request(2, no_reply(after))));
    Signer signer(server.origin());
    EXPECT_TRUE(signer.login().done());
    expect_cut(signer.login(5000), "reused connection");
    EXPECT_EQ(server.requests(kAuthorizePath), 2U);
    EXPECT_EQ(server.journal().count_value(kPassword), 2U);  // once a login
    const Ended next = signer.login();
    EXPECT_TRUE(next.done()) << next.error.message;
  }
}

TEST_P(Cuts, h29_safe_requests_too_are_repeated_by_the_flow_alone) {
  // Answered once, so that the connection is a used one; from then on it dies each time.
  for (const After after : {After::rst, After::fin}) {
    OAuthSite answers;
    answers.on_path(kUserinfoPath, in_order({userinfo_response(), no_reply(after)}));
    answers.on_path(kRevokePath, in_order({http1(200), no_reply(after)}));
    Server server(site(answers));
    Signer signer(server.origin());
    EXPECT_TRUE(signer.userinfo().done());
    const Ended get = signer.userinfo(10'000);
    EXPECT_EQ(get.error.kind, HLID_E_TRANSPORT) << get.error.message;
    EXPECT_FALSE(get.error.outcome_unknown);
    EXPECT_EQ(server.requests(kUserinfoPath), 1U + 3U);
    EXPECT_TRUE(signer.revocation().done());
    EXPECT_EQ(signer.revocation(10'000).error.kind, HLID_E_TRANSPORT);
    EXPECT_EQ(server.requests(kRevokePath), 1U + 3U);
  }
}

// What breaks HTTP's rules may have been done all the same: no complete response says what.
TEST(BrokenResponses, h16_h25_outcome_is_unknown_after_a_single_use_request) {
  std::string interim;
  for (int i = 0; i < 300; ++i) interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  TlsOptions wire = tls();
  wire.alpn = {"http/1.1"};
  for (const std::string& response :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        std::string("\x15\x03\x01 garbage\r\n\r\n"), interim, std::string("HTTP/1.1 200 OK\r\nno header\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")}) {
    OAuthSite answers;
    answers.on_path(kTokenPath, raw_reply(response, After::fin)).on_path(kUserinfoPath, raw_reply(response, After::fin));
    Server server(answers.options(wire));
    Signer signer(server.origin());
    const Ended end = signer.login(5000);
    EXPECT_EQ(end.step, HLID_STEP_FAILED) << response;
    EXPECT_TRUE(end.error.outcome_unknown) << response << ": " << end.error.reason;
    EXPECT_EQ(end.error.advice, HLID_ADVICE_RESTART) << response;
    EXPECT_EQ(server.requests(kTokenPath), 1U) << response;
    EXPECT_FALSE(signer.userinfo(5000).error.outcome_unknown) << response;  // may be sent again
  }
}

TEST_P(Cuts, k11_a_token_that_comes_after_the_deadline) {
  auto gate = std::make_shared<Gate>();
  Server server(site(OAuthSite().on_path(kTokenPath, held(token_response(), gate))));
  Signer signer(server.origin());
  Ended end;
  const int64_t took = time_of([&] { end = signer.login(300); });
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT);
  EXPECT_EQ(end.error.reason, "timeout");
  EXPECT_TRUE(end.error.outcome_unknown);
  EXPECT_GE(took, 299);
  EXPECT_LT(took, 300 + kSlack);
  gate->open();
  EXPECT_EQ(server.requests(kTokenPath), 1U);
  EXPECT_EQ(server.journal().count_value("CODE=="), 1U);
}

TEST_P(Http2Cuts, h26_a_refused_stream_never_left) {
  {
    Server server(site(OAuthSite().on_request(0, reset_stream(H2Error::refused_stream))));
    Signer signer(server.origin());
    const Ended end = signer.login(5000);
    EXPECT_TRUE(end.done()) << end.error.message;
    EXPECT_EQ(server.requests(kTokenPath), 1U);
  }
  // On a kept connection as well, and where the whole connection ends.
  for (const auto& refuse : {reset_stream(H2Error::refused_stream), goaway_below(), goaway_below(H2Error::enhance_your_calm),
                             goaway_below(H2Error::no_error, After::keep)}) {
    for (const std::size_t request : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
      Server server(site(OAuthSite().on_request(request, refuse)));
      Signer signer(server.origin());
      if (request == 2) {
        EXPECT_TRUE(signer.login().done());
      }
      const Ended end = signer.login(5000);
      EXPECT_TRUE(end.done()) << request << ": " << end.error.reason << ": " << end.error.message;
      EXPECT_EQ(server.journal().requests(), (request == 2 ? 4U : 2U) + 1U);  // once more, and no more than that
    }
  }
  // What was refused once, and then taken by a server that dies, is not repeated again.
  for (const std::size_t request : {std::size_t{0}, std::size_t{2}}) {
    Server server(site(OAuthSite().on_request(request, goaway_below()).on_request(request + 1, no_reply(After::rst))));
    Signer signer(server.origin());
    if (request == 2) {
      EXPECT_TRUE(signer.login().done());
    }
    expect_cut(signer.login(5000), "taken the second time");
    EXPECT_EQ(server.journal().requests(), request + 2);
  }
  // Refused for good: a clean failure, and as often as the flow asked.
  Server server(site(OAuthSite().on_path(kAuthorizePath, reset_stream(H2Error::refused_stream))));
  Signer signer(server.origin());
  const Ended end = signer.login(5000);
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT);
  EXPECT_LE(server.requests(kAuthorizePath), 3U);
}

// The server ends a connection gracefully with many requests on it, over and over: RFC 9113 6.8.
TEST_P(Http2Cuts, h26_connections_that_end_under_many_flows) {
  constexpr uint64_t kFlows = 100;
  struct Seen {
    std::mutex mutex{};
    std::map<std::size_t, uint32_t> ended{};  // connection to its last stream
    std::map<std::string, int> answered{};    // login's state to its responses
  };
  for (const bool at_once : {true, false}) {
    for (const char* connections : {"4", "64"}) {
      auto seen = std::make_shared<Seen>();
      OAuthSite answers;
      const auto response = [seen, at_once](const Request& request) {
        const std::lock_guard lock(seen->mutex);
        const auto ended = seen->ended.find(request.connection);
        if (ended != seen->ended.end() && request.stream > ended->second) {
          Reply nothing;
          nothing.frames = [](std::uint32_t) { return std::string(); };
          return nothing;
        }
        if (request.path.ends_with("/authorize")) ++seen->answered[request.form("state")];
        Reply reply = OAuthSite::default_response(request);
        if (request.stream != 39) return reply;
        seen->ended[request.connection] = request.stream;
        reply.frames = [reply, at_once](std::uint32_t stream) {
          return at_once ? h2_goaway(stream, H2Error::no_error) + http2_bytes(reply, stream)
                         : http2_bytes(reply, stream) + h2_goaway(0x7fffffffU, H2Error::no_error) +
                               h2_goaway(stream, H2Error::no_error);
        };
        return reply;
      };
      answers.on_path("/authorize", response).on_path("/token", response);
      Server server(site(answers));
      Signer signer(server.origin(), {{"max_connections", connections}});
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
      EXPECT_EQ(seen->answered.size(), kFlows);
      for (const auto& [state, times] : seen->answered) EXPECT_EQ(times, 1) << state;
      // A request that two connections refused gets one of its own, so how many reach their twentieth is a matter of timing.
      // Spread over 64, all may stay below it.
      if (connections == std::string_view("4")) {
        EXPECT_FALSE(seen->ended.empty());
      }
    }
  }
}

TEST_P(Http2Cuts, h27_a_stream_that_was_taken_and_reset_is_not_repeated) {
  for (const auto& reset : {reset_stream(H2Error::cancel), reset_stream(H2Error::internal_error), reset_stream(H2Error::no_error),
                            goaway_at(), goaway_at(H2Error::enhance_your_calm, After::rst)}) {
    for (const std::size_t request : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
      Server server(site(OAuthSite().on_request(request, reset)));
      Signer signer(server.origin());
      if (request == 2) {
        EXPECT_TRUE(signer.login().done());
      }
      expect_cut(signer.login(2000), "reset of request " + std::to_string(request));
      EXPECT_EQ(server.journal().requests(), request + 1);
    }
  }
}

TEST_P(Http2Cuts, h28_floods_end_by_the_deadline) {
  for (const Flood kind : {Flood::settings, Flood::ping, Flood::empty_data, Flood::continuation, Flood::push_promise,
                           Flood::window_update, Flood::rst_stream, Flood::headers}) {
    Server server(site(OAuthSite().on_path(kAuthorizePath, flood(kind))));
    Signer signer(server.origin());
    Ended end;
    const int64_t took = time_of([&] { end = signer.login(500); });
    EXPECT_EQ(end.step, HLID_STEP_FAILED);
    EXPECT_TRUE(end.error.kind == HLID_E_TRANSPORT || end.error.kind == HLID_E_PROTOCOL);
    EXPECT_LT(took, 500 + kSlack) << static_cast<int>(kind);
    EXPECT_EQ(server.requests(kAuthorizePath), 1U);
  }
}

// A hundred answers at once on one connection are no flood.
TEST_P(Http2Cuts, h28_many_honest_answers_at_once) {
  constexpr uint64_t kFlows = 100;
  auto gate = std::make_shared<Gate>();
  const std::string large =
      R"({"sub":"s","user_id":"005","organization_id":"00D","padding":")" + std::string(50'000, 'p') + "\"}";
  Server server(site(OAuthSite().on_path(kUserinfoPath, held(json_reply(200, large), gate))));
  Signer signer(server.origin());
  std::vector<Flow> flows;
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    flows.push_back(make_userinfo(signer.app, 60'000));
    EXPECT_EQ(hlid_client_start(signer.client.get(), flows.back().get(), tag, HLID_START_WAIT, nullptr), HLID_OK);
  }
  EXPECT_TRUE(server.journal().wait_for_requests(kFlows, Milliseconds(60'000)));
  gate->open();
  for (uint64_t tag = 0; tag < kFlows; ++tag) {
    hlid_completion completion{};
    EXPECT_EQ(hlid_client_wait(signer.client.get(), tag, 60'000, &completion, nullptr), HLID_OK);
    const Ended end = ended(flows[tag], completion.step);
    EXPECT_TRUE(end.done()) << tag << ": " << end.error.reason << ": " << end.error.message;
  }
  EXPECT_EQ(server.requests(kUserinfoPath), kFlows);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_P(Http2Cuts, h28_a_window_that_stays_shut_ends_by_the_deadline) {
  ServerOptions options = site();
  options.http2.settings = {{kInitialWindowSize, 10}};
  options.http2.grant_window = false;
  Server server(options);
  Signer signer(server.origin());
  const Ended end = signer.login(300);
  EXPECT_EQ(end.error.reason, "timeout");
  EXPECT_TRUE(end.error.outcome_unknown);
}

}  // namespace
}  // namespace client_test
