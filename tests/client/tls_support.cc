#include "tls_support.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <system_error>

namespace client_test {

void Sites::add(std::string name, ServerOptions options, const std::string& host, const Settings& more, int64_t timeout_ms) {
  Site site;
  site.name = std::move(name);
  site.server = std::make_unique<Server>(std::move(options));
  site.signer = std::make_unique<Signer>(site.server->origin(host), more);
  site.flow = make_login(site.signer->app, timeout_ms);
  sites_.push_back(std::move(site));
}

void Sites::add(std::string name, TlsOptions tls_options, const std::string& host, const Settings& more, int64_t timeout_ms) {
  add(std::move(name), OAuthSite().options(std::move(tls_options)), host, more, timeout_ms);
}

void Sites::add_at(std::string name, const std::string& site, const Settings& more, int64_t timeout_ms) {
  Site one;
  one.name = std::move(name);
  one.signer = std::make_unique<Signer>(site, more);
  one.flow = make_login(one.signer->app, timeout_ms);
  sites_.push_back(std::move(one));
}

int64_t Sites::run(const Check& check) {
  const int64_t begun = now_ms();
  for (const Site& site : sites_) {
    EXPECT_EQ(hlid_client_start(site.signer->client.get(), site.flow.get(), 1, HLID_START_WAIT, nullptr), HLID_OK) << site.name;
  }
  std::vector<Ended> ends;
  for (const Site& site : sites_) {
    hlid_completion completion{};
    EXPECT_EQ(hlid_client_wait(site.signer->client.get(), 1, 60'000, &completion, nullptr), HLID_OK) << site.name;
    EXPECT_EQ(completion.flow, site.flow.get()) << site.name;
    ends.push_back(ended(site.flow, completion.step));
  }
  const int64_t took = now_ms() - begun;
  for (std::size_t i = 0; i < sites_.size(); ++i) check(sites_[i], ends[i]);
  return took;
}

void expect_untouched(const Server& server, const std::string& what) {
  for (const ConnectionRecord& record : server.journal().connection_records()) {
    EXPECT_EQ(record.early_data_bytes, 0U) << what;
    // Where there was no handshake on its side, it has noted the client's part of one.
    for (const char* ours : {kPassword, kUsername, "client-of-tests", "POST", "PRI *", "CONNECT"}) {
      EXPECT_EQ(record.received.find(ours), std::string::npos) << what << ": " << ours;
    }
  }
  EXPECT_EQ(server.journal().request_records().size(), 0U) << what;
}

void expect_never_left(const Ended& end, const std::string& reason, const std::string& what) {
  EXPECT_EQ(end.step, HLID_STEP_FAILED) << what;
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << what << ": " << end.error.message;
  EXPECT_EQ(end.error.reason, reason) << what << ": " << end.error.message;
  EXPECT_EQ(end.error.advice, HLID_ADVICE_RETRY_LATER) << what;
  EXPECT_FALSE(end.error.outcome_unknown) << what << ": " << end.error.message;
  EXPECT_EQ(end.error.http_status, 0) << what;
}

void expect_lasting(const Ended& end, const std::string& reason, const std::string& what) {
  EXPECT_EQ(end.step, HLID_STEP_FAILED) << what;
  EXPECT_EQ(end.error.kind, HLID_E_TRANSPORT) << what << ": " << end.error.message;
  EXPECT_EQ(end.error.reason, reason) << what << ": " << end.error.message;
  EXPECT_TRUE(end.error.advice == HLID_ADVICE_NONE || end.error.advice == HLID_ADVICE_FIX_ARGUMENT)
      << what << ": " << end.error.advice;
  EXPECT_EQ(end.error.field.empty(), end.error.advice == HLID_ADVICE_NONE) << what;
  EXPECT_FALSE(end.error.hint.empty()) << what;
  EXPECT_FALSE(end.error.outcome_unknown) << what << ": " << end.error.message;
  EXPECT_EQ(end.error.http_status, 0) << what;
}

Sites::Check expect_refused_as(std::string reason) {
  return [reason = std::move(reason)](const Sites::Site& site, const Ended& end) {
    expect_lasting(end, reason, site.name);
    expect_untouched(*site.server, site.name);
    EXPECT_EQ(site.server->connections(), 1U) << site.name;
  };
}

void expect_refused(const Sites::Site& site, const Ended& end) {
  EXPECT_TRUE(end.error.reason.ends_with("_certificate") || end.error.reason == "tls_failed")
      << site.name << ": " << end.error.reason;
  expect_refused_as(end.error.reason)(site, end);
}

void expect_broken_off(const Sites::Site& site, const Ended& end) {
  expect_never_left(end, "no_connection", site.name);
  expect_untouched(*site.server, site.name);
  // Three attempts of the flow, each on one connection.
  EXPECT_GE(site.server->connections(), 1U) << site.name;
  EXPECT_LE(site.server->connections(), 3U) << site.name;
}

void expect_signed_in(const Sites::Site& site, const Ended& end) {
  EXPECT_TRUE(end.done()) << site.name << ": " << end.error.reason << ": " << end.error.message;
  EXPECT_EQ(site.server->requests(kAuthorizePath), 1U) << site.name;
  EXPECT_EQ(site.server->requests(kTokenPath), 1U) << site.name;
}

std::unique_ptr<Server> server_at(ServerOptions options, std::uint16_t port) {
  options.port = port;
  try {
    return std::make_unique<Server>(std::move(options));
  } catch (const std::system_error&) {
    return nullptr;
  }
}

bool can_be_alone() {
  static const bool kCan =                                                                                  //
      std::system("unshare --map-root-user --mount --net sh -c 'ip link set lo up' >/dev/null 2>&1") == 0;  // NOLINT
  return kCan;
}

bool is_alone() { return std::getenv("HLID_TEST_ALONE") != nullptr; }

void run_alone(const std::string& test, const std::string& script) {
  std::array<char, 4096> self{};
  ASSERT_GT(::readlink("/proc/self/exe", self.data(), self.size() - 1), 0);
  const std::string command =
      "unshare --map-root-user --mount --net sh -c 'set -e; ip link set lo up; export HLID_TEST_ALONE=1; " + script +
      "; exec \"" + self.data() + "\" --gtest_also_run_disabled_tests --gtest_filter=" + test + "'";
  const int status = std::system(command.c_str());  // NOLINT: the script is the test's own
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << test << " ended with " << status;
}

}  // namespace client_test
