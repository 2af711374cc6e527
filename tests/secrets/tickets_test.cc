// K10, K15, Z12: the sealed bytes of every flow that waits, and what a ticket that is refused lets be known.
#include <gtest/gtest.h>

#include <set>

#include "conversation.h"

namespace secrets {
namespace {

// A ticket's own bytes: base64url without padding.
std::string decoded(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    must(digit != std::string_view::npos);
    bits = bits << 6U | static_cast<unsigned>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 255U);
  }
  return out;
}

class Tickets : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Uses, Tickets, testing::ValuesIn(names_of_waiting_uses()),
                         [](const auto& which) { return which.param; });

TEST_P(Tickets, k10_z12_hold_no_secret_in_their_sealed_bytes) {
  const Course& course = course_of(GetParam());
  for (const Waiting waiting : {Waiting::sealed, Waiting::travels}) {
    // As they are after the first question, and after values that were wrong.
    for (const How how : {How::good, How::wrong_value}) {
      std::vector<How> answers(course.requests, How::good);
      const std::string flow = use_of(GetParam()).flow;
      // The tokens come with the browser.
      if (course.requests == 0) {
        Conversation conversation({.use = GetParam(), .waiting = waiting});
        conversation.run();
        ASSERT_EQ(conversation.tickets().size(), 1U);
        EXPECT_EQ(told(found_in(decoded(conversation.tickets()[0]), conversation.forms())), "");
        continue;
      }
      const bool last = how == How::good || flow == "password_reset" || flow == "device";
      const size_t wrong = course.requests > 1 && !last ? course.requests - 2 : course.requests - 1;
      answers[wrong] = how;
      Conversation conversation(
          {.use = GetParam(), .answers = answers, .echo = told_value(course.told[wrong]), .waiting = waiting});
      conversation.run();
      ASSERT_GE(conversation.tickets().size(), course.questions > 1 && how == How::good ? 2U : 1U);
      const auto forms = conversation.forms();
      for (const std::string& ticket : conversation.tickets()) {
        ASSERT_GT(ticket.size(), 100U);
        EXPECT_EQ(told(found_in(ticket, forms)), "");
        const std::string bytes = decoded(ticket);
        ASSERT_EQ(bytes[0], 3);  // the version: it was decoded rightly
        EXPECT_EQ(told(found_in(bytes, forms)), "");
      }
      EXPECT_EQ(told(found_in(conversation.texts(), forms)), "") << conversation.texts();
    }
  }
}

// Two of the same flow at the same moment have nothing in common behind the key's id.
TEST_P(Tickets, k15_are_new_each_time) {
  Conversation conversation({.use = GetParam(), .leave_at = 0});
  conversation.run();
  const auto seal = [&] {
    hlid_view ticket = {nullptr, 0};
    EXPECT_EQ(hlid_flow_seal(conversation.flow(), {nullptr, 0}, conversation.now(), &ticket, nullptr), HLID_OK);
    return decoded(text(ticket));
  };
  const std::string first = seal();
  const std::string second = seal();
  ASSERT_EQ(first.size(), second.size());
  size_t same = 0;
  constexpr size_t kFrame = 1 + 1 + 2;  // version, size of the key's id, "k1"
  for (size_t i = kFrame; i < first.size(); ++i) same += first[i] == second[i] ? 1U : 0U;
  EXPECT_LT(same, first.size() / 8);  // by chance alone one in 256
}

// Everything that an error of opening says.
std::string words_of(hlid_app* app, std::string_view ticket, std::string_view binding, int64_t now_ms) {
  hlid_flow* flow = nullptr;
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_unseal(app, {nullptr, 0}, view_of(ticket), view_of(binding), now_ms, &flow, &error);
  if (status == HLID_OK) {
    hlid_flow_free(flow);
    return "opened";
  }
  std::string all = std::to_string(status);
  for (const hlid_view part :
       {hlid_error_message(error), hlid_error_hint(error), hlid_error_field(error), hlid_error_reason(error),
        hlid_error_server_code(error), hlid_error_server_text(error), hlid_error_advice_name(error)}) {
    all.append("|").append(text(part));
  }
  hlid_error_free(error);
  return all;
}

TEST_P(Tickets, k15_let_nothing_be_known_when_they_are_refused) {
  Conversation conversation({.use = GetParam(), .leave_at = 0});
  conversation.run();
  const Conversation other({.use = GetParam()});  // its own key, and the same key's id
  hlid_view view = {nullptr, 0};
  ASSERT_EQ(hlid_flow_seal(conversation.flow(), {nullptr, 0}, conversation.now(), &view, nullptr), HLID_OK);
  const std::string ticket(text(view));
  EXPECT_EQ(words_of(conversation.app(), ticket, "", conversation.now()), "opened");
  std::set<std::string> words = {words_of(other.app(), ticket, "", conversation.now()),
                                 words_of(conversation.app(), ticket, "", conversation.now() + 86'400'000)};
  for (size_t i = 0; i < ticket.size(); ++i) {
    std::string changed = ticket;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    words.insert(words_of(conversation.app(), changed, "", conversation.now()));
    words.insert(words_of(conversation.app(), ticket.substr(0, i), "", conversation.now()));
  }
  EXPECT_EQ(words.size(), 1U) << *words.begin() << "\n" << *words.rbegin();
  EXPECT_EQ(told(found_in(*words.begin(), conversation.forms())), "");
  const std::string session = words_of(conversation.app(), ticket, "another session", conversation.now());
  EXPECT_NE(session, "opened");
  EXPECT_EQ(told(found_in(session, conversation.forms())), "");
}

}  // namespace
}  // namespace secrets
