// L06, O01, O02: an exception inside the library ends the process. A host that catches everything must not see it:
// it would have passed through frames that clean nothing up. Each allocation of the library's fails once.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <new>

#include "../support/new_app.h"
#include "headlessid/headlessid.h"

namespace {

long countdown = -1;       // the allocation that fails; -1: none
bool every_later = false;  // and all after it
bool failed = false;

void* allocate(size_t size) {
  if (countdown >= 0 && (countdown == 0 || --countdown == 0)) {
    failed = true;
    if (!every_later) countdown = -1;
    throw std::bad_alloc();
  }
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  std::abort();
}

// Exit codes of the child.
constexpr int kDone = 10;      // nothing failed any more: the flow is through
constexpr int kCaught = 11;    // the host saw an exception
constexpr int kReported = 12;  // something failed, and a status said so

void ignore(hlid_status) {}

// A whole login.
void use_the_library() {
  hlid_app* app = new_app({{"site", hlid_str("https://acme.my.site.com/shop")},
                           {"client_id", hlid_str("3MVG9")},
                           {"redirect_uri", hlid_str("https://app.example.com/callback")}});
  hlid_flow* flow = nullptr;
  hlid_step step = 0;
  ignore(hlid_flow_new(app, hlid_str("login"), &flow, nullptr));
  ignore(hlid_flow_set(flow, hlid_str("username"), hlid_str("lena.ortiz@example.com"), nullptr));
  ignore(hlid_flow_set(flow, hlid_str("password"), hlid_str("a password of some length"), nullptr));
  ignore(hlid_flow_next(flow, 1767225600000, &step, nullptr));
  ignore(hlid_flow_give_response(
      flow, 400, 11, hlid_str("{\"error\":\"invalid_grant\",\"error_description\":\"authentication failure\"}"), nullptr));
  ignore(hlid_flow_next(flow, 1767225600000, &step, nullptr));
  hlid_flow_free(flow);
  hlid_app_free(app);
}

int child(long fails, bool later) {
  std::signal(SIGABRT, SIG_DFL);
  if (std::freopen("/dev/null", "w", stderr) == nullptr) return 1;
  countdown = fails;
  every_later = later;
  try {
    use_the_library();
  } catch (...) {
    return kCaught;
  }
  return failed ? kReported : kDone;
}

}  // namespace

void* operator new(size_t size) { return allocate(size); }
void* operator new[](size_t size) { return allocate(size); }
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, size_t) noexcept { std::free(block); }
void operator delete[](void* block, size_t) noexcept { std::free(block); }

int main() {
  long stopped = 0;
  long reported = 0;
  for (const bool later : {false, true}) {
    for (long fails = 1;; ++fails) {
      const pid_t pid = fork();
      if (pid == 0) _exit(child(fails, later));
      int status = 0;
      if (pid < 0 || waitpid(pid, &status, 0) != pid) return 1;
      if (WIFEXITED(status) && WEXITSTATUS(status) == kDone) break;
      if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) {
        ++stopped;
      } else if (WIFEXITED(status) && WEXITSTATUS(status) == kReported) {
        ++reported;  // simdjson's allocations answer with a null pointer, and the flow with an error
      } else {
        std::printf("allocation %ld%s: %s\n", fails, later ? " and all later" : "",
                    WIFEXITED(status) && WEXITSTATUS(status) == kCaught ? "an exception reached the host"
                                                                        : "the process ended in another way");
        return 1;
      }
      if (fails > 100'000) return 1;
    }
  }
  std::printf("%ld times stopped, %ld times said\n", stopped, reported);
  return stopped > 0 ? 0 : 1;
}
