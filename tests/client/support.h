// The client through the C interface, against the server that misbehaves.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "headlessid/headlessid.h"
#include "misbehaving/certificates.h"
#include "misbehaving/dead_ports.h"
#include "misbehaving/http1_connection.h"
#include "misbehaving/http2.h"
#include "misbehaving/oauth_site.h"
#include "misbehaving/proxy.h"
#include "misbehaving/server.h"

#if defined(__has_feature)  // clang; gcc says so by macros
#if __has_feature(thread_sanitizer)
#define HLID_TEST_TSAN 1
#endif
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HLID_TEST_SLOW 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define HLID_TEST_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HLID_TEST_SLOW 1
#endif

namespace client_test {

// Built with a sanitizer: many times slower, and with memory of its own.
#ifdef HLID_TEST_SLOW
inline constexpr bool kSlow = true;
#else
inline constexpr bool kSlow = false;
#endif

using namespace hlid_test;  // NOLINT: the server's vocabulary

// On top of what the clock allows: a machine that does other work, or a sanitizer. A wait that nothing ends takes longer.
inline constexpr int64_t kSlack = 5000;

inline constexpr const char* kUsername = "lena@example.com";
inline constexpr const char* kPassword = "Tr0ub4dor&marked-password";
inline constexpr const char* kCallback = "https://app.example/cb";
inline constexpr const char* kAuthorizePath = "/services/oauth2/authorize";
inline constexpr const char* kTokenPath = "/services/oauth2/token";
inline constexpr const char* kUserinfoPath = "/services/oauth2/userinfo";
inline constexpr const char* kRevokePath = "/services/oauth2/revoke";

inline std::string text(hlid_view view) { return view.data == nullptr ? std::string() : std::string(view.data, view.size); }
inline hlid_view view(std::string_view of) { return {of.data(), of.size()}; }

// Made once: keys take a while.
const Certificates& certificates();
TlsOptions tls(const Leaf& leaf = {});

// A file that goes when the object goes.
class TempFile {
 public:
  explicit TempFile(std::string_view content);
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};
// The one that holds the root of certificates().
const std::string& ca_file();

// What an error said, after it was freed.
struct Said {
  hlid_status kind = HLID_OK;
  hlid_advice advice = HLID_ADVICE_NONE;
  std::string reason{}, message{}, hint{}, field{}, server_code{}, server_text{};
  int32_t http_status = 0;
  bool outcome_unknown = false;
};
Said said(const hlid_error* error);

struct AppFree {
  void operator()(hlid_app* app) const { hlid_app_free(app); }
};
struct FlowFree {
  void operator()(hlid_flow* flow) const { hlid_flow_free(flow); }
};
struct ClientFree {
  void operator()(hlid_client* client) const { hlid_client_free(client); }
};
using App = std::unique_ptr<hlid_app, AppFree>;
using Flow = std::unique_ptr<hlid_flow, FlowFree>;
using Client = std::unique_ptr<hlid_client, ClientFree>;
using Settings = std::vector<std::pair<std::string, std::string>>;

// An app of this site; `more` comes on top of the usual settings and may replace them. Null and *error on refusal.
App make_app(const std::string& site, const Settings& more = {}, Said* error = nullptr);
Client make_client(const App& app, Said* error = nullptr, int64_t max_in_flight = 0);

Flow make_flow(const App& app, std::string_view name, const Settings& parameters = {}, int64_t timeout_ms = 0);
Flow make_login(const App& app, int64_t timeout_ms = 0);
Flow make_userinfo(const App& app, int64_t timeout_ms = 0);
Flow make_revocation(const App& app, int64_t timeout_ms = 0);

// How a flow ended.
struct Ended {
  hlid_status call = HLID_OK;  // of hlid_client_run itself
  hlid_step step = 0;
  Said error{};
  std::string access_token{};
  bool done() const { return call == HLID_OK && step == HLID_STEP_DONE; }
};
Ended ended(const Flow& flow, hlid_step step);
Ended run(const Client& client, const Flow& flow);

// One app with one client.
struct Signer {
  explicit Signer(const std::string& site, const Settings& more = {});
  Ended login(int64_t timeout_ms = 0) { return run(client, make_login(app, timeout_ms)); }
  Ended userinfo(int64_t timeout_ms = 0) { return run(client, make_userinfo(app, timeout_ms)); }
  Ended revocation(int64_t timeout_ms = 0) { return run(client, make_revocation(app, timeout_ms)); }
  App app;
  Client client;
};

// Each test of this kind runs over both protocols, as the server's ALPN decides.
enum class Http { one, two };
class BothProtocols : public testing::TestWithParam<Http> {
 protected:
  bool h2() const { return GetParam() == Http::two; }
  TlsOptions wire(const Leaf& leaf = {}) const;
  ServerOptions site(const OAuthSite& of = OAuthSite()) const { return of.options(wire()); }
};
std::string protocol_name(const testing::TestParamInfo<Http>& which);
#define RUN_OVER_BOTH(Suite) INSTANTIATE_TEST_SUITE_P(Client, Suite, testing::Values(Http::one, Http::two), protocol_name)

int64_t now_ms();  // steady
template <typename Call>
int64_t time_of(Call call) {
  const int64_t before = now_ms();
  call();
  return now_ms() - before;
}

// The client's own threads in this process.
std::size_t client_threads();
// The kernel lists a thread for a moment after it has been joined; less than the second for which an idle one stays.
bool client_threads_are_gone(int64_t within_ms = 500);

// No marked secret in anything that a person or a log may see.
void expect_no_secret(const Said& error);

inline constexpr const char* kUserinfoJson =
    R"({"sub":"https://login.salesforce.com/id/00D/005","user_id":"005","organization_id":"00D","preferred_username":"lena@example.com"})";
Reply userinfo_response();

}  // namespace client_test
