// N01: what a name server may say, in a process whose only name server is here.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "tls_support.h"

namespace client_test {
namespace {

// Answers by the first label of the name: alive, servfail, missing, nothing, loop, many, silent.
class NameServer {
 public:
  NameServer() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(53);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    stopping_ = true;
    thread_.join();
    ::close(fd_);
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;

 private:
  void serve() {
    while (!stopping_) {
      pollfd waiting{fd_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      char bytes[1500];
      sockaddr_in from{};
      socklen_t size = sizeof from;
      const ssize_t got = ::recvfrom(fd_, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 17) continue;
      const std::string response = response_to(std::string(bytes, static_cast<std::size_t>(got)));
      if (!response.empty()) ::sendto(fd_, response.data(), response.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
  }

  // RFC 1035 4.1.
  static std::string response_to(const std::string& query) {
    std::size_t end = 12;
    while (end < query.size() && query[end] != 0) end += static_cast<unsigned char>(query[end]) + 1U;
    if (end + 5 > query.size()) return {};
    const std::string question = query.substr(12, end + 5 - 12);
    const std::string label = question.substr(1, static_cast<unsigned char>(question[0]));
    const bool wants_ipv4 = question[question.size() - 3] == 1;
    if (label == "silent") return {};
    char code = 0;
    std::vector<std::string> records;
    const auto record = [](char type, const std::string& data) {
      return std::string("\xc0\x0c\0", 3) + type + std::string("\0\1\0\0\0\0", 6) + '\0' + static_cast<char>(data.size()) + data;
    };
    if (label == "servfail") code = 2;
    if (label == "missing") code = 3;
    if (label == "loop") records.push_back(record(5, "\xc0\x0c"));
    if (label == "alive" && wants_ipv4) records.push_back(record(1, std::string("\x7f\0\0\1", 4)));
    if (label == "many" && wants_ipv4) {
      for (char last = 1; last <= 25; ++last) records.push_back(record(1, std::string("\x7f\0\0", 3) + last));
    }
    std::string response = query.substr(0, 2) + "\x81" + static_cast<char>(0x80 | code) + std::string("\0\1\0", 3) +
                           static_cast<char>(records.size()) + std::string(4, '\0') + question;
    for (const std::string& each : records) response += each;
    return response;
  }

  int fd_;
  std::atomic<bool> stopping_{false};
  std::thread thread_{};
};

TEST(NamesAlone, DISABLED_n01) {
  if (!is_alone()) GTEST_SKIP();
  const NameServer names;
  Server server(OAuthSite().options(tls({.dns = {"alive.example"}, .ips = {}})));
  const Ended alive = Signer(server.origin("alive.example")).login(10'000);
  EXPECT_TRUE(alive.done()) << alive.error.message;

  Sites sites;
  for (const char* name : {"servfail", "missing", "nothing", "loop"})
    sites.add_at(name, server.origin(name + std::string(".example")));
  // No such name is said once; a name server that does not know at the moment is asked again.
  sites.run([](const Sites::Site& site, const Ended& end) {
    const bool unknown = site.name == "missing" || site.name == "nothing";
    if (unknown) {
      expect_lasting(end, "no_host", site.name);
      EXPECT_EQ(end.error.field, "site") << site.name;
    } else if (site.name == "servfail") {
      expect_never_left(end, "no_name_server", site.name);
    } else {
      EXPECT_TRUE(end.error.reason == "no_host" || end.error.reason == "no_name_server") << end.error.reason;
    }
  });
  // Addresses at which nobody listens, all of them: libcurl takes its time for each.
  const RefusingPort dead;
  const Ended many = Signer("https://many.example:" + std::to_string(dead.port())).login(300);
  expect_never_left(many, many.error.reason == "timeout" ? "timeout" : "no_connection", "many");

  // The system's resolver would wait for 10 s and more.
  Signer signer(server.origin("silent.example"));
  Ended end;
  const int64_t took = time_of([&] { end = signer.login(300); });
  expect_never_left(end, "timeout", "silent");
  EXPECT_GE(took, 299);
  EXPECT_LT(took, 300 + kSlack);
  EXPECT_LT(time_of([&] { signer.client.reset(); }), kSlack);
  EXPECT_EQ(server.journal().requests(), 2U);
}

#ifdef __GLIBC__
// glibc 2.18 and newer, which may not be the oldest that this is linked for; null where it lacks them.
template <typename Function>
Function* found(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

// At a limit of threads: neither libcurl nor we can look the name up, which says nothing about it.
TEST(Names, n01_no_thread_for_a_lookup_is_a_passing_fault) {
  auto* get_default = found<int(pthread_attr_t*)>("pthread_getattr_default_np");
  auto* set_default = found<int(const pthread_attr_t*)>("pthread_setattr_default_np");
  if (get_default == nullptr || set_default == nullptr) GTEST_SKIP() << "this libc has no default for all threads";
  pthread_attr_t before;
  pthread_attr_t huge;
  ASSERT_EQ(get_default(&before), 0);
  ASSERT_EQ(get_default(&huge), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&huge, std::size_t{1} << 48), 0);
  Signer signer("https://acme.example");
  ASSERT_EQ(set_default(&huge), 0);
  const Ended end = signer.login(1000);
  ASSERT_EQ(set_default(&before), 0);
  // libcurl 8.20 and newer wait until there is a thread.
  expect_never_left(end, end.error.reason == "timeout" ? "timeout" : "no_name_server", "no thread");
  EXPECT_EQ(end.error.advice, HLID_ADVICE_RETRY_LATER);
  pthread_attr_destroy(&before);
  pthread_attr_destroy(&huge);
}
#endif

TEST(Names, n01_what_a_name_server_may_say) {
  RUN_ALONE_OR_SKIP(
      "NamesAlone.DISABLED_n01",
      "mount -t tmpfs tmpfs /mnt; echo nameserver 127.0.0.1 > /mnt/names; mount --bind /mnt/names /etc/resolv.conf");
}

}  // namespace
}  // namespace client_test
