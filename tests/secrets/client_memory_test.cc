// Z01, Z02, Z04 of the client: this process's memory after a login over the network. The server is another process, so
// that what is found here is the client's.
//
// libcurl and OpenSSL copy what they send and receive into blocks of their own, which they free as they are: a library
// cannot give them another allocator without taking the choice from its host. Here every such block is wiped when it
// is freed, and ours (operator new) are not: so what is found then would be ours. SECURITY.md says what remains.
//
// A package has a libcurl and an OpenSSL of its own, which wipe (core/net/wiping_memory.cc): there nothing is helped, and
// nothing may be found.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <new>

#include "../support/new_app.h"
#include "conversation.h"
#include "marks.h"
#include "misbehaving/certificates.h"
#include "misbehaving/oauth_site.h"
#include "misbehaving/server.h"

// The C library's own, under the names that are left when malloc's are taken.
extern "C" void* __libc_malloc(std::size_t size);  // NOLINT: glibc's name
extern "C" void __libc_free(void* block);          // NOLINT

static std::atomic<bool> wiping{false};

extern "C" void free(void* block) {
  if (block == nullptr) return;
  if (wiping.load(std::memory_order_relaxed)) {
    std::memset(block, 0, ::malloc_usable_size(block));
    __asm__ __volatile__("" : : "r"(block) : "memory");
  }
  __libc_free(block);
}

extern "C" void* realloc(void* block, std::size_t size) {
  if (size == 0) {
    free(block);
    return nullptr;
  }
  void* grown = __libc_malloc(size);
  if (grown == nullptr || block == nullptr) return grown;
  const std::size_t had = ::malloc_usable_size(block);
  std::memcpy(grown, block, had < size ? had : size);
  free(block);
  return grown;
}

void* operator new(std::size_t size) {
  void* block = __libc_malloc(size == 0 ? 1 : size);
  if (block == nullptr) std::abort();
  return block;
}
void operator delete(void* block) noexcept { __libc_free(block); }
void operator delete(void* block, std::size_t) noexcept { __libc_free(block); }

namespace secrets {
namespace {

using namespace hlid_test;  // NOLINT: the server's vocabulary

using Marks = std::map<std::string, Masked>;

std::string plain(const Masked& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) out += text.at(i);
  return out;
}

// Where the root certificate is, for the client.
class Trust {
 public:
  Trust() : path_(testing::TempDir() + "headlessid_secrets_ca_" + std::to_string(::getpid()) + ".pem") {
    std::ofstream(path_) << certificates_.ca_pem();
  }
  ~Trust() { ::unlink(path_.c_str()); }
  Trust(const Trust&) = delete;
  Trust& operator=(const Trust&) = delete;
  const std::string& path() const { return path_; }
  Identity identity() const { return certificates_.leaf(); }

 private:
  Certificates certificates_;
  std::string path_;
};

class ServerProcess {
 public:
  ServerProcess(const Marks& marks, const Trust& trust, bool h2, bool fails) {
    int ready[2];
    if (::pipe(ready) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ready[0]);
      TlsOptions tls;
      tls.identity = trust.identity();
      if (!h2) tls.alpn = {"http/1.1"};
      OAuthSite site;
      site.on_path("/authorize", [&](const Request& request) {
        return redirect_response("https://app.example/cb?code=" + plain(marks.at("code")) + "&state=" + request.form("state"));
      });
      const std::string body = R"({"access_token":")" + plain(marks.at("access_token")) + R"(","refresh_token":")" +
                               plain(marks.at("refresh_token")) + R"(","token_type":"Bearer"})";
      if (fails) {
        site.on_path("/token",
                     json_reply(400, R"({"error":"invalid_grant","error_description":")" + plain(marks.at("code")) + "\"}"));
      } else {
        site.on_path("/token", token_response(body));
      }
      Server server(site.options(tls));
      const std::uint16_t port = server.port();
      if (::write(ready[1], &port, sizeof port) != sizeof port) std::abort();
      for (;;) ::pause();
    }
    ::close(ready[1]);
    if (::read(ready[0], &port_, sizeof port_) != sizeof port_) std::abort();
    ::close(ready[0]);
  }
  ~ServerProcess() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  std::string origin() const { return "https://localhost:" + std::to_string(port_); }

 private:
  pid_t child_ = 0;
  std::uint16_t port_ = 0;
};

