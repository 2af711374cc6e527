// Parameters that are set while the flow asks, texts that fill several, and flows that meet another app than their own.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/flow.h"
#include "engine/ticket.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;
constexpr const char* kUvid = "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";
constexpr const char* kOther = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

std::shared_ptr<const App> make_app(std::vector<NamedValue> more = {}) {
  std::vector<NamedValue> values = {{"site", "https://acme.my.site.com/shop"},
                                    {"client_id", "3MVG9"},
                                    {"client_secret", "secret"},
                                    {"redirect_uri", "https://app.example.com/callback"},
                                    {"seal_keys", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}};
  values.insert(values.end(), more.begin(), more.end());
  auto app = App::create(values);
  EXPECT_TRUE(app) << app.error().data().message;
  return *app;
}

std::string body_of(const Flow& flow) { return std::string(flow.request().body.view()); }

class Late : public ::testing::Test {
 protected:
  Flow login_ = Flow(make_app(), *find_flow("login"));
  void ask() {
    ASSERT_TRUE(login_.set("username", "lena"));
    ASSERT_EQ(*login_.next(kNow), Step::ask);
  }
};

TEST_F(Late, a_visitor_counts_for_what_is_sent_next) {
  ask();
  ASSERT_TRUE(login_.set("guest", std::string(R"({"uvid":")") + kUvid + "\"}"));
  ASSERT_TRUE(login_.give_value("password", "pw"));
  ASSERT_EQ(*login_.next(kNow), Step::send);
  EXPECT_NE(body_of(login_).find(std::string("uvid_hint=") + kUvid), std::string::npos);
}

TEST_F(Late, what_the_flow_asks_for_is_given_and_not_set) {
  ask();
  const auto set = login_.set("password", "pw");
  ASSERT_FALSE(set);
  EXPECT_STREQ(set.error().data().reason, "already_started");
}

TEST_F(Late, what_excludes_another_is_refused) {
  ask();
  const auto set = login_.set("login_hint", "lena@example.com");
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().data().field, "login_hint");
  ASSERT_TRUE(login_.give_value("password", "pw"));
  ASSERT_EQ(*login_.next(kNow), Step::send);
  EXPECT_EQ(body_of(login_).find("login_hint"), std::string::npos);
}

TEST_F(Late, a_guest_is_set_whole_or_not_at_all) {
  ASSERT_TRUE(login_.set("uvid", kUvid));
  ask();
  EXPECT_FALSE(login_.set("guest", std::string(R"({"uvid":")") + kOther + R"(","access_token":"x"})"));
  ASSERT_TRUE(login_.give_value("password", "pw"));
  ASSERT_EQ(*login_.next(kNow), Step::send);
  EXPECT_NE(body_of(login_).find(std::string("uvid_hint=") + kUvid), std::string::npos);
}

TEST(Expanded, the_last_session_counts_and_nothing_of_the_one_before) {
  Flow flow(make_app(), *find_flow("logout"));
  ASSERT_TRUE(flow.set("tokens", R"({"access_token":"tokA","refresh_token":"refA"})"));
  ASSERT_TRUE(flow.set("tokens", R"({"access_token":"tokB"})"));
  ASSERT_EQ(*flow.next(kNow), Step::send);
  EXPECT_EQ(body_of(flow), "token=tokB");
}

TEST(Expanded, the_last_guest_counts_and_nothing_of_the_one_before) {
  Flow flow(make_app(), *find_flow("login"));
  ASSERT_TRUE(flow.set("uvid", kUvid));
  ASSERT_TRUE(flow.set("guest", std::string(R"({"uvid":")") + kOther + "\"}"));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_TRUE(flow.set("password", "pw"));
  ASSERT_EQ(*flow.next(kNow), Step::send);
  EXPECT_NE(body_of(flow).find(std::string("uvid_hint=") + kOther), std::string::npos);
}

TEST(Resumed, a_flow_that_meets_an_app_without_a_key_fails_and_says_so) {
  const auto host_signs = make_app({{"signed_by", "host"}});
  Flow flow(host_signs, *find_flow("first_party_login"));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_EQ(*flow.next(kNow), Step::ask);
  ASSERT_TRUE(flow.seal("", kNow));
  const auto without = make_app();
  const auto opened = open_ticket(*without, "", flow.ticket(), "", kNow);
  ASSERT_TRUE(opened);
  Flow other(without, *find_flow("first_party_login"));
  ASSERT_TRUE(other.restore(*opened));
  ASSERT_EQ(*other.next(kNow), Step::ask);
  ASSERT_TRUE(other.give_value("password", "pw"));
  ASSERT_EQ(*other.next(kNow), Step::failed);
  EXPECT_EQ(other.error()->data().field, "private_key");
}

// One flow that has a token is not drawn into another's failure to fetch a new one.
TEST(Integration, a_flow_keeps_its_token_while_another_fetches) {
  const auto app = make_app({{"integration_client_id", "3MVG9Integration"}, {"integration_client_secret", "s"}});
  constexpr const char* kToken = R"({"access_token":"00DEx!one","token_type":"Bearer","scope":"forgot_password"})";
  Flow ours(app, *find_flow("password_reset"));
  ASSERT_TRUE(ours.set("username", "lena"));
  ASSERT_EQ(*ours.next(kNow), Step::send);
  ASSERT_TRUE(ours.give_response(200, 11, kToken));
  ASSERT_EQ(*ours.next(kNow), Step::send);
  ASSERT_TRUE(ours.give_response(200, 11, R"({"status_code":"otp_sent"})"));
  ASSERT_EQ(*ours.next(kNow), Step::ask);

  Flow other(app, *find_flow("password_reset"));
  ASSERT_TRUE(other.set("username", "mia"));
  ASSERT_EQ(*other.next(kNow), Step::send);
  ASSERT_TRUE(other.give_response(401, 11, R"([{"errorCode":"INVALID_SESSION_ID","message":"expired"}])"));
  ASSERT_EQ(*other.next(kNow), Step::send);
  EXPECT_STREQ(other.request().name, "integration_token");

  ASSERT_TRUE(ours.give_value("otp", "493027"));
  ASSERT_EQ(*ours.next(kNow), Step::ask);
  ASSERT_TRUE(ours.give_value("new_password", "N3w!"));
  ASSERT_EQ(*ours.next(kNow), Step::send);
  EXPECT_STREQ(ours.request().name, "reset_password");
}

}  // namespace
}  // namespace hlid
