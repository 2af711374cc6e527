// Z01, Z02, Z04 of the client: this process's memory after a login over the network. The server is another process, so
// that what is found here is the client's.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>

#include "conversation.h"
#include "marks.h"
#include "misbehaving/certificates.h"
#include "misbehaving/oauth_site.h"
#include "misbehaving/server.h"

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
        return redirect_answer("https://app.example/cb?code=" + plain(marks.at("code")) + "&state=" + request.form("state"));
      });
      const std::string body = R"({"access_token":")" + plain(marks.at("access_token")) + R"(","refresh_token":")" +
                               plain(marks.at("refresh_token")) + R"(","token_type":"Bearer"})";
      if (fails) {
        site.on_path("/token", json_reply(400, R"({"error":"invalid_grant","error_description":")" + plain(marks.at("code")) + "\"}"));
      } else {
        site.on_path("/token", token_answer(body));
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

struct Setup {
  bool h2;
  bool fails;
};

// What is left after everything was freed, by secret.
std::map<std::string, int> left_after_login(const Setup& setup) {
  static const Trust trust;
  Marks marks;
  marks["password"].append("Pw").append_random(40);
  marks["client_secret"].append_random(40);
  marks["extra_header"].append_random(40);
  marks["code"].append("aPrx").append_random(40);
  marks["access_token"].append("00DEx0000001abc!").append_random(60);
  marks["refresh_token"].append("5Aep").append_random(60);
  const ServerProcess server(marks, trust, setup.h2, setup.fails);

  hlid_app_settings settings;
  hlid_app_settings_init(&settings, sizeof settings);
  const std::string site = server.origin();
  settings.site = {site.data(), site.size()};
  settings.client_id = hlid_str("3MVG9Example.ClientId");
  settings.redirect_uri = hlid_str("https://app.example/cb");
  settings.ca_file = {trust.path().data(), trust.path().size()};
  hlid_app* app = nullptr;
  {
    const Plain client_secret(marks["client_secret"]);
    settings.client_secret = client_secret.view();
    Plain headers;
    headers.append(R"({"X-Api-Key":")").append(marks["extra_header"]).append("\"}");
    settings.extra_headers = headers.view();
    EXPECT_EQ(hlid_app_new(&settings, &app, nullptr), HLID_OK);
  }
  hlid_client* client = nullptr;
  EXPECT_EQ(hlid_client_new(app, nullptr, &client, nullptr), HLID_OK);
  hlid_flow* flow = nullptr;
  EXPECT_EQ(hlid_flow_new(app, hlid_str("login"), &flow, nullptr), HLID_OK);
  {
    const Plain password(marks["password"]);
    EXPECT_EQ(hlid_flow_set(flow, hlid_str("username"), hlid_str("lena@example.com"), nullptr), HLID_OK);
    EXPECT_EQ(hlid_flow_set(flow, hlid_str("password"), password.view(), nullptr), HLID_OK);
  }
  hlid_step step = 0;
  EXPECT_EQ(hlid_client_run(client, flow, &step, nullptr), HLID_OK);
  EXPECT_EQ(step, setup.fails ? HLID_STEP_FAILED : HLID_STEP_DONE);
  hlid_flow_free(flow);
  hlid_client_free(client);
  hlid_app_free(app);

  std::map<std::string, int> left;
  for (const auto& [name, mark] : marks) {
    for (const std::string& found : found_in_memory(forms_of(name, mark))) ++left[found];
  }
  return left;
}

TEST(ClientMemory, measure) {
  for (const Setup& setup : {Setup{true, false}, Setup{false, false}, Setup{true, true}, Setup{false, true}}) {
    std::printf("%s %s\n", setup.h2 ? "HTTP/2" : "HTTP/1.1", setup.fails ? "failed" : "done");
    for (const auto& [name, count] : left_after_login(setup)) std::printf("  %s: %d\n", name.c_str(), count);
  }
}

}  // namespace
}  // namespace secrets
