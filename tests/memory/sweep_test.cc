// Memory that runs out, at every place where some is taken: the n-th allocation fails, once or for good, for each n. The
// header promises that this ends the process; where a library below us reports it instead, the flow ends in an error, or
// goes on because it can do without. Never may it be anything else: no crash, no hang, no wrong result, no secret in what
// the process says at its end.
//
//   sweep_test [STEP [STORY]]     every STEP-th n (default 1); "loop" (default), "client" or "new_client"
//
// Each n has a child process of its own. glibc: this file's malloc stands in front of its own.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "../support/new_app.h"
#include "headlessid/headlessid.h"

extern "C" {
void* __libc_malloc(size_t size);                      // NOLINT: glibc's own
void* __libc_calloc(size_t count, size_t size);        // NOLINT
void* __libc_realloc(void* block, size_t size);        // NOLINT
void* __libc_memalign(size_t alignment, size_t size);  // NOLINT
}

namespace {

std::atomic<bool> counting{false};
std::atomic<long> taken{0};
long failing = -1;
bool for_good = false;

bool fails() {
  if (!counting.load(std::memory_order_relaxed)) return false;
  const long n = taken.fetch_add(1, std::memory_order_relaxed);
  if (failing < 0 || (for_good ? n < failing : n != failing)) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {
void* malloc(size_t size) { return fails() ? nullptr : __libc_malloc(size); }
void* calloc(size_t count, size_t size) { return fails() ? nullptr : __libc_calloc(count, size); }
void* realloc(void* block, size_t size) { return fails() ? nullptr : __libc_realloc(block, size); }
void* memalign(size_t alignment, size_t size) { return fails() ? nullptr : __libc_memalign(alignment, size); }
void* aligned_alloc(size_t alignment, size_t size) { return fails() ? nullptr : __libc_memalign(alignment, size); }
int posix_memalign(void** out, size_t alignment, size_t size) {
  if (fails()) return ENOMEM;
  *out = __libc_memalign(alignment, size);
  return *out == nullptr ? ENOMEM : 0;
}
}

namespace {

constexpr int64_t kNow = 1'767'225'600'000;
constexpr const char* kPassword = "Tr0ub4dor-PasswordMark";
constexpr const char* kCode = "aPrxCodeMark.k9==";
constexpr const char* kToken = "00DEx0000001abc!AQcAQTokenMark";
constexpr const char* kClientSecret = "7F3A9C1E-SecretMark";
constexpr const char* kRefreshToken = "5Aep861RefreshMark";
constexpr const char* kMarks[] = {"PasswordMark", "CodeMark", "TokenMark", "SecretMark", "RefreshMark"};

// Exit statuses of a child whose flow came to an end by itself.
constexpr int kGood = 0;
constexpr int kRefused = 3;
constexpr int kWrong = 9;

std::string_view text(hlid_view view) {
  return view.data == nullptr ? std::string_view() : std::string_view(view.data, view.size);
}

// What the host would write down of an error.
int refused(const hlid_error* error) {
  for (const hlid_view part : {hlid_error_message(error), hlid_error_hint(error), hlid_error_field(error),
                               hlid_error_server_code(error), hlid_error_server_text(error)}) {
    (void)!write(STDERR_FILENO, part.data, part.size);
  }
  return kRefused;
}

hlid_app* make_app(const char* site, hlid_error** error) {
  return new_app({{"site", hlid_str(site)},
                  {"allow_http_loopback", hlid_str("true")},
                  {"client_id", hlid_str("3MVG9Example.ClientId")},
                  {"client_secret", hlid_str(kClientSecret)},
                  {"redirect_uri", hlid_str("https://app.example.com/callback")},
                  {"seal_keys", hlid_str("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")}},
                 error);
}

int result_of(hlid_flow* flow) {
  const hlid_result* result = hlid_flow_result(flow);
  if (result == nullptr) return refused(hlid_flow_error(flow));
  return text(hlid_result_get(result, hlid_str("access_token"))) == kToken ? kGood : kWrong;
}

// A login through the step loop, into a ticket and out again, with its trace.
int step_loop(const char*) {
  hlid_error* error = nullptr;
  hlid_app* app = make_app("https://acme.my.site.com/shop", &error);
  if (app == nullptr) return refused(error);
  hlid_flow* flow = nullptr;
  hlid_step step = 0;
  hlid_view ticket = {nullptr, 0};
  const auto good = [&](hlid_status status) { return status == HLID_OK; };
  if (!good(hlid_flow_new(app, hlid_str("login"), &flow, &error)) || !good(hlid_flow_set_trace(flow, 1, &error)) ||
      !good(hlid_flow_set(flow, hlid_str("username"), hlid_str("lena.ortiz@example.com"), &error)) ||
      !good(hlid_flow_next(flow, kNow, &step, &error)) ||
      !good(hlid_flow_seal(flow, hlid_str("session"), kNow, &ticket, &error))) {
    return refused(error);
  }
  hlid_flow* other = nullptr;
  if (!good(hlid_flow_unseal(app, hlid_str("login"), ticket, hlid_str("session"), kNow, &other, &error))) return refused(error);
  hlid_flow_free(flow);
  flow = other;
  for (;;) {
    if (!good(hlid_flow_next(flow, kNow, &step, &error))) return refused(error);
    if (step == HLID_STEP_ASK) {
      if (!good(hlid_flow_give_value(flow, hlid_flow_ask_name(flow), hlid_str(kPassword), &error))) return refused(error);
    } else if (step == HLID_STEP_SEND && text(hlid_flow_request_name(flow)) == "authorize") {
      const std::string_view body = text(hlid_flow_request_body(flow));
      const size_t at = body.find("&state=") + 7;
      char location[256];
      const std::string_view state = body.substr(at, body.find('&', at) - at);
      const int size =
          std::snprintf(location, sizeof location, "https://app.example.com/callback?code=aPrxCodeMark.k9%%3D%%3D&state=%.*s",
                        static_cast<int>(state.size()), state.data());
      if (!good(hlid_flow_give_header(flow, hlid_str("Location"), {location, static_cast<size_t>(size)}, &error)) ||
          !good(hlid_flow_give_response(flow, 302, 20, {nullptr, 0}, &error))) {
        return refused(error);
      }
    } else if (step == HLID_STEP_SEND) {
      constexpr const char* kResponse =
          R"({"access_token":"00DEx0000001abc!AQcAQTokenMark","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com"})";
      if (!good(hlid_flow_give_response(flow, 200, 20, hlid_str(kResponse), &error))) return refused(error);
    } else {
      break;
    }
  }
  const int end = result_of(flow);
  const std::string_view trace = text(hlid_flow_trace(flow));
  (void)!write(STDERR_FILENO, trace.data(), trace.size());
  hlid_flow_free(flow);
  hlid_app_free(app);
  return end;
}

bool start_counting() { return counting = true; }

// A refresh through a client of its own. Counted from its start, or with what makes the client: the system's certificates
// take a hundred thousand allocations.
int client(const char* site) {
  hlid_error* error = nullptr;
  hlid_app* app = make_app(site, &error);
  hlid_flow* flow = nullptr;
  hlid_client* made = nullptr;
  hlid_step step = 0;
  if (app == nullptr || hlid_flow_new(app, hlid_str("refresh"), &flow, &error) != HLID_OK ||
      hlid_flow_set_trace(flow, 1, &error) != HLID_OK ||
      hlid_flow_set(flow, hlid_str("refresh_token"), hlid_str(kRefreshToken), &error) != HLID_OK ||
      hlid_flow_set_timeout_ms(flow, 2'000, &error) != HLID_OK || hlid_client_new(app, 0, &made, &error) != HLID_OK ||
      !start_counting() || hlid_client_run(made, flow, &step, &error) != HLID_OK) {
    return refused(error);
  }
  const int end = result_of(flow);
  const std::string_view trace = text(hlid_flow_trace(flow));
  (void)!write(STDERR_FILENO, trace.data(), trace.size());
  hlid_client_free(made);
  hlid_flow_free(flow);
  hlid_app_free(app);
  return end;
}

// Answers every request with a token, in a process of its own. Returns the site's address.
std::string serve(pid_t& server) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("listen");
    std::exit(2);
  }
  server = fork();
  if (server != 0) {
    close(listener);
    return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/shop";
  }
  const std::string body = std::string(R"({"access_token":")") + kToken +
                           R"(","token_type":"Bearer","instance_url":"https://acme.my.salesforce.com"})";
  const std::string response =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
      "\r\n\r\n" + body;
  (void)signal(SIGPIPE, SIG_IGN);
  for (;;) {
    const int connection = accept(listener, nullptr, nullptr);
    if (connection < 0) continue;
    std::string got;
    char piece[4096];
    for (;;) {
      pollfd wait = {connection, POLLIN, 0};
      if (poll(&wait, 1, 3'000) <= 0) break;
      const ssize_t count = read(connection, piece, sizeof piece);
      if (count <= 0) break;
      got.append(piece, static_cast<size_t>(count));
      // The form ends with the client's secret; a length would have to be read for anything else.
      const size_t head = got.find("\r\n\r\n");
      const size_t length = got.find("ontent-Length: ");
      if (head != std::string::npos && length != std::string::npos &&
          got.size() >= head + 4 + std::strtoul(got.c_str() + length + 15, nullptr, 10)) {
        (void)!write(connection, response.data(), response.size());
        break;
      }
    }
    close(connection);
  }
}

struct Story {
  const char* name;
  int (*run)(const char* site);
  bool from_the_start;
  bool only_by_name = false;
};
constexpr Story kStories[] = {{"loop", step_loop, true}, {"client", client, false, true}, {"new_client", client, true, true}};

struct End {
  int status = 0;
  long taken = 0;
  std::string said;
};

// One child in which the n-th allocation fails (below 0: none).
End child_of(const Story& story, const char* site, long n, bool always) {
  int out[2];
  int count[2];
  if (pipe(out) != 0 || pipe(count) != 0) std::exit(2);
  const pid_t child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(out[1], STDERR_FILENO);
    for (const int fd : {out[0], out[1], count[0]}) close(fd);
    alarm(20);
    failing = n;
    for_good = always;
    counting = story.from_the_start;
    const int status = story.run(site);
    counting = false;
    const long all = taken;
    (void)!write(count[1], &all, sizeof all);
    _exit(status);
  }
  close(out[1]);
  close(count[1]);
  End end;
  char piece[4096];
  for (ssize_t got = 0; (got = read(out[0], piece, sizeof piece)) > 0;) end.said.append(piece, static_cast<size_t>(got));
  (void)!read(count[0], &end.taken, sizeof end.taken);
  close(out[0]);
  close(count[0]);
  waitpid(child, &end.status, 0);
  return end;
}

// Empty if the child ended as it may.
std::string fault_of(const End& end) {
  for (const char* mark : kMarks) {
    if (end.said.find(mark) != std::string::npos) return std::string("says ") + mark;
  }
  if (WIFSIGNALED(end.status))
    return WTERMSIG(end.status) == SIGABRT ? "" : "ended by signal " + std::to_string(WTERMSIG(end.status));
  const int status = WEXITSTATUS(end.status);
  return status == kGood || status == kRefused ? "" : "ended with status " + std::to_string(status);
}

}  // namespace

