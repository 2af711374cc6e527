// U19 to U21: the environment, proxies, and what two apps in one process have in common: nothing.
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "tls_support.h"

namespace client_test {
namespace {

class Proxy : public BothProtocols {};
RUN_OVER_BOTH(Proxy);

// One variable for the time of a test, in which no client of another test lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_{};
};

constexpr const char* kProxyVariables[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "http_proxy"};

Server proxy_in_front_of(const Server& origin) {
  ServerOptions options;
  options.handler = proxy_to(origin.port());
  return Server(std::move(options));
}

Settings through(const Server& proxy, const std::string& credentials = {}, const char* scheme = "http://") {
  return {{"proxy", scheme + credentials + (credentials.empty() ? "" : "@") + "localhost:" + std::to_string(proxy.port())}};
}

TEST_P(Proxy, u19_no_proxy_from_the_environment) {
  Server trap(OAuthSite().options());
  std::vector<std::unique_ptr<Variable>> variables;
  for (const char* name : kProxyVariables) variables.push_back(std::make_unique<Variable>(name, trap.origin("127.0.0.1")));
  Server server(site());
  const Ended end = Signer(server.origin()).login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_EQ(trap.connections(), 0U);
}

// The other way round: NO_PROXY does not lead around the proxy of the settings.
TEST_P(Proxy, u19_no_exception_from_the_environment) {
  const Variable one("NO_PROXY", "*");
  const Variable two("no_proxy", "localhost,127.0.0.1");
  Server server(site());
  Server proxy = proxy_in_front_of(server);
  const Ended end = Signer(server.origin(), through(proxy)).login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_EQ(proxy.count("CONNECT localhost:"), 1U);
}

TEST_P(Proxy, u19_proxy_from_the_environment_if_the_settings_say_so) {
  Server server(site());
  Server proxy = proxy_in_front_of(server);
  std::vector<std::unique_ptr<Variable>> variables;
  for (const char* name : kProxyVariables) variables.push_back(std::make_unique<Variable>(name, proxy.origin("127.0.0.1")));
  const Ended end = Signer(server.origin(), {{"proxy_from_environment", "true"}}).login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_EQ(proxy.connections(), 1U);
  const Variable exception("no_proxy", "localhost");
  EXPECT_TRUE(Signer(server.origin(), {{"proxy_from_environment", "true"}}).login(5000).done());
  EXPECT_EQ(proxy.connections(), 1U);
}

// .netrc with a line for this very host, and a .curlrc: main.cc has made them for every host.
TEST_P(Proxy, u19_no_netrc_and_no_curlrc) {
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  ASSERT_NE(home, "");
  ASSERT_TRUE(std::ifstream(home + "/.netrc").good());
  const Variable netrc("NETRC", home + "/.netrc");
  const Variable curl_home("CURL_HOME", home);
  Server server(site(OAuthSite().on_path(kUserinfoPath, userinfo_response())));
  Signer signer(server.origin());
  EXPECT_TRUE(signer.login(5000).done());
  EXPECT_TRUE(signer.userinfo(5000).done());
  for (const auto& record : server.journal().request_records()) {
    const std::string authorization = record.request.header("authorization");
    EXPECT_TRUE(authorization.empty() || authorization.starts_with("Bearer ")) << authorization;
  }
  EXPECT_EQ(server.journal().everything().find("netrc"), std::string::npos);
}

// Certificates named by the environment are neither trusted, nor missed.
TEST_P(Proxy, u19_no_certificates_from_the_environment) {
  const Certificates strangers;
  const TempFile other_ca(strangers.ca_pem());
  Server server(site());
  {
    const Variable file("SSL_CERT_FILE", ca_file());
    const Variable folder("SSL_CERT_DIR", "/tmp");
    const Variable bundle("CURL_CA_BUNDLE", ca_file());
    expect_lasting(Signer(server.origin(), {{"ca_file", other_ca.path()}}).login(2000), "untrusted_certificate");
    // Nor in place of the system's, which does not know our root.
    Said why;
    const App app = make_app(server.origin(), {{"ca_file", ""}});
    if (const Client client = make_client(app, &why)) expect_lasting(run(client, make_login(app, 2000)), "untrusted_certificate");
    EXPECT_EQ(server.journal().requests(), 0U);
  }
  const Variable file("SSL_CERT_FILE", other_ca.path());
  const Variable bundle("CURL_CA_BUNDLE", other_ca.path());
  EXPECT_TRUE(Signer(server.origin()).login(5000).done());
}

void expect_proxy_failed(const Ended& end, const std::string& what) {
  expect_never_left(end, "proxy_failed", what);
  EXPECT_EQ(end.error.message.find("user"), std::string::npos) << end.error.message;
}

TEST_P(Proxy, u20_credentials_go_to_the_proxy_alone) {
  Server server(site());
  ServerOptions options;
  options.handler = proxy_to(server.port(), "user:marked-proxy-password");
  Server proxy(options);
  const Ended end = Signer(server.origin(), through(proxy, "user:marked-proxy-password")).login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_GE(proxy.journal().count_value("user:marked-proxy-password"), 1U);
  const std::string at_site = server.journal().everything();
  for (const char* mark : {"marked-proxy-password", "roxy-", "dXNlcjptYXJrZWQ"})
    EXPECT_EQ(at_site.find(mark), std::string::npos) << mark;
  const std::string at_proxy = proxy.journal().everything();
  for (const char* mark : {kPassword, kUsername, kCode, kAccessToken, "client-of-tests"}) {
    EXPECT_EQ(at_proxy.find(mark), std::string::npos) << mark;
  }
  EXPECT_EQ(server.connections(), 1U);
}

TEST(ProxyRefusals, u20_refusals) {
  Server server(OAuthSite().options(tls()));
  const auto port = server.port();
  const std::vector<std::pair<const char*, Handler>> proxies{
      {"407", proxy_to(port, "somebody:else")},
      {"407 Digest", [](const Request&) { return proxy_wants_credentials("Digest realm=\"p\", nonce=\"n\", qop=\"auth\""); }},
      {"407 NTLM", [](const Request&) { return proxy_wants_credentials("NTLM"); }},
      {"407 Negotiate", [](const Request&) { return proxy_wants_credentials("Negotiate"); }},
      {"302", [](const Request&) { return redirect_response("https://elsewhere.example/"); }},
      {"403", [](const Request&) { return http1(403, {}, "not allowed"); }},
      {"an end", [](const Request&) { return no_reply(After::fin); }},
      {"a reset", [](const Request&) { return no_reply(After::rst); }},
      {"half a head", [](const Request&) { return raw_reply("HTTP/1.1 200 Conn", After::fin); }},
  };
  std::vector<std::unique_ptr<Server>> running;
  Sites sites;
  for (const auto& [name, handler] : proxies) {
    ServerOptions options;
    options.handler = handler;
    running.push_back(std::make_unique<Server>(std::move(options)));
    sites.add_at(name, server.origin(), through(*running.back(), "user:marked-proxy-password"));
  }
  // A proxy that says no is asked once: an account is locked after a few wrong passwords.
  sites.run([](const Sites::Site& site, const Ended& end) {
    const bool refused = site.name.starts_with("4") || site.name.starts_with("3");
    if (!refused) return expect_proxy_failed(end, site.name);
    expect_lasting(end, "proxy_refused", site.name);
    EXPECT_EQ(end.error.field, "proxy") << site.name;
    EXPECT_EQ(end.error.message.find("user"), std::string::npos) << end.error.message;
    if (!site.name.starts_with("302")) {
      EXPECT_NE(end.error.message.find(site.name.substr(0, 3)), std::string::npos) << end.error.message;
    }
  });
  for (std::size_t i = 0; i < running.size(); ++i) {
    EXPECT_EQ(running[i]->count(kPassword), 0U);
    EXPECT_LE(running[i]->journal().requests(), i < 6 ? 1U : 3U) << proxies[i].first;
  }
  EXPECT_EQ(server.connections(), 0U);
}

TEST(ProxyRefusals, u20_proxy_is_not_there) {
  const RefusingPort dead;
  const Ended end =
      Signer("https://localhost", {{"proxy", "http://user:marked-proxy-password@127.0.0.1:" + std::to_string(dead.port())}})
          .login(3000);
  expect_proxy_failed(end, "nothing listens there");
  EXPECT_EQ(end.error.field, "proxy");
  expect_proxy_failed(
      Signer("https://localhost", {{"proxy", "http://user:marked-proxy-password@no-such-proxy.invalid:3128"}}).login(3000),
      "no such name");
}

// The proxy may join us to whom it likes: TLS is with the site, or not at all.
TEST_P(Proxy, u20_tunnel_to_somebody_else) {
  Server other_name(OAuthSite().options(wire({.dns = {"proxy.example"}, .ips = {}})));
  Server own_root(OAuthSite().options(wire({.issuer = Issuer::unknown})));
  Server to_other_name = proxy_in_front_of(other_name);
  Server to_own_root = proxy_in_front_of(own_root);
  // This one answers by itself, in the clear.
  ServerOptions options;
  options.handler = [](const Request& request) {
    return request.method == "CONNECT" ? raw_reply("HTTP/1.1 200 OK\r\n\r\n" + http1_bytes(token_response())) : token_response();
  };
  Server liar(options);
  Sites sites;
  sites.add_at("another name", "https://localhost", through(to_other_name));
  sites.add_at("a root of its own", "https://localhost", through(to_own_root));
  sites.add_at("no TLS", "https://localhost", through(liar));
  sites.run([](const Sites::Site& site, const Ended& end) {
    expect_lasting(end,
                   site.name == "another name" ? "wrong_certificate"
                   : site.name == "no TLS"     ? "tls_failed"
                                               : "untrusted_certificate",
                   site.name);
  });
  for (const Server* impostor : {&other_name, &own_root}) {
    expect_untouched(*impostor, "impostor");
    EXPECT_GE(impostor->connections(), 1U);
  }
  for (const char* ours : {"POST", kPassword}) EXPECT_EQ(liar.count(ours), 0U) << ours;
}

TEST(ProxyRefusals, u20_endless_answers_to_connect) {
  Server server(OAuthSite().options(tls()));
  constexpr int64_t kLimit = 800;
  std::vector<std::unique_ptr<Server>> running;
  Sites sites;
  for (const Reply& reply : {proxy_endless_headers(), proxy_huge_refusal(std::uint64_t{1} << 30), no_reply(After::silent)}) {
    ServerOptions options;
    options.handler = [reply](const Request&) { return reply; };
    running.push_back(std::make_unique<Server>(std::move(options)));
    sites.add_at(std::to_string(running.size()), server.origin(), through(*running.back(), "user:marked-proxy-password"), kLimit);
  }
  const int64_t took = sites.run([](const Sites::Site& site, const Ended& end) {
    expect_never_left(end, end.error.reason == "timeout" ? "timeout" : "proxy_failed", site.name);
  });
  EXPECT_LT(took, kLimit + kSlack);
  EXPECT_EQ(server.connections(), 0U);
}

// A proxy that is spoken to over TLS is checked as the site is, before it is told anything.
TEST_P(Proxy, u20_https_proxy) {
  Server server(site());
  const auto proxy_with = [&](const Leaf& leaf) {
    TlsOptions options = tls(leaf);
    options.alpn = {"http/1.1"};
    ServerOptions all;
    all.handler = proxy_to(server.port(), "user:marked-proxy-password");
    all.tls = options;
    return std::make_unique<Server>(std::move(all));
  };
  const auto good = proxy_with({});
  const Ended through_good = Signer(server.origin(), through(*good, "user:marked-proxy-password", "https://")).login(5000);
  EXPECT_TRUE(through_good.done()) << through_good.error.message;
  std::vector<std::unique_ptr<Server>> running;
  Sites sites;
  for (const Leaf& leaf :
       {Leaf{.issuer = Issuer::unknown}, Leaf{.dns = {"other.example"}, .ips = {}},
        Leaf{.dns = {}, .ips = {}, .common_name = "localhost"}, Leaf{.valid_from = -7200, .valid_until = -3600}}) {
    running.push_back(proxy_with(leaf));
    sites.add_at(std::to_string(running.size()), server.origin(),
                 through(*running.back(), "user:marked-proxy-password", "https://"));
  }
  sites.run([](const Sites::Site& site, const Ended& end) {
    const char* reasons[] = {"untrusted_certificate", "wrong_certificate", "wrong_certificate", "expired_certificate"};
    expect_lasting(end, reasons[std::stoul(site.name) - 1], site.name);
  });
  for (const auto& bad : running) expect_untouched(*bad, "proxy");
  EXPECT_EQ(server.connections(), 1U);
}

// Apps that differ in anything, and apps that do not: each client has its own connections and its own sessions.
TEST_P(Proxy, u21_nothing_is_shared_between_clients) {
  TlsOptions options = wire();
  options.ticket_key = std::string(80, 'k');
  Server server(OAuthSite().options(options));
  Server proxy = proxy_in_front_of(server);
  const TempFile same_ca(certificates().ca_pem());
  const std::vector<Settings> apps{{},
                                   {},
                                   {{"client_secret", "marked-client-secret"}},
                                   {{"ca_file", same_ca.path()}},
                                   through(proxy),
                                   {{"http_version", h2() ? "auto" : "1.1"}}};
  std::vector<std::unique_ptr<Signer>> signers;
  for (const Settings& settings : apps) {
    signers.push_back(std::make_unique<Signer>(server.origin(), settings));
    EXPECT_TRUE(signers.back()->login(5000).done());
    EXPECT_TRUE(signers.back()->login(5000).done());
  }
  EXPECT_EQ(server.connections(), apps.size());
  EXPECT_EQ(server.journal().resumed(), 0U);
  for (const auto& record : server.journal().connection_records()) EXPECT_FALSE(record.offered_session) << record.number;
  EXPECT_EQ(server.journal().requests_with("marked-client-secret"), 2U);

  // While all these are open, one that trusts others does not get in.
  const Certificates strangers;
  const TempFile other_ca(strangers.ca_pem());
  const std::size_t requests = server.journal().requests();
  expect_lasting(Signer(server.origin(), {{"ca_file", other_ca.path()}}).login(2000), "untrusted_certificate");
  EXPECT_EQ(server.journal().requests(), requests);

  // Two clients of one app share nothing either.
  const Client second = make_client(signers[0]->app);
  const std::size_t connections = server.connections();
  EXPECT_TRUE(run(second, make_login(signers[0]->app, 5000)).done());
  EXPECT_EQ(server.connections(), connections + 1);
}

}  // namespace
}  // namespace client_test
