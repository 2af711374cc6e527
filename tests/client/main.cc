// The whole suite runs in an environment that would lead libcurl astray if it were asked: a key log, proxies that
// nobody answers at, lists of certificates that do not exist, a .netrc with credentials (U19, S19).
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

class HostileEnvironment : public testing::Environment {
 public:
  HostileEnvironment() {
    const char* folder = std::getenv("TMPDIR");
    home_ = std::string(folder == nullptr ? "/tmp" : folder) + "/headlessid_client_home_XXXXXX";
    if (::mkdtemp(home_.data()) == nullptr) std::abort();
    std::ofstream(home_ + "/.netrc") << "default login netrc-user password netrc-marked\n";
    std::ofstream(home_ + "/.curlrc") << "header = \"X-Curlrc: netrc-marked\"\n";
    ::chmod((home_ + "/.netrc").c_str(), 0600);
    ::setenv("HOME", home_.c_str(), 1);
    ::setenv("SSLKEYLOGFILE", (home_ + "/keys").c_str(), 1);
    for (const char* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "http_proxy"}) {
      ::setenv(name, "http://proxy-user:marked-proxy-password@127.0.0.1:1", 1);
    }
    for (const char* name : {"NO_PROXY", "no_proxy"}) ::unsetenv(name);
    for (const char* name : {"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE"}) ::setenv(name, "/nowhere/at/all", 1);
    // As most hosts have it: a write to a closed connection must not reach this.
    std::signal(SIGPIPE, SIG_DFL);
  }
  ~HostileEnvironment() override { std::filesystem::remove_all(home_); }

 private:
  std::string home_;
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  testing::AddGlobalTestEnvironment(new HostileEnvironment);  // gtest owns it
  return RUN_ALL_TESTS();
}