struct Login {
  bool h2;
  bool fails;
};

// What is left after everything was freed, by secret.
std::map<std::string, int> left_after_login(const Login& login) {
  static const Trust trust;
  Marks marks;
  marks["password"].append("Pw").append_random(40);
  marks["client_secret"].append_random(40);
  marks["extra_header"].append_random(40);
  marks["code"].append("aPrx").append_random(40);
  marks["access_token"].append("00DEx0000001abc!").append_random(60);
  marks["refresh_token"].append("5Aep").append_random(60);
  const ServerProcess server(marks, trust, login.h2, login.fails);

  const std::string site = server.origin();
  hlid_app* app = nullptr;
  {
    const Plain client_secret(marks["client_secret"]);
    Plain headers;
    headers.append(R"({"X-Api-Key":")").append(marks["extra_header"]).append("\"}");
    app = new_app({{"site", {site.data(), site.size()}},
                   {"client_id", hlid_str("3MVG9Example.ClientId")},
                   {"redirect_uri", hlid_str("https://app.example/cb")},
                   {"ca_file", {trust.path().data(), trust.path().size()}},
                   {"client_secret", client_secret.view()},
                   {"extra_headers", headers.view()}});
  }
  hlid_client* client = nullptr;
  EXPECT_EQ(hlid_client_new(app, 0, &client, nullptr), HLID_OK);
  hlid_flow* flow = nullptr;
  EXPECT_EQ(hlid_flow_new(app, hlid_str("login"), &flow, nullptr), HLID_OK);
  {
    const Plain password(marks["password"]);
    EXPECT_EQ(hlid_flow_set(flow, hlid_str("username"), hlid_str("lena@example.com"), nullptr), HLID_OK);
    EXPECT_EQ(hlid_flow_set(flow, hlid_str("password"), password.view(), nullptr), HLID_OK);
  }
  hlid_step step = 0;
  EXPECT_EQ(hlid_client_run(client, flow, &step, nullptr), HLID_OK);
  EXPECT_EQ(step, login.fails ? HLID_STEP_FAILED : HLID_STEP_DONE);
  hlid_flow_free(flow);
  hlid_client_free(client);
  hlid_app_free(app);

  std::map<std::string, int> left;
  for (const auto& [name, mark] : marks) {
    for (const std::string& found : found_in_memory(forms_of(name, mark))) ++left[found];
  }
  return left;
}

std::string told(const std::map<std::string, int>& left) {
  std::string all;
  for (const auto& [name, count] : left) all += "\n  " + name + ": " + std::to_string(count);
  return all;
}

class ClientMemory : public testing::TestWithParam<Login> {};
INSTANTIATE_TEST_SUITE_P(Client, ClientMemory,
                         testing::Values(Login{true, false}, Login{false, false}, Login{true, true}, Login{false, true}),
                         [](const auto& which) {
                           return std::string(which.param.h2 ? "http2" : "http1") + (which.param.fails ? "_failed" : "_done");
                         });

#ifdef HLID_BUNDLED
TEST_P(ClientMemory, holds_no_secret_after_the_end) { EXPECT_EQ(told(left_after_login(GetParam())), ""); }
#else
TEST_P(ClientMemory, of_ours_holds_no_secret_after_the_end) {
  wiping = true;
  EXPECT_EQ(told(left_after_login(GetParam())), "");
  wiping = false;
}

// The other way round, so that the limit that is documented stays true, and the test above stays worth something.
TEST_P(ClientMemory, of_libcurl_does_hold_some) { EXPECT_NE(told(left_after_login(GetParam())), ""); }
#endif

}  // namespace
}  // namespace secrets
