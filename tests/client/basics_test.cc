// The client where nothing goes wrong.
#include <unistd.h>

#include "support.h"

namespace client_test {
namespace {

class Basics : public BothProtocols {};
RUN_OVER_BOTH(Basics);

TEST_P(Basics, signs_in_and_reuses_the_connection) {
  OAuthSite answers;
  answers.on_path(kUserinfoPath, userinfo_response());
  answers.on_path(kRevokePath, http1(200));
  Server server(site(answers));
  Signer signer(server.origin());
  const Ended first = signer.login();
  ASSERT_TRUE(first.done()) << first.error.message;
  EXPECT_EQ(first.access_token, kAccessToken);
  EXPECT_TRUE(signer.login().done());
  EXPECT_TRUE(signer.userinfo().done());
  EXPECT_TRUE(signer.revocation().done());
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(server.requests(kAuthorizePath), 2U);
  EXPECT_EQ(server.requests(kTokenPath), 2U);
  EXPECT_EQ(server.journal().connection_records()[0].alpn, h2() ? "h2" : "http/1.1");
  EXPECT_EQ(hlid_client_in_flight(signer.client.get()), 0U);
}

// libcurl keeps the origin of the request before.
TEST_P(Basics, asks_two_origins_in_turn_for_what_each_has) {
  Server org(site());
  OAuthSite with_otp;
  with_otp.on_path("/services/auth/headless/init/passwordless/login", http1(200, {}, R"({"identifier":"MFFx"})"));
  Server shop(site(with_otp));
  const Settings settings = {{"integration_site", org.origin()},
                             {"integration_client_id", "integration"},
                             {"integration_client_secret", "Integration.Secret"}};
  Signer signer(shop.origin() + "/shop", settings);
  ASSERT_TRUE(signer.login().done());
  const Flow flow = make_flow(signer.app, "passwordless_login", {{"username", "lena"}, {"verification_method", "email"}});
  const Ended asking = run(signer.client, flow);
  EXPECT_EQ(asking.step, HLID_STEP_ASK) << asking.error.message;
  EXPECT_TRUE(signer.login().done());
  std::vector<std::string> targets;
  for (const auto& record : shop.journal().request_records()) targets.push_back(record.request.target);
  const std::string authorize = std::string("/shop") + kAuthorizePath;
  const std::string token = std::string("/shop") + kTokenPath;
  const std::string init = "/shop/services/auth/headless/init/passwordless/login";
  EXPECT_EQ(targets, (std::vector<std::string>{authorize, token, init, authorize, token}));
  ASSERT_EQ(org.journal().request_records().size(), 1U);
  EXPECT_EQ(org.journal().request_records()[0].request.target, kTokenPath);
}

TEST_P(Basics, sends_the_headers_of_the_flow_and_no_others) {
  Server server(site());
  EXPECT_TRUE(Signer(server.origin()).login().done());
  for (const auto& record : server.journal().request_records()) {
    EXPECT_EQ(record.request.header("content-type"), "application/x-www-form-urlencoded");
    for (const auto& [name, value] : record.request.headers) {
      std::string lower = name;
      for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      if (lower.starts_with(':')) continue;
      const bool known = lower == "host" || lower == "content-length" || lower == "content-type" || lower == "accept" ||
                         lower == "user-agent" || lower == "auth-request-type";
      EXPECT_TRUE(known) << name << ": " << value;
    }
  }
}

TEST_P(Basics, goes_on_after_an_idle_connection_was_closed_and_resumes_its_tls_session) {
  for (const After after : {After::fin, After::no_notify, After::rst}) {
    Server server(site(OAuthSite().change(1, [after](Reply reply) { return then(std::move(reply), after); })));
    Signer signer(server.origin());
    EXPECT_TRUE(signer.login().done());
    ::usleep(50'000);  // until the end has arrived
    const Ended next = signer.login();
    EXPECT_TRUE(next.done()) << next.error.message;
    EXPECT_EQ(server.connections(), 2U);
    // libcurl 7.88.1 keeps no session of an HTTP/2 connection.
    if (!h2()) {
      EXPECT_EQ(server.journal().resumed(), 1U);
    }
  }
}

TEST(Basics, speaks_http1_where_the_settings_say_so) {
  Server server(OAuthSite().options(tls()));
  Signer signer(server.origin(), {{"http_version", "1.1"}});
  EXPECT_TRUE(signer.login().done());
  EXPECT_EQ(server.journal().connection_records()[0].alpn, "http/1.1");
  Signer other(server.origin());
  EXPECT_TRUE(other.login().done());
  EXPECT_EQ(server.journal().connection_records()[1].alpn, "h2");
}

TEST(Basics, speaks_plain_http_to_a_loopback_site) {
  Server server(OAuthSite().options());
  Signer signer(server.origin());
  const Ended end = signer.login();
  EXPECT_TRUE(end.done()) << end.error.message;
  EXPECT_TRUE(signer.login().done());
  EXPECT_EQ(server.connections(), 1U);
}

}  // namespace
}  // namespace client_test
