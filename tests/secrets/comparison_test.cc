// Z13: comparing a state or a signature takes the same instructions wherever the two differ. Counted one by one, by
// stepping a child process through the comparison.
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>

#include "crypto/digest.h"

namespace {

using Compare = bool (*)(std::string_view, std::string_view);

bool plain_compare(std::string_view a, std::string_view b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return a.size() == b.size();
}

// Instructions between the child's two stops; -1 if it cannot be stepped.
long instructions_of(Compare compare, std::string_view a, std::string_view b) {
  const pid_t child = ::fork();
  if (child == 0) {
    // Once before: what is bound at the first call is bound then.
    volatile bool equal = compare(a, b);
    if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
    ::raise(SIGSTOP);
    equal = compare(a, b);
    ::raise(SIGSTOP);
    ::_exit(equal ? 0 : 2);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return -1;
  long count = 0;
  for (;;) {
    if (::ptrace(PTRACE_SINGLESTEP, child, nullptr, nullptr) != 0 || ::waitpid(child, &status, 0) != child) return -1;
    if (!WIFSTOPPED(status) || WSTOPSIG(status) == SIGSTOP) break;
    if (WSTOPSIG(status) != SIGTRAP) return -1;
    ++count;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return count;
}

struct Wrong {
  std::string text = std::string(43, 'a');
  std::string same = text;
  std::string first = "b" + std::string(42, 'a');
  std::string middle = std::string(21, 'a') + "b" + std::string(21, 'a');
  std::string last = std::string(42, 'a') + "b";
};

TEST(Comparison, counts_what_a_plain_comparison_gives_away) {
  const Wrong wrong;
  const long first = instructions_of(plain_compare, wrong.text, wrong.first);
  ASSERT_GT(first, 0);
  EXPECT_LT(first, instructions_of(plain_compare, wrong.text, wrong.last));
}

TEST(Comparison, takes_the_same_instructions_wherever_the_difference_is) {
  const Wrong wrong;
  const long same = instructions_of(hlid::equal_constant_time, wrong.text, wrong.same);
  ASSERT_GT(same, 0);
  EXPECT_EQ(instructions_of(hlid::equal_constant_time, wrong.text, wrong.first), same);
  EXPECT_EQ(instructions_of(hlid::equal_constant_time, wrong.text, wrong.middle), same);
  EXPECT_EQ(instructions_of(hlid::equal_constant_time, wrong.text, wrong.last), same);
}

TEST(Comparison, is_right) {
  const Wrong wrong;
  EXPECT_TRUE(hlid::equal_constant_time(wrong.text, wrong.same));
  EXPECT_FALSE(hlid::equal_constant_time(wrong.text, wrong.first));
  EXPECT_FALSE(hlid::equal_constant_time(wrong.text, wrong.last));
  EXPECT_FALSE(hlid::equal_constant_time(wrong.text, wrong.text + "a"));
  EXPECT_FALSE(hlid::equal_constant_time(wrong.text, ""));
  EXPECT_TRUE(hlid::equal_constant_time("", ""));
}

}  // namespace
