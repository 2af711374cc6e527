// O09: what a child process may do with a flow that a thread of its parent was inside.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "capi/handles.h"
#include "tests/support/new_app.h"

namespace {

// Ends the child with 0 if the call says "forked" and nothing hangs.
[[noreturn]] void cancel_and_free(hlid_flow* flow) {
  ::alarm(20);
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_cancel(flow, &error);
  const hlid_view reason = status == HLID_OK ? hlid_str("") : hlid_error_reason(error);
  const bool told = reason.size == 6 && std::memcmp(reason.data, "forked", 6) == 0;
  hlid_error_free(error);
  hlid_flow_free(flow);
  ::_exit(told ? 0 : 1);
}

TEST(Forked, o09_child_frees_a_flow_that_a_thread_of_its_parent_was_inside) {
  hlid_app* app = new_app({{"site", hlid_str("https://acme.my.site.com/shop")},
                           {"client_id", hlid_str("3MVG9")},
                           {"redirect_uri", hlid_str("https://app.example.com/callback")}});
  ASSERT_NE(app, nullptr);
  hlid_flow* flow = nullptr;
  ASSERT_EQ(hlid_flow_new(app, hlid_str("guest"), &flow, nullptr), HLID_OK);
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_leave{false};
  std::thread inside([&] {
    flow->enter();
    is_inside = true;
    while (!may_leave) ::usleep(1000);
    flow->leave();
  });
  while (!is_inside) ::usleep(1000);
  const pid_t child = ::fork();
  if (child == 0) cancel_and_free(flow);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  may_leave = true;
  inside.join();
  hlid_flow_free(flow);
  hlid_app_free(app);
}

}  // namespace
