// F02, F15, F16, F29: whoever is refused is refused alike. A wrong password, an unknown, a locked and an inactive user
// end in errors that differ in nothing but the server's own words, and by the same work of ours: block for block the
// same memory is taken, wiped and given back. (Its instructions are not counted: looking through words for known ones
// takes as long as these words let it, which tells nobody more than the words themselves.)
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../support/new_app.h"
#include "allocation_log.h"
#include "headlessid/headlessid.h"

namespace secrets {
namespace {

std::string_view text(hlid_view view) {
  return view.data == nullptr ? std::string_view() : std::string_view(view.data, view.size);
}
hlid_view view_of(std::string_view text) { return {text.data(), text.size()}; }

// A flow up to the request whose answers are compared: by its name, and how often it was sent before.
struct Place {
  std::string name;
  std::string flow;
  std::map<std::string, std::string> parameters;
  std::string request;
  int before = 0;
  bool resets = false;  // the words of the password reset's endpoint
};

std::vector<Place> places() {
  const std::pair<const std::string, std::string> who = {"username", "lena.ortiz@example.com"};
  const std::pair<const std::string, std::string> how = {"verification_method", "email"};
  const std::pair<const std::string, std::string> password = {"password", "Tr0ub4dor&3"};
  return {
      {"login", "login", {who, password}, "authorize"},
      {"login_asks", "login", {who}, "authorize"},
      {"passwordless_login", "passwordless_login", {who, how}, "authorize"},
      {"password_reset", "password_reset", {who}, "reset_password", 0, true},
      {"first_party_login", "first_party_login", {who, password}, "authorization_challenge"},
      {"first_party_login_asks", "first_party_login", {who}, "authorization_challenge"},
      {"first_party_passwordless", "first_party_passwordless", {who, how}, "authorization_challenge", 1},
  };
}

// What a server may say of a user, in bodies of one length.
struct Words {
  std::string code;
  std::string text;
  std::string body;
};

std::vector<Words> refusals(const Place& place) {
  std::vector<Words> all;
  for (const char* said : {"authentication failure", "unknown user", "user is locked out", "user is frozen",
                           "outside of login hours", "wrong address"}) {
    std::string padded = said;
    padded.resize(40, '.');
    for (const char* code : {"invalid_grant", "inactive_user"}) {
      if (place.resets) {
        all.push_back({"invalid_otp", padded, R"({"status_code":"invalid_otp","otp_error":")" + padded + "\"}"});
        break;
      }
      all.push_back({code, padded, std::string(R"({"error":")") + code + R"(","error_description":")" + padded + "\"}"});
    }
  }
  return all;
}

struct Refused {
  std::string error;  // every member but the server's words
  std::string server_code;
  std::string server_text;
  std::vector<Allocation> work;
};

class Host {
 public:
  explicit Host(const Place& place) : place_(place) {
    app_ = new_app({{"site", hlid_str("https://acme.my.site.com/shop")},
                    {"client_id", hlid_str("3MVG9Example.ClientId")},
                    {"redirect_uri", hlid_str("https://app.example.com/callback")},
                    {"client_secret", hlid_str("C0nsumer.Secret")},
                    {"signed_by", hlid_str("host")}});
    EXPECT_EQ(hlid_flow_new(app_, view_of(place.flow), &flow_, nullptr), HLID_OK);
    for (const auto& [name, value] : place.parameters)
      EXPECT_EQ(hlid_flow_set(flow_, view_of(name), view_of(value), nullptr), HLID_OK);
  }
  ~Host() {
    hlid_flow_free(flow_);
    hlid_app_free(app_);
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Until the server has refused, and the host has been told.
  Refused refuse(const Words& words) {
    int left = place_.before;
    for (hlid_step step = next();; step = next()) {
      if (step == HLID_STEP_SEND) {
        const std::string_view request = text(hlid_flow_request_name(flow_));
        if (request != place_.request) {
          give(200, request == "init" ? R"({"status":"success","identifier":"0Xx"})" : R"({"status_code":"otp_sent"})");
        } else if (left-- > 0) {
          give(
              401,
              R"({"error":"authorization_required","error_code":"otp_required","auth_session":"session","login_status":{"state":"OTP_SENT"}})");
        } else {
          return response(words);
        }
      } else if (step == HLID_STEP_ASK) {
        EXPECT_EQ(hlid_flow_give_value(flow_, hlid_flow_ask_name(flow_), hlid_str("7Q2K9D"), nullptr), HLID_OK);
      } else if (step == HLID_STEP_SIGN) {
        EXPECT_EQ(hlid_flow_give_value(flow_, hlid_str("signature"), view_of(std::string(256, 's')), nullptr), HLID_OK);
      } else {
        ADD_FAILURE() << place_.name << " comes to step " << step;
        return {};
      }
    }
  }

 private:
  hlid_step next() {
    hlid_step step = 0;
    EXPECT_EQ(hlid_flow_next(flow_, 1'767'225'600'000, &step, nullptr), HLID_OK);
    return step;
  }

  void give(int32_t status, std::string_view body) {
    (void)hlid_flow_give_header(flow_, hlid_str("Content-Type"), hlid_str("application/json"), nullptr);
    EXPECT_EQ(hlid_flow_give_response(flow_, status, 20, view_of(body), nullptr), HLID_OK);
  }

  Refused response(const Words& words) {
    Refused out;
    begin_allocation_log();
    give(400, words.body);
    const hlid_step step = next();
    const hlid_error* error = step == HLID_STEP_ASK ? hlid_flow_ask_problem(flow_) : hlid_flow_error(flow_);
    out.work = end_allocation_log();
    if (error == nullptr) {
      ADD_FAILURE() << place_.name << " is not refused, but comes to step " << step;
      return out;
    }
    out.error = "step " + std::to_string(step) + ", asks for " + std::string(text(hlid_flow_ask_name(flow_)));
    for (const hlid_view part : {hlid_error_kind_name(error), hlid_error_advice_name(error), hlid_error_reason(error),
                                 hlid_error_message(error), hlid_error_hint(error), hlid_error_field(error)}) {
      out.error.append("|").append(text(part));
    }
    for (const int64_t number :
         {int64_t{hlid_error_http_status(error)}, int64_t{hlid_error_outcome_unknown(error)}, hlid_error_retry_after_ms(error)}) {
      out.error.append("|").append(std::to_string(number));
    }
    out.server_code = text(hlid_error_server_code(error));
    out.server_text = text(hlid_error_server_text(error));
    return out;
  }

  const Place& place_;
  hlid_app* app_ = nullptr;
  hlid_flow* flow_ = nullptr;
};

Refused refuse(const Place& place, const Words& words) { return Host(place).refuse(words); }

class Refusals : public testing::TestWithParam<Place> {};
INSTANTIATE_TEST_SUITE_P(Places, Refusals, testing::ValuesIn(places()), [](const auto& which) { return which.param.name; });

TEST_P(Refusals, f02_f29_differ_in_nothing_but_the_servers_own_words) {
  const auto all = refusals(GetParam());
  const Refused first = refuse(GetParam(), all.front());
  EXPECT_NE(first.error.find("|REFUSED|ASK_AGAIN|"), std::string::npos) << first.error;
  for (const Words& words : all) {
    const Refused other = refuse(GetParam(), words);
    EXPECT_EQ(other.error, first.error) << words.body;
    EXPECT_EQ(other.server_code, words.code);
    EXPECT_EQ(other.server_text, words.text);
  }
}

TEST_P(Refusals, f29_take_the_same_work) {
  const auto all = refusals(GetParam());
  (void)refuse(GetParam(), all.front());  // what is done once in a process is done now
  const Refused first = refuse(GetParam(), all.front());
  ASSERT_GT(first.work.size(), 10U);
  for (const Words& words : all) {
    const Refused other = refuse(GetParam(), words);
    ASSERT_EQ(words.body.size(), all.front().body.size());
    EXPECT_EQ(other.work.size(), first.work.size()) << words.body;
    EXPECT_TRUE(other.work == first.work) << words.body;
  }
}

// The measure is worth something: other words of another length, or another diagnosis, are seen in it.
TEST_P(Refusals, f29_would_be_told_apart_by_other_work) {
  auto words = refusals(GetParam()).front();
  const Refused first = refuse(GetParam(), words);
  words.body.insert(words.body.size() - 2, std::string(100, '.'));
  EXPECT_FALSE(refuse(GetParam(), words).work == first.work);
}

bool was_wiped(const std::vector<Allocation>& work, size_t at_least) {
  for (const Allocation& one : work) {
    if (one.kind == Allocation::Kind::freed_wiped && one.size >= at_least) return true;
  }
  return false;
}

// The server's response is wiped, whatever it said.
TEST_P(Refusals, f29_wipe_the_response) {
  for (const Words& words : refusals(GetParam())) EXPECT_TRUE(was_wiped(refuse(GetParam(), words).work, words.body.size()));
}

std::vector<Allocation> first_step(std::string_view username) {
  hlid_app* app = new_app({{"site", hlid_str("https://acme.my.site.com/shop")},
                           {"client_id", hlid_str("3MVG9Example.ClientId")},
                           {"redirect_uri", hlid_str("https://app.example.com/callback")}});
  hlid_flow* flow = nullptr;
  hlid_step step = 0;
  EXPECT_EQ(hlid_flow_new(app, hlid_str("password_reset"), &flow, nullptr), HLID_OK);
  EXPECT_EQ(hlid_flow_set(flow, hlid_str("username"), view_of(username), nullptr), HLID_OK);
  begin_allocation_log();
  EXPECT_EQ(hlid_flow_next(flow, 1, &step, nullptr), HLID_OK);
  EXPECT_EQ(hlid_flow_give_response(flow, 200, 20, hlid_str(R"({"status_code":"otp_sent"})"), nullptr), HLID_OK);
  EXPECT_EQ(hlid_flow_next(flow, 1, &step, nullptr), HLID_OK);
  std::vector<Allocation> work = end_allocation_log();
  EXPECT_EQ(step, HLID_STEP_ASK);
  EXPECT_EQ(hlid_flow_ask_problem(flow), nullptr);
  hlid_flow_free(flow);
  hlid_app_free(app);
  return work;
}

// F15: what a first step says of a user whom nobody knows is what it says of any other, and by the same work.
TEST(FirstStep, f15_f29_says_the_same_of_every_user) {
  (void)first_step("lena.ortiz@example.com");
  const auto known = first_step("lena.ortiz@example.com");
  const auto unknown = first_step("nobody.atall@example.c");
  ASSERT_GT(known.size(), 10U);
  EXPECT_TRUE(known == unknown);
}

}  // namespace
}  // namespace secrets
