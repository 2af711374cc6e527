// H: what a server may answer, as far as the transport sees it.
#include <sys/resource.h>

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <tuple>

#include "support.h"

namespace client_test {
namespace {

using std::string_literals::operator""s;

class Answers : public BothProtocols {
 protected:
  // A login whose authorize request is answered with this.
  Ended login_with(const Reply& reply, int64_t timeout_ms = 5000) {
    Server server(site(OAuthSite().on_path(kAuthorizePath, reply)));
    Signer signer(server.origin());
    const Ended end = signer.login(timeout_ms);
    requests_ = server.requests(kAuthorizePath);
    received_ = server.journal().everything();
    EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
    return end;
  }
  std::size_t requests_ = 0;
  std::string received_;
};
RUN_OVER_BOTH(Answers);

class Http1Responses : public Answers {};
INSTANTIATE_TEST_SUITE_P(Client, Http1Responses, testing::Values(Http::one), protocol_name);

void expect_broken(const Ended& end, std::string_view what) {
  EXPECT_EQ(end.step, HLID_STEP_FAILED) << what;
  EXPECT_EQ(end.error.kind, HLID_E_PROTOCOL) << what << ": " << end.error.reason << ": " << end.error.message;
}

long resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

constexpr long kMostKib = kSlow ? 256 * 1024 : 4 * 1024;  // with a sanitizer: its shadow memory and quarantine

TEST_P(Answers, h03_redirects_are_not_followed) {
  Server other(site());
  for (const int status : {301, 302, 303, 307, 308}) {
    Server server(site(OAuthSite()
                           .on_path(kTokenPath, redirect_response(other.origin() + kTokenPath, status))
                           .on_path(kRevokePath, redirect_response(other.origin() + kRevokePath, status))));
    Signer signer(server.origin());
    EXPECT_EQ(signer.login().step, HLID_STEP_FAILED) << status;
    EXPECT_EQ(signer.revocation().step, HLID_STEP_FAILED) << status;
    EXPECT_EQ(server.requests(kTokenPath), 1U);
    EXPECT_EQ(server.requests(kRevokePath), 1U);
    EXPECT_EQ(server.journal().count_value("CODE=="), 1U);
  }
  EXPECT_EQ(other.connections(), 0U);
}

TEST_P(Answers, h08_challenges_are_not_answered) {
  for (const char* challenge : {"Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"n\"", "Negotiate", "NTLM"}) {
    const Ended end = login_with(http1(401, {{"WWW-Authenticate", challenge}}, "{}"));
    EXPECT_EQ(end.step, HLID_STEP_FAILED);
    EXPECT_EQ(end.error.http_status, 401);
    EXPECT_EQ(requests_, 1U) << challenge;
    EXPECT_EQ(received_.find("uthorization"), std::string::npos) << challenge;
  }
}

TEST_P(Answers, h11_overload_after_a_single_use_request_is_not_repeated) {
  for (const int status : {429, 500, 502, 503, 504}) {
    const Ended end = login_with(http1(status, {}, "busy"));
    EXPECT_EQ(end.step, HLID_STEP_FAILED);
    EXPECT_EQ(requests_, 1U) << status;
  }
}

TEST_P(Answers, h12_overload_after_a_safe_request_is_repeated_at_most_twice) {
  Server server(site(OAuthSite().on_path(kUserinfoPath, http1(503, {}, "busy"))));
  Signer signer(server.origin());
  EXPECT_EQ(signer.userinfo().step, HLID_STEP_FAILED);
  EXPECT_EQ(server.requests(kUserinfoPath), 3U);

  Server better(site(OAuthSite().on_path(kUserinfoPath, in_order({http1(503), http1(502), userinfo_response()}))));
  Signer patient(better.origin());
  EXPECT_TRUE(patient.userinfo().done());
}

TEST_P(Answers, n15_a_wait_beyond_the_deadline_ends_at_once) {
  Server server(site(OAuthSite().on_path(kUserinfoPath, http1(503, {{"Retry-After", "50"}}, "busy"))));
  Signer signer(server.origin());
  Ended end;
  EXPECT_LT(time_of([&] { end = signer.userinfo(3000); }), 2000);
  EXPECT_EQ(end.step, HLID_STEP_FAILED);
  EXPECT_EQ(end.error.advice, HLID_ADVICE_RETRY_LATER);
  EXPECT_EQ(server.requests(kUserinfoPath), 1U);
}

TEST_P(Answers, h13_interim_answers_are_skipped_up_to_a_cap) {
  const auto after = [](std::size_t count, int status) {
    OAuthSite answers;
    answers.change(0, [=](Reply reply) {
      reply.interim.assign(count, Interim{.status = status, .headers = {{"Link", "</x>; rel=preload"}}});
      return reply;
    });
    return answers;
  };
  for (const auto& [count, status, good] : {std::tuple{1U, 100, true}, {16U, 103, true}, {17U, 103, false}, {100U, 103, false}}) {
    Server server(site(after(count, status)));
    Signer signer(server.origin());
    const Ended end = signer.login(5000);
    EXPECT_EQ(end.done(), good) << count << ": " << end.error.message;
    if (!good) expect_broken(end, "too many interim responses");
  }
}

TEST_P(Http1Responses, h13_switching_protocols_is_refused) {
  expect_broken(login_with(raw_reply("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nbytes")),
                "101");
  EXPECT_EQ(requests_, 1U);
}

TEST_P(Http1Responses, h15_surplus_is_dropped_and_the_connection_is_not_used_again) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  const std::string json = kUserinfoJson;
  const std::string length = head + "Content-Length: " + std::to_string(json.size()) + "\r\n\r\n" + json;
  char size[16];
  std::snprintf(size, sizeof size, "%zx", json.size());
  const std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + json + "\r\n0\r\n\r\n";
  const std::string smuggled = "HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"access_token\":\"evil!\"}";
  for (const std::string& response : {length, chunked}) {
    for (const std::size_t slice : {std::size_t{0}, response.size()}) {
      Server server(site(OAuthSite().on_path(kUserinfoPath, sliced(raw_reply(response + smuggled), slice))));
      Signer signer(server.origin());
      EXPECT_TRUE(signer.userinfo().done());
      // The surplus has arrived by the time of the next request only where it came in the same write.
      if (slice == 0) {
        const Ended next = signer.login();
        EXPECT_TRUE(next.done()) << next.error.message;
        // What follows the last chunk libcurl throws away itself, and goes on.
        if (response == length) {
          EXPECT_GE(server.connections(), 2U);
        }
      }
    }
  }
}

TEST_P(Http1Responses, h15_surplus_that_comes_late_does_not_answer_the_next_request) {
  auto gate = std::make_shared<Gate>();
  const std::string json = kUserinfoJson;
  Reply reply = raw_reply("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) +
                          "\r\n\r\n" + json);
  reply.more = [](std::uint32_t, std::uint64_t round) {
    return round == 0 ? std::string("HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{\"access_token\":\"evil!\"}") : std::string();
  };
  Server server(site(OAuthSite().on_path(kUserinfoPath, reply)));
  Signer signer(server.origin());
  EXPECT_TRUE(signer.userinfo().done());
  ::usleep(100'000);  // for what is under way
  const Ended next = signer.login();
  EXPECT_TRUE(next.done()) << next.error.message;
  EXPECT_EQ(server.connections(), 2U);
}

TEST_P(Http1Responses, h16_lengths_that_contradict_each_other_are_refused) {
  for (const char* headers :
       {"Content-Length: 2\r\nContent-Length: 3\r\n", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "Content-Length: -1\r\n", "Content-Length: +2\r\n",
        "Content-Length: 18446744073709551616\r\n", "Content-Length: 2, 2\r\n", "Content-Length: 0x2\r\n", "Content-Length: \r\n",
        "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
    expect_broken(login_with(raw_reply(std::string("HTTP/1.1 200 OK\r\n") + headers + "\r\n{}\r\n", After::fin)), headers);
    EXPECT_EQ(requests_, 1U);
  }
}

TEST_P(Http1Responses, h17_chunks) {
  const auto response = [&](const std::string& body, After after = After::keep) {
    Server server(site(OAuthSite().on_path(
        kUserinfoPath,
        raw_reply("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + body, after))));
    Signer signer(server.origin());
    const Flow flow = make_userinfo(signer.app, 2000);
    return run(signer.client, flow);
  };
  const std::string json = kUserinfoJson;
  char size[16];
  std::snprintf(size, sizeof size, "%zx", json.size());
  const std::string whole = std::string(size) + "\r\n" + json + "\r\n";
  EXPECT_TRUE(response(whole + "0\r\n\r\n").done());
  EXPECT_TRUE(response(whole + "0\r\nX-Trailer: 1\r\nContent-Length: 99\r\nSet-Cookie: a=b\r\n\r\n").done());
  std::string single;
  for (const char c : json) single += std::string("1\r\n") + c + "\r\n";
  EXPECT_TRUE(response(single + "0\r\n\r\n").done());
  std::string spaces;
  for (int i = 0; i < 65'536; ++i) spaces += "1\r\n \r\n";
  EXPECT_TRUE(response(spaces + whole + "0\r\n\r\n").done());
  for (const std::string& bad :
       {std::string("xyz\r\n{}\r\n0\r\n\r\n"), "8000000000000000\r\n" + json, whole, std::string("-2\r\n{}\r\n0\r\n\r\n")}) {
    const Ended end = response(bad, After::fin);
    EXPECT_EQ(end.step, HLID_STEP_FAILED) << bad.substr(0, 20);
    EXPECT_TRUE(end.error.kind == HLID_E_PROTOCOL || end.error.kind == HLID_E_TRANSPORT);
  }
}

TEST_P(Answers, h18_a_body_without_end_stops_at_the_maximum) {
  for (const Framing framing : {Framing::length, Framing::chunked, Framing::until_end}) {
    Reply reply = http1(200, {{"Content-Type", "application/json"}});
    reply.framing = framing;
    reply.filler = std::uint64_t{1} << 30;
    // The allocators and the server's own threads take some now and then: what the client took shows every time.
    long least = std::numeric_limits<long>::max();
    for (int attempt = 0; attempt < 4 && least >= kMostKib; ++attempt) {
      const long before = resident_kib();
      expect_broken(login_with(reply, 20'000), "1 GiB");
      least = std::min(least, resident_kib() - before);
      EXPECT_EQ(requests_, 1U);
    }
    EXPECT_LT(least, kMostKib);
  }
  Reply most = http1(200, {{"Content-Type", "application/json"}}, "{}");
  most.framing = Framing::chunked;
  most.filler = (std::uint64_t{1} << 20) - 2;
  EXPECT_NE(login_with(most).error.reason, "response_too_large");
  most.filler += 1;
  EXPECT_EQ(login_with(most).error.reason, "response_too_large");
}

TEST_P(Answers, h19_content_codings_are_neither_asked_for_nor_unpacked) {
  for (const char* coding : {"gzip", "deflate", "br", "zstd", "x-gzip, gzip"}) {
    expect_broken(login_with(http1(200, {{"Content-Encoding", coding}, {"Content-Type", "application/json"}},
                                   "\x1f\x8b\x08 not even that")),
                  coding);
    for (const char* name : {"ccept-encoding", "ccept-Encoding", "\r\nTE:", "Expect:"}) {
      EXPECT_EQ(received_.find(name), std::string::npos) << name;
    }
  }
}

TEST_P(Answers, h20_headers_stop_at_the_maximum) {
  Reply many = http1(200, {}, "{}");
  for (int i = 0; i < 257; ++i) many.headers.emplace_back("X-H" + std::to_string(i), "v");
  expect_broken(login_with(many), "257 headers");

  Reply large = http1(200, {}, "{}");
  for (int i = 0; i < 20; ++i) large.headers.emplace_back("X-Large", std::string(3500, 'x'));
  expect_broken(login_with(large), "70 KiB of headers");

  // libcurl and nghttp2 have maxima of their own for one line; what they make of it is an end as well.
  Reply line = http1(200, {{"X-Line", std::string(1024 * 1024, 'x')}}, "{}");
  const Ended end = login_with(line);
  EXPECT_EQ(end.step, HLID_STEP_FAILED);
  EXPECT_TRUE(end.error.kind == HLID_E_PROTOCOL || (h2() && end.error.kind == HLID_E_TRANSPORT)) << end.error.message;

  if (h2()) return;
  Reply endless = raw_reply("HTTP/1.1 200 OK\r\n");
  endless.more = [](std::uint32_t, std::uint64_t) { return std::string("X-More: and more\r\n"); };
  expect_broken(login_with(endless), "headers without end");
}

TEST_P(Answers, h23_cookies_are_not_kept_h24_nor_anything_else) {
  Server other(site());
  OAuthSite answers;
  answers.change(0, [&](Reply reply) {
    for (int i = 0; i < 150; ++i)
      reply.headers.emplace_back("Set-Cookie", "c" + std::to_string(i) + "=v; Domain=localhost; Path=/");
    reply.headers.emplace_back("Set-Cookie", "all=v; Domain=.com");
    reply.headers.emplace_back("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    reply.headers.emplace_back("Alt-Svc", "h2=\":" + std::to_string(other.port()) + "\"; ma=86400");
    reply.headers.emplace_back("Refresh", "0; url=" + other.origin());
    reply.headers.emplace_back("Link", "<" + other.origin() + ">; rel=preload");
    reply.headers.emplace_back("Clear-Site-Data", "\"*\"");
    return reply;
  });
  Server server(site(answers));
  Signer signer(server.origin());
  const Ended first = signer.login();
  EXPECT_TRUE(first.done()) << first.error.message;
  EXPECT_TRUE(signer.login().done());
  for (const auto& record : server.journal().request_records()) EXPECT_EQ(record.request.header("cookie"), "");
  EXPECT_EQ(other.connections(), 0U);
}

TEST_P(Http1Responses, h25_what_is_no_http_is_refused) {
  for (const std::string& bytes :
       {std::string("hello\r\n"), std::string("<html>HTTP/0.9</html>"), std::string("HTTP/1.1\r\n\r\n"),
        std::string("HTTP/1.1 abc OK\r\n\r\n"), std::string("HTTP/1.1 99 No\r\n\r\n"), std::string("HTTP/1.1 2000 No\r\n\r\n"),
        std::string("HTTP/9.9 200 OK\r\n\r\n"), std::string("ICY 200 OK\r\n\r\n"), "\x16\x03\x01\x00\x00\xff\xfe\x00 binary"s,
        std::string("HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\n\r\n{}"),
        std::string("HTTP/1.1 200 OK\r\n folded: first\r\nContent-Length: 2\r\n\r\n{}"),
        std::string("HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 2\r\n\r\n{}"),
        std::string("HTTP/1.1 200 OK\r\nbad name: x\r\nContent-Length: 2\r\n\r\n{}"),
        "HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 2\r\n\r\n{}"s}) {
    expect_broken(login_with(raw_reply(bytes, After::fin)), bytes);
    EXPECT_EQ(requests_, 1U);
  }
  // Nothing at all, and a head that ends before its end, are silence.
  for (const char* bytes : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"}) {
    const Ended end = login_with(raw_reply(bytes, After::fin));
    EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << bytes << end.error.message;
    EXPECT_TRUE(end.error.outcome_unknown);
  }
}

TEST_P(Answers, h30_an_early_refusal_is_used_and_the_connection_is_not) {
  for (const int status : {400, 413}) {
    ServerOptions options = site();
    options.early = [status](const Request& request) -> std::optional<Reply> {
      if (request.number > 0) return std::nullopt;
      return http1(status, {{"Content-Type", "application/json"}}, R"({"error":"invalid_request"})");
    };
    Server server(options);
    Signer signer(server.origin());
    const Flow flow = make_flow(signer.app, "login", {{"username", kUsername}, {"password", std::string(16'000, 'p')}}, 5000);
    const Ended end = run(signer.client, flow);
    EXPECT_EQ(end.step, HLID_STEP_FAILED);
    EXPECT_EQ(end.error.http_status, status) << end.error.message;
    const Ended next = signer.login();
    EXPECT_TRUE(next.done()) << next.error.message;
  }
}

TEST_P(Answers, h31_a_late_answer_reaches_nobody) {
  auto gate = std::make_shared<Gate>();
  Reply late = held(token_response(R"({"access_token":"evil!late","token_type":"Bearer"})"), gate);
  late.heedless = true;
  Server server(site(OAuthSite().on_request(0, late)));
  Signer signer(server.origin());
  const Ended first = signer.login(200);
  EXPECT_EQ(first.error.reason, "timeout");
  EXPECT_TRUE(first.error.outcome_unknown);
  gate->open();
  for (int i = 0; i < 3; ++i) {
    const Ended next = signer.login();
    EXPECT_TRUE(next.done()) << next.error.message;
    EXPECT_EQ(next.access_token, kAccessToken);
  }
  if (!h2()) {
    EXPECT_EQ(server.connections(), 2U);
  }
}

TEST_P(Answers, u16_values_arrive_byte_for_byte) {
  const std::string odd = " a&client_id=evil&x=+%=;#\"\\\xf0\x9f\x98\x80\xe2\x80\xa8 ";
  for (const std::string& password : {odd, std::string(16'000, '%'), std::string("   ")}) {
    Server server(site());
    Signer signer(server.origin());
    const Flow flow = make_flow(signer.app, "login", {{"username", "\",\"otp\":\"1"}, {"password", password}});
    EXPECT_TRUE(run(signer.client, flow).done());
    const auto records = server.journal().request_records();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].request.form("password"), password);
    EXPECT_EQ(records[0].request.form("username"), "\",\"otp\":\"1");
  }
}

}  // namespace
}  // namespace client_test
