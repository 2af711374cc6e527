// Z01, Z02, Z03: the memory of this process after a flow, searched for every secret in every form.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "conversation.h"

namespace secrets {
namespace {

std::string told(const std::vector<std::string>& found) {
  std::string all;
  for (const std::string& one : found) all += "\n  " + one;
  return all;
}

// The searching is worth something: what is left lying about is found, in each form.
TEST(Memory, search_finds_what_is_left_behind) {
  Masked secret;
  secret.append_random(30);
  const auto forms = forms_of("mark", secret);
  EXPECT_EQ(told(found_in_memory(forms)), "");
  for (const Form& form : forms) {
    char* left = static_cast<char*>(std::malloc(256));
    for (size_t i = 0; i < form.text.size(); ++i) left[i] = form.text.at(i);
    __asm__ __volatile__("" : : "r"(left) : "memory");
    const auto found = found_in_memory({form});
    ASSERT_EQ(found.size(), 1U) << form.name;
    std::memset(left, 0, 256);
    __asm__ __volatile__("" : : "r"(left) : "memory");
    std::free(left);
  }
}

TEST(Memory, holds_secrets_only_while_they_are_needed) {
  Conversation conversation({});
  EXPECT_NE(told(found_in_memory(conversation.forms({"password"}))), "");
  ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
  // What brought the tokens is gone with the end of the flow, what it brought is there until the flow is freed.
  EXPECT_EQ(told(found_in_memory(conversation.forms({"password", "short_password", "verifier", "code", "guest_token", "guest_claim", "state"}))), "");
  EXPECT_NE(told(found_in_memory(conversation.forms({"access_token"}))), "");
  conversation.free_flow();
  EXPECT_EQ(told(found_in_memory(conversation.forms({"access_token", "refresh_token", "id_token"}))), "");
  EXPECT_NE(told(found_in_memory(conversation.forms({"client_secret"}))), "");
  conversation.free_all();
  EXPECT_EQ(told(found_in_memory(conversation.forms())), "");
}

class MemoryAfter : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Flows, MemoryAfter, testing::Values("login", "guest", "userinfo", "revocation"),
                         [](const auto& which) { return which.param; });

TEST_P(MemoryAfter, is_clean_when_a_flow_is_done) {
  for (const char* placement : {"body", "header"}) {
    for (const char* method : {"client_secret_post", "client_secret_basic"}) {
      Conversation conversation({.flow = GetParam(), .settings = {{"credentials_placement", placement}, {"token_endpoint_auth_method", method}}});
      ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
      conversation.free_all();
      EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << placement << " " << method;
    }
  }
}

TEST_P(MemoryAfter, is_clean_when_a_flow_has_failed) {
  const size_t requests = GetParam() == "login" || GetParam() == "guest" ? 2 : 1;
  for (size_t step = 0; step < requests; ++step) {
    for (const How how : kAllHows) {
      std::vector<How> answers(step, How::good);
      answers.resize(step + 3, how);  // repetitions fare no better
      Conversation conversation({.flow = GetParam(), .answers = answers});
      conversation.run();
      conversation.free_all();
      EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << "request " << step << ", answer " << static_cast<int>(how);
    }
  }
}

TEST_P(MemoryAfter, is_clean_when_a_flow_was_cancelled_or_left) {
  const size_t requests = GetParam() == "login" || GetParam() == "guest" ? 2 : 1;
  for (size_t step = 0; step < requests; ++step) {
    Conversation conversation({.flow = GetParam(), .cancel_at = step});
    ASSERT_EQ(conversation.run(), HLID_STEP_FAILED);
    // Cancelling alone is enough for what the flow held.
    const std::vector<std::string> of_flow = {"password", "guest_token", "guest_claim", "verifier", "code", "state"};
    EXPECT_EQ(told(found_in_memory(conversation.forms(of_flow))), "") << "cancelled at " << step;
    conversation.free_all();
    EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << "freed after " << step;
  }
  Conversation fresh({.flow = GetParam()});
  fresh.free_all();
  EXPECT_EQ(told(found_in_memory(fresh.forms())), "");
}

}  // namespace
}  // namespace secrets
