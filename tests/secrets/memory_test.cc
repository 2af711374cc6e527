// Z01, Z02, Z03, Z05, Z12: the memory of this process after a flow, searched for every secret in every form.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "conversation.h"
#include "keys.h"

namespace secrets {
namespace {

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

// Private keys, too: the process in which they are made is another.
TEST(Memory, never_held_the_keys_of_these_tests_in_the_plain) {
  for (size_t number = 0; number < 2; ++number) {
    const PrivateKey& key = private_key(number);
    EXPECT_GE(key.parts.size(), 12U + 15U);
    EXPECT_EQ(told(found_in_memory(key.parts)), "");
    const Plain pem(key.pem);
    EXPECT_NE(told(found_in_memory(key.parts)), "");
  }
}

TEST(Memory, holds_secrets_only_while_they_are_needed) {
  Conversation conversation({});
  EXPECT_NE(told(found_in_memory(conversation.forms({"password"}))), "");
  ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
  // What brought the tokens is gone with the end of the flow, what it brought is there until the flow is freed.
  EXPECT_EQ(told(found_in_memory(conversation.forms(
                {"password", "short_password", "verifier", "code", "guest_token", "guest_claim", "state", "recaptcha"}))),
            "");
  EXPECT_NE(told(found_in_memory(conversation.forms({"access_token"}))), "");
  conversation.free_flow();
  EXPECT_EQ(told(found_in_memory(conversation.forms({"access_token", "refresh_token", "id_token", "id_claim"}))), "");
  EXPECT_NE(told(found_in_memory(conversation.forms({"client_secret"}))), "");
  conversation.free_all();
  EXPECT_EQ(told(found_in_memory(conversation.forms())), "");
}

// What a flow waits with is there, or this search would be worth nothing.
TEST(Memory, holds_what_a_waiting_flow_needs) {
  Conversation conversation({.use = "password_reset", .leave_at = 1});
  ASSERT_EQ(conversation.run(), HLID_STEP_ASK);
  EXPECT_NE(told(found_in_memory(conversation.forms({"otp"}))), "");
  EXPECT_NE(told(found_in_memory(conversation.forms({"integration_token"}))), "");
  conversation.free_all();
  EXPECT_EQ(told(found_in_memory(conversation.forms())), "");
}

TEST(Memory, holds_the_integration_users_token_as_long_as_its_app) {
  Conversation conversation({.use = "registration_with_user"});
  ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
  conversation.free_flow();
  EXPECT_NE(told(found_in_memory(conversation.forms({"integration_bearer"}))), "");
  conversation.free_all();
  EXPECT_EQ(told(found_in_memory(conversation.forms())), "");
}

class MemoryAfter : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Uses, MemoryAfter, testing::ValuesIn(names_of_uses()), [](const auto& which) { return which.param; });

TEST_P(MemoryAfter, is_clean_when_a_flow_is_done) {
  for (const char* placement : {"body", "header"}) {
    for (const char* method : {"client_secret_post", "client_secret_basic"}) {
      Values settings = {{"credentials_placement", placement}};
      if (has_client_secret(use_of(GetParam()))) settings.emplace_back("token_endpoint_auth_method", method);
      Conversation conversation({.use = GetParam(), .settings = settings});
      ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
      conversation.free_flow();
      EXPECT_EQ(told(found_in_memory(conversation.forms_of_flow())), "") << "the app lives, " << placement << " " << method;
      conversation.free_all();
      EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << placement << " " << method;
    }
  }
}

TEST_P(MemoryAfter, is_clean_when_a_flow_has_failed) {
  const Course& course = course_of(GetParam());
  for (size_t step = 0; step < course.requests; ++step) {
    for (const How how : kAllHows) {
      std::vector<How> answers(step, How::good);
      answers.resize(step + 3, how);  // repetitions fare no better
      Conversation conversation({.use = GetParam(), .answers = answers, .echo = course.told[step].back()});
      conversation.run();
      conversation.free_all();
      EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << "request " << step << ", answer " << static_cast<int>(how);
    }
  }
}

TEST_P(MemoryAfter, is_clean_when_a_flow_was_cancelled_or_left) {
  const Course& course = course_of(GetParam());
  for (size_t step = 0; step < course.requests; ++step) {
    Conversation conversation({.use = GetParam(), .cancel_at = step});
    ASSERT_EQ(conversation.run(), HLID_STEP_FAILED);
    // Cancelling alone is enough for what the flow held.
    EXPECT_EQ(told(found_in_memory(conversation.forms_of_flow())), "") << "cancelled at " << step;
    conversation.free_all();
    EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << "freed after " << step;
  }
  for (size_t question = 0; question < course.questions; ++question) {
    Conversation conversation({.use = GetParam(), .leave_at = question});
    conversation.run();
    conversation.free_all();
    EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << "left at question " << question;
  }
  Conversation fresh({.use = GetParam()});
  fresh.free_all();
  EXPECT_EQ(told(found_in_memory(fresh.forms())), "");
}

class MemoryAfterWaiting : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Uses, MemoryAfterWaiting, testing::ValuesIn(names_of_waiting_uses()),
                         [](const auto& which) { return which.param; });

// Z12: also of what was opened from a ticket, on its way and at its end.
TEST_P(MemoryAfterWaiting, is_clean_whatever_became_of_a_flow_that_waits) {
  for (const Waiting waiting : {Waiting::resends, Waiting::sealed, Waiting::travels}) {
    Conversation conversation({.use = GetParam(), .waiting = waiting});
    ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
    conversation.free_flow();
    EXPECT_EQ(told(found_in_memory(conversation.forms_of_flow())), "") << "the app lives, " << static_cast<int>(waiting);
    conversation.free_all();
    EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << static_cast<int>(waiting);
  }
}

TEST_P(MemoryAfterWaiting, is_clean_when_values_were_wrong_again_and_again) {
  const Course& course = course_of(GetParam());
  for (const Waiting waiting : {Waiting::goes_on, Waiting::travels}) {
    for (size_t step = 0; step < course.requests; ++step) {
      std::vector<How> answers(step, How::good);
      answers.resize(step + 4, How::wrong_value);
      Conversation conversation(
          {.use = GetParam(), .answers = answers, .echo = told_value(course.told[step]), .waiting = waiting});
      conversation.run();
      conversation.free_all();
      EXPECT_EQ(told(found_in_memory(conversation.forms())), "") << "request " << step << ", " << static_cast<int>(waiting);
    }
  }
}

}  // namespace
}  // namespace secrets
