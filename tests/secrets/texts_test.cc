// Z06, Z07, Z08, Z10, K10: everything that the library says, searched for every secret while a server says them back.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "../support/new_app.h"
#include "conversation.h"

namespace secrets {
namespace {

class Texts : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Uses, Texts, testing::ValuesIn(names_of_uses()), [](const auto& which) { return which.param; });

TEST_P(Texts, hold_no_secret_when_a_flow_is_done) {
  for (const char* placement : {"body", "header"}) {
    for (const char* method : {"client_secret_post", "client_secret_basic"}) {
      Values settings = {{"credentials_placement", placement}, {"uvid_placement", placement}};
      if (has_client_secret(use_of(GetParam()))) settings.emplace_back("token_endpoint_auth_method", method);
      for (const Waiting waiting : {Waiting::goes_on, Waiting::resends}) {
        Conversation conversation({.use = GetParam(), .settings = settings, .waiting = waiting});
        ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
        // A flow whose tokens come in the browser's address sends nothing.
        if (course_of(GetParam()).requests != 0) {
          EXPECT_NE(conversation.texts().find("> POST"), conversation.texts().find("> GET"));
        }
        EXPECT_EQ(told(found_in(conversation.texts(), conversation.forms())), "") << conversation.texts();
      }
    }
  }
}

// Whatever the server says back, in whatever kind of response, to whatever request. What was wrong with a person's value
// is said at the next question: those texts are looked at as well.
TEST_P(Texts, hold_no_secret_that_the_server_says_back) {
  const Course& course = course_of(GetParam());
  for (size_t step = 0; step < course.requests; ++step) {
    ASSERT_FALSE(course.told[step].empty());
    for (const How how : kAllHows) {
      for (const std::string& echo : course.told[step]) {
        for (const bool percent : {false, true}) {
          if (percent && !course.encodable.contains(echo)) continue;
          std::vector<How> answers(step, How::good);
          answers.resize(step + 3, how);
          Conversation conversation({.use = GetParam(), .answers = answers, .echo = echo, .percent_echo = percent});
          conversation.run();
          EXPECT_EQ(told(found_in(conversation.texts(), conversation.forms())), "")
              << GetParam() << ", request " << step << ", answer " << static_cast<int>(how) << ", echo of " << echo << "\n"
              << conversation.texts();
        }
      }
    }
  }
}

// The table says what waits, and its every secret is used: a mark that reaches no server is searched for in vain.
TEST_P(Texts, are_looked_at_for_what_the_server_is_told) {
  const Course& course = course_of(GetParam());
  const Use& use = use_of(GetParam());
  EXPECT_EQ(course.questions > 0, use.waits);
  if (course.requests == 0) return;
  for (const auto& [name, value] : use.parameters) {
    if (!value.starts_with('$')) continue;
    const std::string mark = value.substr(1);
    // The browser's logout: these leave in the address that the result has, and no server sees them before a browser does.
    if (std::string_view(GetParam()) == "logout_in_browser" && mark != "old_access_token") continue;
    // They sign, and stay where they are.
    if (mark == "device_pem" || mark == "old_token_secret") continue;
    const auto& all = course.told.back();
    // The browser tells the state; what the token call has instead is the verifier.
    const bool is_in_browser = use.flow == "native_sso" || use.flow == "web_server" || use.flow == "hybrid_web_server";
    EXPECT_NE(std::find(all.begin(), all.end(), mark == "own_state" && is_in_browser ? "verifier" : mark), all.end()) << mark;
  }
}

// K10: the verifier leaves in the body of the token call and nowhere else.
TEST(Requests, carry_each_secret_in_one_place_only) {
  for (const char* use : {"login", "guest", "passwordless_login", "registration", "password_reset", "first_party_login",
                          "native_sso", "web_server", "hybrid_web_server"}) {
    Values settings;
    const bool has_secret = has_client_secret(use_of(use));
    if (has_secret) settings.emplace_back("token_endpoint_auth_method", "client_secret_post");
    Conversation conversation({.use = use, .settings = settings});
    conversation.keep_requests = true;
    ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
    const auto places = [&](const char* name) {
      std::string all;
      for (const auto& [place, text] : conversation.requests()) {
        if (!found_in(text, conversation.forms({name})).empty()) all += (all.empty() ? "" : ", ") + place;
      }
      return all;
    };
    const std::string name = use;
    const bool session = name != "password_reset";
    EXPECT_EQ(places("verifier"), session ? "token body" : "") << use;
    EXPECT_EQ(places("code"), session ? "token body" : "") << use;
    EXPECT_EQ(places("client_secret"), has_secret ? "token body" : "") << use;
    EXPECT_EQ(places("password"), name == "login"               ? "authorize body"
                                  : name == "registration"      ? "init body"
                                  : name == "first_party_login" ? "authorization_challenge body"
                                                                : "")
        << use;
    EXPECT_EQ(places("otp"), name == "password_reset"                                 ? "reset_password body"
                             : name == "first_party_login"                            ? "authorization_challenge body"
                             : name == "registration" || name == "passwordless_login" ? "authorize head"
                                                                                      : "")
        << use;
    EXPECT_EQ(places("new_password"), name == "password_reset" ? "reset_password body" : "") << use;
    EXPECT_EQ(places("seal_key") + places("binding") + places("proxy_password"), "") << use;
    // Nothing secret ever stands in a URL, where proxies and logs see it.
    for (const auto& [place, text] : conversation.requests())
      EXPECT_EQ(text.substr(0, text.find('\n')).find('?'), std::string::npos) << place;
  }
}

// Z08: words that a server has from elsewhere are known by their shape.
TEST(Redaction, hides_tokens_that_are_not_the_flows_own) {
  hlid_app* app = new_app({{"site", hlid_str("https://acme.my.site.com/shop")},
                           {"client_id", hlid_str("3MVG9Example.ClientId")},
                           {"redirect_uri", hlid_str("https://app.example.com/callback")}});
  ASSERT_NE(app, nullptr);
  struct Case {
    const char* said;
    const char* hidden;
  };
  const Case cases[] = {
      {"token 00DEx0000001abc!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL is bad", "AQcAQH0d"},
      {"token 00DEx0000001abc%21AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL is bad", "AQcAQH0d"},
      {"sid=00DEx0000001abc!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL;", "AQcAQH0d"},
      {"jwt eyJhbGciOiJSUzI1NiJ9.eyJzdWIi-_OiJ1dmlkOjAwMDAi.c2ln-_YXR1cmU is bad", "c2ln-_YXR1"},
      {"a piece: eyJzdWIiOiJ1dmlkOjAwMDAiLCJleHAiOjE3Njc", "iOiJ1dmlkOjAw"},
      {"5Aep861TSESvWeug_xvFHRBTTbf_YrTWgEyjBJrfVYMfAnhBxQ", "TSESvWeug"},
  };
  for (const Case& one : cases) {
    hlid_flow* flow = nullptr;
    ASSERT_EQ(hlid_flow_new(app, hlid_str("revocation"), &flow, nullptr), HLID_OK);
    ASSERT_EQ(hlid_flow_set(flow, hlid_str("token"), hlid_str("00DEx!other"), nullptr), HLID_OK);
    ASSERT_EQ(hlid_flow_set_trace(flow, 1, nullptr), HLID_OK);
    hlid_step step = 0;
    ASSERT_EQ(hlid_flow_next(flow, 1, &step, nullptr), HLID_OK);
    const std::string body = std::string(R"({"error":"invalid_request","error_description":")") + one.said + "\"}";
    ASSERT_EQ(hlid_flow_give_response(flow, 400, 11, {body.data(), body.size()}, nullptr), HLID_OK);
    ASSERT_EQ(hlid_flow_next(flow, 1, &step, nullptr), HLID_OK);
    ASSERT_EQ(step, HLID_STEP_FAILED);
    const std::string shown(text(hlid_error_server_text(hlid_flow_error(flow))));
    EXPECT_EQ(shown.find(one.hidden), std::string::npos) << shown;
    EXPECT_EQ(text(hlid_flow_trace(flow)).find(one.hidden), std::string::npos) << text(hlid_flow_trace(flow));
    hlid_flow_free(flow);
  }
  hlid_app_free(app);
}

// Z08: split over two lines, cut in the middle, behind escapes.
TEST(Redaction, hides_a_secret_however_it_is_broken) {
  const std::string password = "Tr0ub4dor&3-horse\"battery";
  const std::string said[] = {
      "Tr0ub4dor&3-\\nhorse\\\"battery",                       // a line end in the middle
      "Tr0ub4dor&3-\\r\\n  horse\\\"battery",                  // and white space
      "Tr0ub4dor%263-horse%22battery",                         // percent-encoded
      "Tr0ub4dor%263-horse%22batt",                            // and cut
      "Tr0ub4dor&3-horse\\\\\\\"battery",                      // escaped twice
      "Tr0ub4dor\\\\u00263-horse\\\\u0022battery",             // as code points
      "Tr0ub4dor&3",                                           // only its beginning
      std::string(290, 'x') + "Tr0ub4dor&3-horse\\\"battery",  // at the cut
  };
  hlid_app* app = new_app({{"site", hlid_str("https://acme.my.site.com/shop")},
                           {"client_id", hlid_str("3MVG9Example.ClientId")},
                           {"redirect_uri", hlid_str("https://app.example.com/callback")}});
  ASSERT_NE(app, nullptr);
  for (const std::string& one : said) {
    hlid_flow* flow = nullptr;
    ASSERT_EQ(hlid_flow_new(app, hlid_str("login"), &flow, nullptr), HLID_OK);
    ASSERT_EQ(hlid_flow_set(flow, hlid_str("username"), hlid_str("lena@example.com"), nullptr), HLID_OK);
    ASSERT_EQ(hlid_flow_set(flow, hlid_str("password"), {password.data(), password.size()}, nullptr), HLID_OK);
    ASSERT_EQ(hlid_flow_set_trace(flow, 1, nullptr), HLID_OK);
    hlid_step step = 0;
    ASSERT_EQ(hlid_flow_next(flow, 1, &step, nullptr), HLID_OK);
    const std::string body = R"({"error":"invalid_grant","error_description":")" + one + "\"}";
    ASSERT_EQ(hlid_flow_give_response(flow, 400, 11, {body.data(), body.size()}, nullptr), HLID_OK);
    ASSERT_EQ(hlid_flow_next(flow, 1, &step, nullptr), HLID_OK);
    ASSERT_EQ(step, HLID_STEP_FAILED);
    for (const hlid_view shown : {hlid_error_server_text(hlid_flow_error(flow)), hlid_flow_trace(flow)}) {
      EXPECT_EQ(text(shown).find("Tr0ub4dor"), std::string_view::npos) << text(shown);
      EXPECT_EQ(text(shown).find("battery"), std::string_view::npos) << text(shown);
    }
    hlid_flow_free(flow);
  }
  hlid_app_free(app);
}

// Z10: what other processes can see of this one.
TEST(Process, shows_no_secret_to_others) {
  Conversation conversation({.use = "first_party_registration"});
  ASSERT_EQ(conversation.run(), HLID_STEP_DONE);
  for (const char* file : {"/proc/self/cmdline", "/proc/self/environ", "/proc/self/comm", "/proc/self/maps"}) {
    std::ifstream in(file, std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    EXPECT_EQ(told(found_in(all, conversation.forms())), "") << file;
  }
}

}  // namespace
}  // namespace secrets
