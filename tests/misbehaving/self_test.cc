// The misbehaving server, seen by libcurl: each kind of misbehaviour once, over HTTP/1.1 and HTTP/2.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "certificates.h"
#include "dead_ports.h"
#include "http1_connection.h"
#include "http2.h"
#include "oauth_site.h"
#include "proxy.h"
#include "self_test_client.h"
#include "server.h"

namespace hlid_test {
namespace {

constexpr Milliseconds kSoon{10000};

const Certificates& certificates() {
  static const Certificates kAll;
  return kAll;
}

TlsOptions tls(const Leaf& leaf = {}) {
  TlsOptions options;
  options.identity = certificates().leaf(leaf);
  return options;
}

const std::string kToken = "/services/oauth2/token";
const std::string kAuthorize = "/services/oauth2/authorize";

// Each test of this kind runs over both protocols.
class BothProtocols : public testing::TestWithParam<long> {
 protected:
  bool h2() const { return GetParam() == CURL_HTTP_VERSION_2TLS; }
  std::unique_ptr<TestClient> client() const { return std::make_unique<TestClient>(certificates().ca_pem(), GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Misbehaving, BothProtocols, testing::Values(CURL_HTTP_VERSION_1_1, CURL_HTTP_VERSION_2TLS),
                         [](const auto& which) { return which.param == CURL_HTTP_VERSION_1_1 ? "http1" : "http2"; });

TEST_P(BothProtocols, SignsIn) {
  Server server(OAuthSite().options(tls()));
  const auto curl = client();
  const Got code =
      curl->post(server.origin() + kAuthorize, "redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=a%20b&password=Secr%65t%21");
  EXPECT_EQ(code.code, CURLE_OK);
  EXPECT_EQ(code.status, 302);
  EXPECT_NE(code.headers.find("https://app.example/cb?code=CODE%3D%3D&state=a%20b"), std::string::npos) << code.headers;
  const Got token = curl->post(server.origin() + kToken, "code=CODE%3D%3D");
  EXPECT_EQ(token.status, 200);
  EXPECT_NE(token.body.find(kAccessToken), std::string::npos);
  EXPECT_EQ(token.version, h2() ? CURL_HTTP_VERSION_2_0 : CURL_HTTP_VERSION_1_1);

  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(server.journal().handshakes(), 1U);
  EXPECT_EQ(server.requests(kToken), 1U);
  EXPECT_EQ(server.count("code=CODE%3D%3D"), 1U);
  EXPECT_EQ(server.journal().count_value("CODE=="), 1U);
  EXPECT_EQ(server.journal().count_value("Secret!"), 1U);
  EXPECT_EQ(server.journal().count_value("never sent"), 0U);
  EXPECT_NE(server.journal().everything().find("CODE%3D%3D"), std::string::npos);
  EXPECT_EQ(server.journal().connection_records()[0].sni, "localhost");
}

TEST_P(BothProtocols, CutsResponseAtEveryByte) {
  const Reply whole = token_response();
  const std::size_t size = h2() ? http2_bytes(whole).size() : http1_bytes(whole).size();
  for (const After after : {After::rst, After::fin, After::no_notify}) {
    for (std::size_t at = 0; at < size; at += 7) {
      Server server(OAuthSite().on_path("/token", cut(whole, at, after)).options(tls()));
      const auto curl = client();
      const Got got = curl->post(server.origin() + kToken, "code=c");
      // libcurl calls it a success when the head itself ends in a FIN: with the status, and no body.
      EXPECT_TRUE(got.code != CURLE_OK || (!h2() && got.body.empty())) << at;
      EXPECT_GE(server.count("code=c"), 1U);
    }
  }
  Server server(OAuthSite().on_path("/token", cut(whole, size, After::fin)).options(tls()));
  EXPECT_EQ(client()->post(server.origin() + kToken, "code=c").code, CURLE_OK);
}

TEST_P(BothProtocols, CutsRequestAtEveryByte) {
  std::size_t size = 0;
  {
    Server server(OAuthSite().options(tls()));
    client()->post(server.origin() + kToken, "code=c");
    size = server.journal().request_records()[0].bytes;
  }
  ASSERT_GT(size, 20U);
  for (std::size_t at = 0; at <= size; at += at + 7 < size ? 7 : 1) {
    Server server(OAuthSite().cut_request(0, at).options(tls()));
    const auto curl = client();
    curl->set(CURLOPT_FRESH_CONNECT, 1L);
    EXPECT_NE(curl->post(server.origin() + kToken, "code=c").code, CURLE_OK) << at;
    EXPECT_EQ(server.journal().requests(), at == size ? 1U : 0U) << at;
    EXPECT_EQ(server.count("code=c"), at == size ? 1U : 0U) << at;
    EXPECT_EQ(server.journal().request_records()[0].bytes, at);
  }
}

// H29 as libcurl has it: the request is sent again behind the caller's back.
TEST_P(BothProtocols, SeesRepeatedRequestOnReusedConnection) {
  Server server(OAuthSite().on_request(1, no_reply(After::rst)).options(tls()));
  const auto curl = client();
  EXPECT_EQ(curl->post(server.origin() + kToken, "first=1").code, CURLE_OK);
  curl->post(server.origin() + kToken, "code=once");
  EXPECT_EQ(server.count("code=once"), 2U);
}

TEST_P(BothProtocols, ResponsesInSlices) {
  Server server(OAuthSite().on_path("/token", sliced(token_response(), 1, Milliseconds{0})).options(tls()));
  EXPECT_EQ(client()->post(server.origin() + kToken, "a=b").status, 200);
}

TEST_P(BothProtocols, HoldsResponseUntilGateOpens) {
  const auto gate = std::make_shared<Gate>();
  Server server(OAuthSite().on_path("/token", held(token_response(), gate)).options(tls()));
  std::thread opener([&] {
    EXPECT_TRUE(server.journal().wait_for_requests(1, kSoon));
    gate->open();
  });
  EXPECT_EQ(client()->post(server.origin() + kToken, "a=b").status, 200);
  opener.join();
}

TEST_P(BothProtocols, StaysSilentUntilClientGivesUp) {
  for (const After after : {After::silent, After::deaf}) {
    Server server(OAuthSite().on_path("/token", no_reply(after)).options(tls()));
    const auto curl = client();
    curl->set(CURLOPT_TIMEOUT_MS, 50L);
    EXPECT_EQ(curl->post(server.origin() + kToken, "a=b").code, CURLE_OPERATION_TIMEDOUT);
  }
}

TEST_P(BothProtocols, SendsLargeBodies) {
  for (const Framing framing : {Framing::length, Framing::chunked, Framing::until_end}) {
    Reply large = http1(200, {}, "begin");
    large.framing = framing;
    large.filler = 40'000'000;
    Server server(OAuthSite().on_path("/large", large).options(tls()));
    const Got got = client()->get(server.origin() + "/large");
    EXPECT_EQ(got.code, CURLE_OK);
    EXPECT_EQ(got.body.size(), 40'000'005U);
  }
}

TEST_P(BothProtocols, TakesLargeBodies) {
  Server server(OAuthSite().options(tls()));
  const std::string body = "a=" + std::string(3'000'000, 'b');
  EXPECT_EQ(client()->post(server.origin() + kToken, body).status, 200);
  EXPECT_EQ(server.journal().request_records()[0].request.body.size(), body.size());
}

TEST_P(BothProtocols, ResponsesBeforeBody) {
  ServerOptions options = OAuthSite().options(tls());
  options.early = [](const Request&) { return std::optional<Reply>(then(http1(413), After::fin)); };
  Server server(options);
  EXPECT_EQ(client()->post(server.origin() + kToken, std::string(500'000, 'b')).status, 413);
}

TEST_P(BothProtocols, SendsInterimResponsesAndTrailers) {
  Reply reply = token_response();
  reply.interim = {{103, {{"Link", "</x>"}}}, {103, {}}};
  reply.framing = Framing::chunked;
  reply.trailers = {{"x-trailer", "t"}};
  Server server(OAuthSite().on_path("/token", reply).options(tls()));
  const Got got = client()->post(server.origin() + kToken, "a=b");
  EXPECT_EQ(got.status, 200);
  EXPECT_NE(got.headers.find("103"), std::string::npos);
  EXPECT_NE(got.headers.find("x-trailer: t"), std::string::npos);
}

TEST_P(BothProtocols, StopsInTheMiddleOfEverything) {
  Reply slow = sliced(token_response(), 1, Milliseconds{100000});
  auto server = std::make_unique<Server>(OAuthSite().on_path("/token", slow).options(tls()));
  const std::string origin = server->origin();
  std::thread asker([&] { EXPECT_NE(client()->post(origin + kToken, "a=b").code, CURLE_OK); });
  EXPECT_TRUE(server->journal().wait_for_requests(1, kSoon));
  server->stop();
  server.reset();
  asker.join();
}

TEST_P(BothProtocols, GoesThroughProxy) {
  Server origin(OAuthSite().options(tls()));
  ServerOptions options;
  options.handler = proxy_to(origin.port(), "user:pass");
  Server proxy(options);
  const auto curl = client();
  curl->set(CURLOPT_PROXY, proxy.origin("127.0.0.1").c_str());
  EXPECT_NE(curl->post(origin.origin() + kToken, "a=b").code, CURLE_OK);
  EXPECT_EQ(origin.connections(), 0U);
  curl->set(CURLOPT_PROXYUSERPWD, "user:pass");
  EXPECT_EQ(curl->post(origin.origin() + kToken, "a=b").status, 200);
  EXPECT_EQ(origin.connections(), 1U);
  EXPECT_GE(proxy.journal().count_value("user:pass"), 1U);
  EXPECT_EQ(proxy.count("a=b"), 0U);
}

// With the first connection still open: libcurl 7.88 forgets the session of an HTTP/2 connection that it closes.
TEST_P(BothProtocols, ResumesSessions) {
  Server server(OAuthSite().options(tls()));
  const auto curl = client();
  curl->set(CURLOPT_FRESH_CONNECT, 1L);
  EXPECT_EQ(curl->post(server.origin() + kToken, "a=b").status, 200);
  EXPECT_EQ(curl->post(server.origin() + kToken, "a=b").status, 200);
  EXPECT_FALSE(server.journal().connection_records()[0].offered_session);
  EXPECT_TRUE(server.journal().connection_records()[1].offered_session);
  EXPECT_EQ(server.journal().resumed(), 1U);
}

TEST(Tls, ServersWithOneTicketKeyResumeEachOthersSessions) {
  TlsOptions options = tls();
  options.ticket_key = std::string(80, 'k');
  ServerOptions all = OAuthSite().options(options);
  TestClient curl(certificates().ca_pem());
  {
    Server first(all);
    all.port = first.port();
    EXPECT_EQ(curl.post(first.origin() + kToken, "a=b").status, 200);
  }
  Server second(all);
  EXPECT_EQ(curl.post(second.origin() + kToken, "a=b").status, 200);
  EXPECT_EQ(second.journal().resumed(), 1U);
}

TEST(Http2, FaultsOfItsOwn) {
  const std::vector<std::pair<const char*, Reply>> faults{
      {"refused", reset_stream(H2Error::refused_stream)},
      {"cancel", reset_stream(H2Error::cancel)},
      {"below", goaway_below()},
      {"at", goaway_at(H2Error::internal_error)},
      {"settings", flood(Flood::settings, 40)},
      {"ping", flood(Flood::ping, 40)},
      {"data", flood(Flood::empty_data, 40)},
      {"continuation", flood(Flood::continuation, 40)},
      {"push", flood(Flood::push_promise, 40)},
      {"window", flood(Flood::window_update, 40)},
      {"reset", flood(Flood::rst_stream, 40)},
      {"headers", flood(Flood::headers, 40)},
  };
  for (const auto& [name, fault] : faults) {
    Server server(OAuthSite().on_path("/token", then(fault, After::fin)).options(tls()));
    TestClient curl(certificates().ca_pem(), CURL_HTTP_VERSION_2TLS);
    EXPECT_NE(curl.post(server.origin() + kToken, "code=c").code, CURLE_OK) << name;
    EXPECT_GE(server.count("code=c"), 1U) << name;
  }
}

TEST(Http2, KeepsWindowClosed) {
  ServerOptions options = OAuthSite().options(tls());
  options.http2.settings = {{kInitialWindowSize, 0}};
  options.http2.grant_window = false;
  Server server(options);
  TestClient curl(certificates().ca_pem(), CURL_HTTP_VERSION_2TLS);
  curl.set(CURLOPT_TIMEOUT_MS, 200L);
  // More than the 65,535 bytes that may leave before the client has seen our SETTINGS.
  EXPECT_EQ(curl.post(server.origin() + kToken, std::string(200'000, 'b')).code, CURLE_OPERATION_TIMEDOUT);
  EXPECT_EQ(server.count(kToken), 1U);  // the headers came
}

TEST(Http2, WithPriorKnowledge) {
  Server server(OAuthSite().options());
  TestClient curl({}, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
  EXPECT_EQ(curl.post(server.origin() + kToken, "code=c").status, 200);
}

TEST(Http1, PlainAndSix) {
  ServerOptions options = OAuthSite().options();
  options.ipv6 = true;
  Server server(options);
  EXPECT_EQ(TestClient().post(server.origin("[::1]") + kToken, "a=b").status, 200);
}

TEST(Http1, RecordsChunkedRequestsDecoded) {
  Server server(OAuthSite().options());
  TestClient curl;
  curl_slist* headers = curl_slist_append(nullptr, "Transfer-Encoding: chunked");
  curl.set(CURLOPT_HTTPHEADER, headers);
  EXPECT_EQ(curl.post(server.origin() + kToken, "code=" + std::string(100'000, 'c')).status, 200);
  curl_slist_free_all(headers);
  EXPECT_EQ(server.count(std::string(100'000, 'c')), 1U);
}

TEST(Scripts, SayWhatTheyAreTold) {
  ServerOptions options;
  options.script = [](std::size_t) -> std::optional<Script> {
    return Script{ReadRequest{},         Send{.bytes = "HTTP/1.1 200 OK\r\nContent-Le"},
                  Wait{Milliseconds{1}}, Send{.bytes = "ngth: 2\r\n\r\nok", .slice = 3},
                  ReadBytes{4},          End{After::rst}};
  };
  Server server(options);
  TestClient curl;
  EXPECT_EQ(curl.get(server.origin()).body, "ok");
  curl.get(server.origin());
  EXPECT_EQ(server.count("GET "), 3U);  // libcurl repeats what was cut off
}

TEST(Scripts, AcceptAndVanish) {
  ServerOptions options = OAuthSite().options(tls());
  options.on_accept = [](std::size_t) { return After::rst; };
  Server server(options);
  EXPECT_NE(TestClient(certificates().ca_pem()).get(server.origin()).code, CURLE_OK);
  EXPECT_EQ(server.connections(), 1U);
}

Got over(TlsOptions options, const std::string& host = "localhost", bool trusted = true) {
  Server server(OAuthSite().options(std::move(options)));
  const std::string with_key = "/?secret=s";
  TestClient curl(certificates().ca_pem());
  curl.set(CURLOPT_TIMEOUT_MS, 3000L);
  const std::string resolve = host + ":" + std::to_string(server.port()) + ":127.0.0.1";
  curl_slist* list = curl_slist_append(nullptr, resolve.c_str());
  curl.set(CURLOPT_RESOLVE, list);
  const Got got = curl.get(server.origin(host) + with_key);
  curl_slist_free_all(list);
  EXPECT_EQ(server.count("secret"), trusted ? 1U : 0U);
  return got;
}

TEST(Tls, GoodCertificates) {
  EXPECT_EQ(over(tls()).status, 404);
  EXPECT_EQ(over(tls({.issuer = Issuer::intermediate})).status, 404);
  EXPECT_EQ(over(tls({.key = Key::rsa2048})).status, 404);
  EXPECT_EQ(over(tls({.dns = {"*.site.example"}}), "my.site.example").status, 404);
  EXPECT_EQ(over(tls({.extra_in_chain = 5})).status, 404);
}

TEST(Tls, BadCertificates) {
  const std::vector<Leaf> leaves{
      {.valid_from = -7200, .valid_until = -3600},
      {.valid_from = 3600},
      {.dns = {"other.example"}},
      {.dns = {std::string("localhost\0.evil.example", 23)}},
      {.issuer = Issuer::self},
      {.issuer = Issuer::unknown},
      {.issuer = Issuer::missing_intermediate},
      {.issuer = Issuer::not_a_ca},
      {.issuer = Issuer::path_length},
      {.issuer = Issuer::name_constraints},
      {.issuer = Issuer::weak_signature},
      {.issuer = Issuer::weak_key},
      {.digest = Digest::sha1},
      {.key = Key::rsa1024},
      {.padding = 1'000'000},
      {.extra_in_chain = 150},
      {.for_clients = true},
  };
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const Got got = over(tls(leaves[i]), "localhost", false);
    EXPECT_TRUE(got.code == CURLE_PEER_FAILED_VERIFICATION || got.code == CURLE_SSL_CONNECT_ERROR) << i << ' ' << got.code;
  }
  EXPECT_NE(over(tls({.dns = {"*.example"}}), "two.deep.example", false).code, CURLE_OK);
  EXPECT_NE(over(tls({.dns = {"*.site.example"}}), "two.deep.site.example", false).code, CURLE_OK);
  EXPECT_EQ(certificates().public_key_pin(tls().identity).size(), 8U + 44U);
}

TEST(Tls, NameInCommonNameAlone) {
  // libcurl 7.88 still believes it where there is no SAN at all; whoever must not has to see to it.
  const Leaf leaf{.dns = {}, .ips = {}, .common_name = "localhost"};
  EXPECT_EQ(over(tls(leaf)).status, 404);
}

TEST(Tls, FailingHandshakes) {
  const std::vector<HandshakeFault> faults{
      {.instead = "HTTP/1.1 400 Bad Request\r\n\r\n", .after = After::fin},
      {.instead = std::string(1000, 'g'), .after = After::fin},
      {.instead = tls_alert(40), .after = After::fin},
      {.instead = tls12_certificate_flight({"not DER at all"}), .after = After::fin},
      {.cut_out = 0, .after = After::rst},
      {.cut_out = 100, .after = After::rst},
      {.cut_in = 60, .after = After::fin},
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    TlsOptions options = tls();
    options.fault = [&, i](std::size_t) { return std::optional(faults[i]); };
    EXPECT_EQ(over(options, "localhost", false).code, CURLE_SSL_CONNECT_ERROR) << i;
  }
  TlsOptions stalled = tls();
  stalled.fault = [](std::size_t) { return std::optional(HandshakeFault{.cut_out = 100, .after = After::silent}); };
  Server server(OAuthSite().options(stalled));
  TestClient curl(certificates().ca_pem());
  curl.set(CURLOPT_TIMEOUT_MS, 100L);
  EXPECT_EQ(curl.get(server.origin()).code, CURLE_OPERATION_TIMEDOUT);

  TlsOptions trickling = tls();
  trickling.fault = [](std::size_t) { return std::optional(HandshakeFault{.slice = 1}); };
  EXPECT_EQ(over(trickling).status, 404);
}

TEST(Tls, OldVersionsAndWeakCiphers) {
  TlsOptions old = tls();
  old.max_version = TLS1_1_VERSION;
  EXPECT_EQ(over(old, "localhost", false).code, CURLE_SSL_CONNECT_ERROR);
  TlsOptions open = tls();
  open.max_version = TLS1_2_VERSION;
  open.ciphers = "eNULL";
  EXPECT_EQ(over(open, "localhost", false).code, CURLE_SSL_CONNECT_ERROR);
}

TEST(Tls, ClientCertificatesAreAskedFor) {
  TlsOptions options = tls();
  options.ask_client_certificate = true;
  Server server(OAuthSite().options(options));
  const Identity identity = certificates().leaf({.common_name = "a client", .for_clients = true});
  TestClient curl(certificates().ca_pem());
  EXPECT_EQ(curl.get(server.origin()).status, 404);
  curl_blob certificate{const_cast<char*>(identity.chain_pem.data()), identity.chain_pem.size(), CURL_BLOB_COPY};
  curl_blob key{const_cast<char*>(identity.key_pem.data()), identity.key_pem.size(), CURL_BLOB_COPY};
  curl.set(CURLOPT_SSLCERT_BLOB, &certificate);
  curl.set(CURLOPT_SSLKEY_BLOB, &key);
  EXPECT_EQ(curl.get(server.origin()).status, 404);
  const auto records = server.journal().connection_records();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].client_certificate, "");
  EXPECT_EQ(records[1].client_certificate, "/CN=a client");
}

TEST(Tls, StapledAnswersCount) {
  for (const bool revoked : {false, true}) {
    TlsOptions options = tls({.send_root = true});
    options.ocsp_staple = certificates().ocsp(options.identity, revoked);
    Server server(OAuthSite().options(options));
    TestClient curl(certificates().ca_pem());
    curl.set(CURLOPT_SSL_VERIFYSTATUS, 1L);
    EXPECT_EQ(curl.get(server.origin()).code, revoked ? CURLE_SSL_INVALIDCERTSTATUS : CURLE_OK);
  }
}

TEST(Tls, EarlyDataIsOfferedAndNotUsed) {
  TlsOptions options = tls();
  options.max_early_data = 16384;
  Server server(OAuthSite().options(options));
  TestClient curl(certificates().ca_pem());
  for (int i = 0; i < 2; ++i) {
    curl.set(CURLOPT_FORBID_REUSE, 1L);
    EXPECT_EQ(curl.get(server.origin()).status, 404);
  }
  EXPECT_EQ(server.journal().resumed(), 1U);
  EXPECT_FALSE(server.journal().connection_records()[1].offered_early_data);
}

TEST(Tls, RenegotiationIsAskedFor) {
  TlsOptions options = tls();
  options.max_version = TLS1_2_VERSION;
  options.renegotiate = true;
  EXPECT_EQ(over(options).status, 404);
}

TEST(DeadPorts, RefuseOrSwallow) {
  for (const bool ipv6 : {false, true}) {
    const std::string host = ipv6 ? "http://[::1]:" : "http://127.0.0.1:";
    const RefusingPort refusing(ipv6);
    EXPECT_EQ(TestClient().get(host + std::to_string(refusing.port())).code, CURLE_COULDNT_CONNECT);
    const BlackHolePort hole(ipv6);
    TestClient curl;
    curl.set(CURLOPT_CONNECTTIMEOUT_MS, 100L);
    EXPECT_EQ(curl.get(host + std::to_string(hole.port())).code, CURLE_OPERATION_TIMEDOUT);
  }
}

TEST(Server, StopsReadingSoThatTheWindowCloses) {
  ServerOptions options = OAuthSite().cut_request(0, 0, After::deaf).options();
  options.receive_buffer = 4096;
  Server server(options);
  TestClient curl;
  curl.set(CURLOPT_TIMEOUT_MS, 100L);
  EXPECT_EQ(curl.post(server.origin() + kToken, std::string(20'000'000, 'b')).code, CURLE_OPERATION_TIMEDOUT);
  EXPECT_EQ(server.count("b"), 0U);
}

TEST(Server, SaysWhatAHandlerThrew) {
  ServerOptions options;
  options.handler = [](const Request&) -> Reply { throw std::runtime_error("a mistake in the test"); };
  Server server(options);
  EXPECT_EQ(TestClient().get(server.origin()).code, CURLE_GOT_NOTHING);
  EXPECT_TRUE(server.journal().wait_until_idle(kSoon));
  EXPECT_EQ(server.journal().connection_records()[0].handler_error, "a mistake in the test");
}

TEST(Server, TakesSoManyConnectionsAtOnce) {
  ServerOptions options = OAuthSite().options();
  options.max_connections = 2;
  Server server(options);
  std::vector<std::thread> clients;
  for (int i = 0; i < 10; ++i) {
    clients.emplace_back([&] { EXPECT_EQ(TestClient().post(server.origin() + kToken, "a=b").status, 200); });
  }
  for (auto& thread : clients) thread.join();
  EXPECT_EQ(server.requests(kToken), 10U);
}

TEST(Server, HoldsAThousandConnections) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  constexpr std::size_t kMany = 1000;
  if (files.rlim_cur < 3 * kMany) GTEST_SKIP() << "too few descriptors";
  const auto gate = std::make_shared<Gate>();
  Server server(OAuthSite().on_path("/token", held(token_response(), gate)).options());
  CURLM* multi = curl_multi_init();
  std::vector<CURL*> handles;
  const std::string url = server.origin("127.0.0.1") + kToken;
  std::string sink;
  for (std::size_t i = 0; i < kMany; ++i) {
    CURL* handle = handles.emplace_back(curl_easy_init());
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, "a=b");
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &sink);
    curl_easy_setopt(
        handle, CURLOPT_WRITEFUNCTION, +[](char*, std::size_t size, std::size_t count, void*) { return size * count; });
    curl_multi_add_handle(multi, handle);
  }
  int running = 1;
  while (running > 0) {
    curl_multi_perform(multi, &running);
    if (server.journal().requests() == kMany) gate->open();
    if (running > 0) curl_multi_poll(multi, nullptr, 0, 10, nullptr);
  }
  for (CURL* handle : handles) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    EXPECT_EQ(status, 200);
    curl_multi_remove_handle(multi, handle);
    curl_easy_cleanup(handle);
  }
  curl_multi_cleanup(multi);
  EXPECT_EQ(server.connections(), kMany);
  EXPECT_TRUE(server.journal().wait_until_idle(kSoon));
}

}  // namespace
}  // namespace hlid_test
