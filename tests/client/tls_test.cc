// S: what may be wrong before the first byte of HTTP, and must keep it from being sent.
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <tuple>

#include "tls_support.h"

namespace client_test {
namespace {

using namespace std::string_literals;

class TlsBoth : public BothProtocols {};
RUN_OVER_BOTH(TlsBoth);

TlsOptions failing(HandshakeFault fault) {
  TlsOptions options = tls();
  options.fault = [fault = std::move(fault)](std::size_t) { return std::optional(fault); };
  return options;
}

// S01, S02, S03, S07, S15: certificates that must not be believed. All handshakes fail before a protocol is chosen.
TEST(Tls, s01_untrusted_certificates) {
  const std::vector<std::tuple<const char*, Leaf, const char*>> bad{
      {"expired", {.valid_from = -7200, .valid_until = -3600}, "expired_certificate"},
      {"not yet valid", {.valid_from = 3600}, "expired_certificate"},
      {"self-signed", {.issuer = Issuer::self}, "untrusted_certificate"},
      {"unknown CA of the same name", {.issuer = Issuer::unknown}, "untrusted_certificate"},
      {"missing link", {.issuer = Issuer::missing_intermediate}, "untrusted_certificate"},
      {"another name", {.dns = {"other.example"}, .ips = {}}, "wrong_certificate"},
      {"RSA 1024", {.key = Key::rsa1024}, "bad_certificate"},
      {"for clients", {.for_clients = true}, "bad_certificate"},
  };
  Sites sites;
  for (const auto& [name, leaf, reason] : bad) sites.add(name, tls(leaf));
  // Each says which it is.
  std::map<std::string, std::string> messages;
  sites.run([&](const Sites::Site& site, const Ended& end) {
    for (const auto& [name, leaf, reason] : bad) {
      if (site.name == name) expect_refused_as(reason)(site, end);
    }
    messages[end.error.message] += site.name + "; ";
    if (end.error.reason == "untrusted_certificate") {
      EXPECT_EQ(end.error.field, "ca_file");
      for (const char* word : {"ca_file", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "Java"}) {
        EXPECT_NE(end.error.hint.find(word), std::string::npos) << word;
      }
    }
    if (end.error.reason == "wrong_certificate") {
      EXPECT_EQ(end.error.field, "site");
    }
  });
  EXPECT_EQ(messages.size(), 7U);  // an unknown authority and a missing link cannot be told apart
}

TEST(Tls, s02_wrong_names) {
  const std::vector<std::string> none;
  Sites sites;
  sites.add("another host", tls({.dns = {"other.example"}}));
  sites.add("another host, ours as its beginning", tls({.dns = {"localhost.evil.example"}}));
  sites.add("another host, ours as its end", tls({.dns = {"evil-localhost"}}));
  sites.add("everything", tls({.dns = {"*"}}));
  sites.add("a whole top domain", tls({.dns = {"*.localhost"}}), "shop.localhost");
  sites.add("wildcard two deep", tls({.dns = {"*.shop.localhost"}}), "a.b.shop.localhost");
  sites.add("wildcard for nothing", tls({.dns = {"*.shop.localhost"}}), "shop.localhost");
  sites.add("wildcard in the middle", tls({.dns = {"a.*.localhost"}}), "a.shop.localhost");
  sites.add("wildcard in a word of an IDN", tls({.dns = {"xn--*.shop.localhost"}}), "xn--l8j.shop.localhost");
  sites.add("wildcard after a letter of an IDN", tls({.dns = {"x*.shop.localhost"}}), "xn--l8j.shop.localhost");
  sites.add("in the common name alone", tls({.dns = none, .ips = none, .common_name = "localhost"}));
  sites.add("in the common name beside others", tls({.dns = {"other.example"}, .common_name = "localhost"}));
  sites.add("address in the common name", tls({.dns = none, .ips = none, .common_name = "127.0.0.1"}), "127.0.0.1");
  sites.add("address as a name", tls({.dns = {"127.0.0.1"}, .ips = none}), "127.0.0.1");
  sites.add("address by a wildcard", tls({.dns = {"*.0.0.1"}, .ips = none}), "127.0.0.1");
  sites.add("another address", tls({.ips = {"127.0.0.2", "::1"}}), "127.0.0.1");
  sites.add("NUL in the name", tls({.dns = {"localhost\0.evil.example"s}}));
  sites.add("NUL at its end", tls({.dns = {"localhost\0"s}}));
  sites.run(expect_refused_as("wrong_certificate"));
}

TEST(Tls, s03_broken_chains) {
  Sites sites;
  sites.add("missing link", tls({.issuer = Issuer::missing_intermediate}));
  sites.add("CA:false in the middle", tls({.issuer = Issuer::not_a_ca}));
  sites.add("path length", tls({.issuer = Issuer::path_length}));
  sites.add("name constraints", tls({.issuer = Issuer::name_constraints}));
  sites.add("SHA-1 in the middle", tls({.issuer = Issuer::weak_signature}));
  sites.add("RSA 1024 in the middle", tls({.issuer = Issuer::weak_key}));
  sites.add("SHA-1 leaf", tls({.digest = Digest::sha1}));
  sites.add("RSA 1024 leaf", tls({.key = Key::rsa1024}));
  sites.add("100 certificates", tls({.extra_in_chain = 100}));
  sites.add("12 certificates", tls({.extra_in_chain = 12}));
  EXPECT_LT(sites.run(expect_refused), 5000 + kSlack);
}

// The same tables would be all refusals if nothing could be trusted.
TEST_P(TlsBoth, s01_s02_s03_good_certificates) {
  Sites sites;
  sites.add("by the root", wire());
  sites.add("by an intermediate", wire({.issuer = Issuer::intermediate}));
  sites.add("RSA 2048", wire({.key = Key::rsa2048}));
  sites.add("a long chain", wire({.extra_in_chain = 5}));
  sites.add("a wildcard", wire({.dns = {"*.shop.localhost"}}), "my.shop.localhost");
  sites.add("in capitals", wire({.dns = {"LOCALHOST"}}));
  sites.add("an address", wire({.dns = {"other.example"}}), "127.0.0.1");
  sites.run(expect_signed_in);
}

TEST(Tls, s04_old_versions_and_weak_ciphers) {
  TlsOptions old = tls();
  old.max_version = TLS1_1_VERSION;
  TlsOptions oldest = tls();
  oldest.max_version = TLS1_VERSION;
  TlsOptions null = tls();
  null.max_version = TLS1_2_VERSION;
  null.ciphers = "eNULL";
  TlsOptions anonymous = tls();
  anonymous.max_version = TLS1_2_VERSION;
  anonymous.ciphers = "aNULL:!eNULL";
  Sites sites;
  sites.add("TLS 1.1", old);
  sites.add("TLS 1.0", oldest);
  sites.add("NULL ciphers", null);
  sites.add("anonymous ciphers", anonymous);
  sites.run(expect_refused);
}

TEST(Tls, s04_tls_1_2_is_enough) {
  TlsOptions options = tls();
  options.max_version = TLS1_2_VERSION;
  Sites sites;
  sites.add("TLS 1.2", options);
  sites.run([](const Sites::Site& site, const Ended& end) {
    expect_signed_in(site, end);
    EXPECT_EQ(site.server->journal().connection_records()[0].tls_version, "TLSv1.2");
  });
}

// The request has left when the server asks; whether it then answers all the same is the server's business.
TEST(Tls, s04_renegotiation_is_refused) {
  TlsOptions options = tls();
  options.max_version = TLS1_2_VERSION;
  options.renegotiate = true;
  options.alpn = {"http/1.1"};
  Sites sites;
  sites.add("renegotiation", options, "localhost", {}, 2000);
  sites.run([](const Sites::Site& site, const Ended& end) {
    if (!end.done()) {
      EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << end.error.message;
      EXPECT_TRUE(end.error.outcome_unknown);
      EXPECT_EQ(end.error.advice, HLID_ADVICE_RESTART);
    }
    EXPECT_EQ(site.server->journal().count_value(kPassword), 1U);
    EXPECT_EQ(site.server->journal().handshakes(), site.server->connections());
  });
}

// The server gives way to another one in its place, so that the next login has a handshake of its own.
void replace(std::unique_ptr<Server>& server, ServerOptions by) {
  by.port = server->port();
  server.reset();
  server = std::make_unique<Server>(std::move(by));
}

TEST_P(TlsBoth, s05_early_data_is_offered_and_never_used) {
  ServerOptions options = site();
  options.tls->max_early_data = 16384;
  options.tls->ticket_key = std::string(80, 'k');
  auto server = std::make_unique<Server>(options);
  Signer signer(server->origin());
  EXPECT_TRUE(signer.login(5000).done());
  replace(server, options);
  const Ended end = signer.login(5000);
  EXPECT_TRUE(end.done()) << end.error.message;
  const auto records = server->journal().connection_records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_FALSE(records[0].offered_early_data);
  EXPECT_EQ(records[0].early_data_bytes, 0U);
  // The session is used again, so that there was something to decline. (libcurl 7.88 drops those of HTTP/2.)
  EXPECT_TRUE(records[0].resumed || h2());
}

TEST_P(TlsBoth, s06_sessions_stay_with_their_client) {
  ServerOptions options = site();
  options.tls->ticket_key = std::string(80, 'k');  // either server would take the other's sessions
  Server first(options);
  Server second(options);
  Signer of_first(first.origin());
  EXPECT_TRUE(of_first.login(5000).done());
  Signer of_second(second.origin());
  EXPECT_TRUE(of_second.login(5000).done());
  Signer of_first_again(first.origin());
  EXPECT_TRUE(of_first_again.login(5000).done());
  for (const Server* server : {&first, &second}) {
    for (const auto& record : server->journal().connection_records()) EXPECT_FALSE(record.offered_session);
  }
  // Trust has changed: what the first client found good says nothing to this one.
  const Certificates strangers;
  const TempFile other_ca(strangers.ca_pem());
  Signer distrusting(first.origin(), {{"ca_file", other_ca.path()}});
  const std::size_t requests = first.journal().requests();
  expect_lasting(distrusting.login(5000), "untrusted_certificate", "after the trust has changed");
  EXPECT_EQ(first.journal().requests(), requests);
}

// S06, N18: the name leads to another machine by now, which has no certificate for it. Whether that machine can open
// the sessions of the first or not: what was found good once is not good for another.
TEST_P(TlsBoth, s06_n18_name_points_elsewhere) {
  ServerOptions options = site();
  auto server = std::make_unique<Server>(options);
  Signer signer(server->origin());
  EXPECT_TRUE(signer.login(5000).done());
  options.tls->identity = certificates().leaf({.dns = {"elsewhere.example"}, .ips = {}});
  replace(server, options);
  expect_lasting(signer.login(5000), "wrong_certificate", "elsewhere");
  EXPECT_GE(server->connections(), 1U);
  expect_untouched(*server, "elsewhere");
}

std::string path_of_system_store() {
  for (const char* path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}) {
    if (std::filesystem::exists(path)) return path;
  }
  return {};
}

// The list that was put over the system's own.
void write_system_store(const std::string& content) {
  if (!is_alone() || std::filesystem::file_size(path_of_system_store()) != 0) std::abort();
  std::ofstream(path_of_system_store()) << content;
}

// In a process whose system trusts our root: the site is good there, and not with a list of one's own.
TEST(TlsAlone, DISABLED_s07_own_list_in_place_of_the_systems) {
  if (!is_alone()) GTEST_SKIP();
  const Certificates strangers;
  write_system_store(certificates().ca_pem());
  const TempFile other_ca(strangers.ca_pem());
  Sites sites;
  sites.add("the system's", tls(), "localhost", {{"ca_file", ""}});
  sites.run(expect_signed_in);
  Sites refused;
  refused.add("another list", tls(), "localhost", {{"ca_file", other_ca.path()}});
  refused.run(expect_refused);
}

TEST(Tls, s07_system_store_is_not_added_to_own_ca) {
  if (path_of_system_store().empty()) GTEST_SKIP() << "this system has no list of certificates";
  RUN_ALONE_OR_SKIP("TlsAlone.DISABLED_s07*",
                    "mount -t tmpfs tmpfs /mnt; touch /mnt/list; mount --bind /mnt/list " + path_of_system_store());
}

TEST(TlsAlone, DISABLED_s16_no_system_store) {
  if (!is_alone()) GTEST_SKIP();
  const App app = make_app("https://localhost:1", {{"ca_file", ""}});
  Said why;
  EXPECT_EQ(make_client(app, &why), nullptr);
  EXPECT_EQ(why.reason, "no_system_ca") << why.message;
  EXPECT_NE(why.message.find("/etc/"), std::string::npos) << why.message;  // where it looked
  EXPECT_NE(why.hint.find("ca_file"), std::string::npos) << why.hint;
  // With a list of one's own nobody needs the system's.
  Sites sites;
  sites.add("own list", tls());
  sites.run(expect_signed_in);
}

TEST(Tls, s16_system_store_missing_or_empty) {
  RUN_ALONE_OR_SKIP("TlsAlone.DISABLED_s16_no*",
                    "mount -t tmpfs tmpfs /etc/ssl; mount -t tmpfs tmpfs /etc/pki 2>/dev/null || true");
  RUN_ALONE_OR_SKIP("TlsAlone.DISABLED_s16_no*",
                    "mount -t tmpfs tmpfs /etc/ssl; mkdir /etc/ssl/certs; touch /etc/ssl/certs/ca-certificates.crt; "
                    "mount -t tmpfs tmpfs /etc/pki 2>/dev/null || true");
}

// The list is read when the client is made: what happens to it then says nothing to that client.
TEST(TlsAlone, DISABLED_s16_changed) {
  if (!is_alone()) GTEST_SKIP();
  write_system_store(certificates().ca_pem());
  const ServerOptions options = OAuthSite().options(tls());
  auto server = std::make_unique<Server>(options);
  Signer signer(server->origin(), {{"ca_file", ""}});
  EXPECT_TRUE(signer.login(5000).done());
  std::filesystem::resize_file(path_of_system_store(), 0);
  replace(server, options);
  EXPECT_TRUE(signer.login(5000).done());
  EXPECT_EQ(server->journal().handshakes(), 1U);
  Said why;
  EXPECT_EQ(make_client(make_app(server->origin(), {{"ca_file", ""}}), &why), nullptr);
  EXPECT_EQ(why.reason, "no_system_ca") << why.message;
}

TEST(Tls, s16_system_store_changes_while_running) {
  if (path_of_system_store().empty()) GTEST_SKIP() << "this system has no list of certificates";
  RUN_ALONE_OR_SKIP("TlsAlone.DISABLED_s16_changed",
                    "mount -t tmpfs tmpfs /mnt; touch /mnt/list; mount --bind /mnt/list " + path_of_system_store());
}

TEST(Tls, s08_damaged_lists_of_certificates) {
  const std::string good = certificates().ca_pem();
  std::string letter_off = good;
  letter_off[letter_off.find("MII")] = 'A';  // the first byte of the certificate proper
  const std::vector<std::pair<std::string, std::string>> contents{
      {"empty", ""},
      {"white space", "\n\n  \n"},
      {"not PEM", "certificates, they said"},
      {"cut off", good.substr(0, good.size() - 40)},
      {"the second one cut off", good.substr(0, good.size() / 2 + 60)},
      {"a letter off", letter_off},
      {"a private key", certificates().leaf().key_pem},
      {"a private key beside certificates", good + certificates().leaf().key_pem},
      {"10 MB", std::string(10'000'000, '\n') + good},
      {"binary", std::string(1000, '\0')},
      {"an empty block", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
  };
  const auto expect_refusal = [](const std::string& what, const std::string& path) {
    Said why;
    const App app = make_app("https://localhost:1", {{"ca_file", path}}, &why);
    if (app) {
      EXPECT_EQ(make_client(app, &why), nullptr) << what;
    }
    EXPECT_EQ(why.kind, HLID_E_ARGUMENT) << what << ": " << why.message;
    EXPECT_EQ(why.advice, HLID_ADVICE_FIX_ARGUMENT) << what;
    EXPECT_EQ(why.field, "ca_file") << what;
    EXPECT_FALSE(why.message.empty()) << what;
    expect_no_secret(why);
  };
  for (const auto& [what, content] : contents) {
    const TempFile file(content);
    expect_refusal(what, file.path());
  }
  expect_refusal("missing", "/nowhere/at/all.pem");
  expect_refusal("a folder", "/tmp");
  const std::string pipe = ca_file() + ".pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int64_t took = time_of([&] { expect_refusal("a pipe", pipe); });
  ::unlink(pipe.c_str());
  EXPECT_LT(took, kSlack);
}

TEST(Tls, s12_handshakes_that_stall) {
  constexpr int64_t kLimit = 400;
  Sites sites;
  for (const std::size_t at : {0U, 1U, 5U, 100U, 300U, 700U}) {
    sites.add("server's byte " + std::to_string(at), failing({.cut_out = at, .after = After::silent}), "localhost", {}, kLimit);
  }
  for (const std::size_t at : {0U, 1U, 60U}) {
    sites.add("client's byte " + std::to_string(at), failing({.cut_in = at, .after = After::silent}), "localhost", {}, kLimit);
  }
  sites.add("deaf", failing({.cut_in = 1, .after = After::deaf}), "localhost", {}, kLimit);
  sites.add("a byte now and then", failing({.slice = 1, .pause = Milliseconds(50)}), "localhost", {}, kLimit);
  const int64_t took = sites.run([](const Sites::Site& site, const Ended& end) {
    expect_never_left(end, "timeout", site.name);
    expect_untouched(*site.server, site.name);
  });
  EXPECT_GE(took, kLimit - 1);
  EXPECT_LT(took, kLimit + kSlack);
}

TEST_P(TlsBoth, s12_handshake_in_single_bytes) {
  TlsOptions options = wire();
  options.fault = [](std::size_t) { return std::optional(HandshakeFault{.slice = 1}); };
  Sites sites;
  sites.add("slow", options);
  sites.run(expect_signed_in);
}

// Without close_notify anybody on the way may have ended the body.
TEST_P(TlsBoth, s13_body_ends_without_close_notify) {
  Reply whole = token_response();
  whole.framing = Framing::until_end;
  Reply cut_off = cut(token_response(), 150, After::no_notify);
  cut_off.framing = Framing::until_end;
  for (const Reply& reply : {then(whole, After::no_notify), cut_off}) {
    if (h2() && !reply.cut) continue;  // frames say where a body ends
    Server server(site(OAuthSite().on_path(kTokenPath, reply)));
    Signer signer(server.origin());
    const Ended end = signer.login(5000);
    EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << end.error.message;
    EXPECT_EQ(end.error.reason, "cut_off");
    EXPECT_EQ(end.error.advice, HLID_ADVICE_RESTART);
    EXPECT_TRUE(end.error.outcome_unknown);
    EXPECT_EQ(server.journal().count_value(kCode), 1U);
  }
  Server server(site(OAuthSite().on_path(kTokenPath, then(whole, After::fin))));
  EXPECT_TRUE(Signer(server.origin()).login(5000).done());
}

TEST(Tls, s14_not_tls_at_all) {
  Sites sites;
  sites.add("plain HTTP", failing({.instead = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", .after = After::fin}));
  sites.add("plain HTTP with a token", failing({.instead = http1_bytes(token_response()), .after = After::fin}));
  sites.add("garbage", failing({.instead = std::string(1000, 'g'), .after = After::fin}));
  sites.add("zeros", failing({.instead = std::string(1000, '\0'), .after = After::fin}));
  sites.add("an alert", failing({.instead = tls_alert(40), .after = After::fin}));
  sites.add("unrecognized_name", failing({.instead = tls_alert(112), .after = After::fin}));
  sites.run(expect_refused_as("tls_failed"));
  // What a server does that is being restarted.
  Sites broken;
  broken.add("an end", failing({.cut_out = 0, .after = After::fin}));
  broken.add("a reset", failing({.cut_out = 0, .after = After::rst}));
  broken.add("a reset in the middle", failing({.cut_out = 100, .after = After::rst}));
  broken.run(expect_broken_off);
}

// A server that speaks no TLS reads what it is sent: nothing of ours may stand there.
TEST(Tls, s14_plain_server) {
  Server server(OAuthSite().options());
  Signer signer("https://localhost:" + std::to_string(server.port()));
  // It waits for the end of a line that is none.
  const Ended end = signer.login(400);
  expect_never_left(end, end.error.reason);
  EXPECT_EQ(server.journal().requests(), 0U);
  for (const char* secret : {kPassword, kUsername, "POST", "client-of-tests"}) EXPECT_EQ(server.count(secret), 0U) << secret;
}

TEST(Tls, s15_huge_and_empty_certificates) {
  Sites sites;
  sites.add("1 MB", tls({.padding = 1'000'000}));
  sites.add("not DER", failing({.instead = tls12_certificate_flight({"not DER at all"}), .after = After::fin}));
  sites.add("no certificate", failing({.instead = tls12_certificate_flight({}), .after = After::fin}));
  sites.add("an empty one", failing({.instead = tls12_certificate_flight({""}), .after = After::fin}));
  sites.add("endless length", failing({.instead = tls12_certificate_flight({"\x30\x84\xff\xff\xff\xff"}), .after = After::fin}));
  sites.add("16 MB of them",
            failing({.instead = tls12_certificate_flight(std::vector<std::string>(16, std::string(1'000'000, '\x30'))),
                     .after = After::fin}));
  EXPECT_LT(sites.run(expect_refused), 5000 + kSlack);
}

// A good certificate with one thing wrong at a time: bits turned over, or cut. One connection each, over and over.
TEST(Tls, s15_malformed_certificates) {
  const Identity identity = certificates().leaf();
  const std::string der = Certificates::der(identity)[0];
  std::vector<std::string> corpus;
  for (std::size_t at = 0; at < der.size(); at += 23) {
    std::string turned = der;
    turned[at] = static_cast<char>(turned[at] ^ (at % 2 == 0 ? 0x80 : 0x01));
    corpus.push_back(std::move(turned));
    corpus.push_back(der.substr(0, at));
  }
  TlsOptions options = tls();
  options.fault = [&corpus](std::size_t connection) {
    return std::optional(
        HandshakeFault{.instead = tls12_certificate_flight({corpus[connection % corpus.size()]}), .after = After::fin});
  };
  Server server(OAuthSite().options(options));
  Signer signer(server.origin(), {{"http_version", "1.1"}});
  std::vector<Flow> flows;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    flows.push_back(make_login(signer.app, 20'000));
    EXPECT_EQ(hlid_client_start(signer.client.get(), flows.back().get(), i, HLID_START_WAIT, nullptr), HLID_OK);
  }
  for (std::size_t i = 0; i < flows.size(); ++i) {
    hlid_completion completion{};
    EXPECT_EQ(hlid_client_wait(signer.client.get(), i, 30'000, &completion, nullptr), HLID_OK);
    const Ended end = ended(flows[i], completion.step);
    EXPECT_TRUE(end.error.reason.ends_with("_certificate") || end.error.reason == "tls_failed") << i << ": " << end.error.reason;
    expect_lasting(end, end.error.reason, std::to_string(i));
  }
  EXPECT_GE(server.connections(), corpus.size());
  expect_untouched(server, "malformed certificates");
}

// main.cc has set SSLKEYLOGFILE. libcurl may make the file; no key may stand in it.
TEST_P(TlsBoth, s19_no_key_is_written) {
  Server server(site());
  EXPECT_TRUE(Signer(server.origin()).login(5000).done());
  const char* path = std::getenv("SSLKEYLOGFILE");
  ASSERT_NE(path, nullptr);
  std::error_code missing;
  const auto size = std::filesystem::file_size(path, missing);
  EXPECT_TRUE(missing || size == 0) << size << " bytes";
}

}  // namespace
}  // namespace client_test
