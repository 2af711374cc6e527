// Flows without end against servers that drop, reset, refuse, end their connections and dawdle: soak FLOWS. Memory and
// descriptors end where they began. The servers live in a process of their own, whose journal grows.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "../support/new_app.h"
#include "headlessid/headlessid.h"
#include "misbehaving/certificates.h"
#include "misbehaving/http2.h"
#include "misbehaving/oauth_site.h"
#include "misbehaving/server.h"

namespace {

using namespace hlid_test;  // NOLINT: the server's vocabulary

std::string text(hlid_view view) { return view.data == nullptr ? std::string() : std::string(view.data, view.size); }

// Two requests of three are answered; the others meet one fault after the other.
Reply response(const Request& request) {
  const std::size_t turn = request.number / 3;
  const Reply good = OAuthSite::default_response(request);
  if (request.number % 3 != 0) return good;
  switch (turn % 9) {
    case 0: return no_reply(After::fin);
    case 1: return no_reply(After::rst);
    case 2: return http1(503, {{"Retry-After", "0"}}, "busy");
    case 3: return cut(good, 40, After::rst);
    case 4: return sliced(good, 16, Milliseconds(1));
    case 5:
      return request.http2 ? goaway_below()
                           : raw_reply("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", After::fin);
    case 6: return request.http2 ? reset_stream(H2Error::refused_stream) : http1(500, {}, "broken");
    case 7: return request.http2 ? goaway_at() : no_reply(After::close);
    default: return http1(302, {{"Location", "https://elsewhere.example/"}});
  }
}

struct Place {
  std::string site;
  std::string ca_file;
};

long resident_kib() {
  std::ifstream file("/proc/self/statm");
  long size = 0;
  long resident = 0;
  file >> size >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

long descriptors() {
  long count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

// The child: serves until its standard input ends.
[[noreturn]] void serve(int ports, int until) {
  const Certificates certificates;
  std::ofstream("soak-ca.pem") << certificates.ca_pem();
  std::vector<std::unique_ptr<Server>> servers;
  for (const char* protocol : {"h2", "http/1.1"}) {
    TlsOptions tls;
    tls.identity = certificates.leaf();
    tls.alpn = {protocol};
    ServerOptions options;
    options.handler = response;
    options.tls = tls;
    servers.push_back(std::make_unique<Server>(std::move(options)));
  }
  const std::uint16_t numbers[] = {servers[0]->port(), servers[1]->port()};
  if (::write(ports, numbers, sizeof numbers) != sizeof numbers) std::_Exit(1);
  char byte = 0;
  while (::read(until, &byte, 1) > 0) {
  }
  std::_Exit(0);
}

constexpr uint64_t kAtOnce = 64;

class Site {
 public:
  explicit Site(const std::string& origin) {
    app_ = new_app({{"site", hlid_str(origin.c_str())},
                    {"ca_file", hlid_str("soak-ca.pem")},
                    {"client_id", hlid_str("client")},
                    {"redirect_uri", hlid_str("https://app.example/cb")},
                    {"timeout_ms", hlid_str("3000")}});
    if (app_ == nullptr || hlid_client_new(app_, 0, &client_, nullptr) != HLID_OK) std::abort();
  }
  ~Site() {
    hlid_client_free(client_);
    hlid_app_free(app_);
  }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  void run(uint64_t flows, std::map<std::string, uint64_t>& outcomes) {
    std::vector<hlid_flow*> running(kAtOnce, nullptr);
    for (uint64_t i = 0; i < flows + kAtOnce; ++i) {
      hlid_flow*& flow = running[i % kAtOnce];
      if (flow != nullptr) {
        hlid_completion ended{};
        if (hlid_client_wait(client_, i - kAtOnce, 60'000, &ended, nullptr) != HLID_OK || ended.flow != flow) std::abort();
        ++outcomes[ended.step == HLID_STEP_DONE ? "done" : text(hlid_error_reason(hlid_flow_error(flow)))];
        hlid_flow_free(flow);
        flow = nullptr;
      }
      if (i >= flows) continue;
      if (hlid_flow_new(app_, hlid_str("login"), &flow, nullptr) != HLID_OK) std::abort();
      if (hlid_flow_set(flow, hlid_str("username"), hlid_str("lena@example.com"), nullptr) != HLID_OK) std::abort();
      if (hlid_flow_set(flow, hlid_str("password"), hlid_str("a password"), nullptr) != HLID_OK) std::abort();
      if (hlid_client_start(client_, flow, i, HLID_START_WAIT, nullptr) != HLID_OK) std::abort();
    }
  }

 private:
  hlid_app* app_ = nullptr;
  hlid_client* client_ = nullptr;
};

}  // namespace

int main(int count, char** words) {
  const uint64_t flows = count > 1 ? std::strtoull(words[1], nullptr, 10) : 20'000;
  int ports[2];
  int until[2];
  if (::pipe(ports) != 0 || ::pipe(until) != 0) return 2;
  const pid_t child = ::fork();
  if (child < 0) return 2;
  if (child == 0) {
    ::close(until[1]);
    serve(ports[1], until[0]);
  }
  ::close(until[0]);
  std::uint16_t numbers[2] = {};
  if (::read(ports[0], numbers, sizeof numbers) != sizeof numbers) return 2;
  const long before = descriptors();
  std::map<std::string, uint64_t> outcomes;
  long warm = 0;
  long end = 0;
  {
    Site http2("https://localhost:" + std::to_string(numbers[0]));
    Site http1("https://localhost:" + std::to_string(numbers[1]));
    const uint64_t part = flows / 20;
    for (uint64_t done = 0; done < flows; done += 2 * part) {
      http2.run(part, outcomes);
      http1.run(part, outcomes);
      if (done == 2 * part) warm = resident_kib();  // what is kept for later is there by now
      std::printf("%llu flows, %ld KiB, %ld descriptors\n", static_cast<unsigned long long>(done + 2 * part), resident_kib(),
                  descriptors());
      std::fflush(stdout);
    }
    end = resident_kib();
  }
  const long after = descriptors();
  ::close(until[1]);
  ::waitpid(child, nullptr, 0);
  ::unlink("soak-ca.pem");
  for (const auto& [what, times] : outcomes) std::printf("%s: %llu\n", what.c_str(), static_cast<unsigned long long>(times));
  std::printf("resident memory: %ld KiB after a tenth, %ld KiB at the end; descriptors: %ld before, %ld after\n", warm, end,
              before, after);
  constexpr long kSlackKib = 3 * 1024;  // an allocator's own ways
  return end <= warm + kSlackKib && after == before && outcomes["done"] > flows / 10 ? 0 : 1;
}
