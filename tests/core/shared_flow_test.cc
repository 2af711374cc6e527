// engine/shared_flow: what a child process may do with a flow that a thread of its parent was inside.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "engine/shared_flow.h"
#include "flows/registry.h"

namespace hlid {
namespace {

TEST(SharedFlow, o09_a_child_frees_a_flow_that_a_thread_of_its_parent_was_inside) {
  const NamedValue values[] = {{"site", "https://acme.my.site.com/shop"}, {"client_id", "3MVG9"}};
  const auto app = App::create(values);
  ASSERT_TRUE(app) << app.error().data().message;
  auto* shared = new SharedFlow(*app, *find_flow("guest"));
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_leave{false};
  std::thread inside([&] {
    shared->enter();
    is_inside = true;
    while (!may_leave) ::usleep(1000);
    shared->leave();
  });
  while (!is_inside) ::usleep(1000);
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    const auto cancelled = shared->cancel();
    shared->free();
    ::_exit(!cancelled && std::string_view(cancelled.error().data().reason) == "busy" ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  may_leave = true;
  inside.join();
  shared->free();
}

}  // namespace
}  // namespace hlid