int main(int argc, char** argv) {
  const long step = argc > 1 ? std::atol(argv[1]) : 1;
  const std::string_view only = argc > 2 ? argv[2] : "";
  pid_t server = 0;
  const std::string site = hlid_has_client() == 1 ? serve(server) : std::string();
  int faults = 0;
  // Before the first fork: OpenSSL's own first use is not looked at here.
  if (const int devnull = dup(STDERR_FILENO); devnull >= 0 && std::freopen("/dev/null", "w", stderr) != nullptr) {
    (void)step_loop(nullptr);
    dup2(devnull, STDERR_FILENO);
    close(devnull);
  }
  for (const Story& story : kStories) {
    if ((server == 0 && story.run == client) || (only.empty() ? story.only_by_name : only != story.name)) continue;
    std::fflush(stdout);
    const End whole = child_of(story, site.c_str(), -1, false);
    if (!WIFEXITED(whole.status) || WEXITSTATUS(whole.status) != kGood || !fault_of(whole).empty()) {
      std::printf("%s: without a fault it ends with %d\n%s\n", story.name, whole.status, whole.said.c_str());
      ++faults;
      continue;
    }
    long aborted = 0, errors = 0, went_on = 0;
    for (long n = 0; n < whole.taken; n += step) {
      for (const bool always : {false, true}) {
        const End end = child_of(story, site.c_str(), n, always);
        const std::string fault = fault_of(end);
        if (!fault.empty()) {
          std::printf("%s: allocation %ld fails %s: it %s\n%s\n", story.name, n, always ? "for good" : "once", fault.c_str(),
                      end.said.c_str());
          ++faults;
        }
        ++(WIFSIGNALED(end.status) ? aborted : WEXITSTATUS(end.status) == kGood ? went_on : errors);
      }
    }
    std::printf("%s: %ld allocations; %ld times the process ended, %ld times the flow with an error, %ld times it went on\n",
                story.name, whole.taken, aborted, errors, went_on);
    if (aborted == 0) ++faults;  // then nothing has failed at all
  }
  if (server != 0) {
    kill(server, SIGKILL);
    waitpid(server, nullptr, 0);
  }
  return faults == 0 ? 0 : 1;
}
