// A whole flow in one file, which nothing else in the library has heard of: docs/adding-a-flow.md. It is the device
// flow's shape (RFC 8628): a code is shown, and the server is asked every few seconds until a person has typed it.
#include <gtest/gtest.h>

#include <memory>

#include "engine/catalogue.h"
#include "engine/flow.h"
#include "engine/request.h"
#include "flows/parts/read_json.h"
#include "oauth/diagnoses.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;

enum State : uint8_t { kAskForCode, kShow, kPause, kPoll, kDone };

constexpr RequestSpec kCodeRequest{
    .name = "device_code", .endpoint = Endpoint::token, .path = "/services/oauth2/token", .base = Base::org};
constexpr RequestSpec kPollRequest{
    .name = "token", .endpoint = Endpoint::token, .path = "/services/oauth2/token", .retry_safe = true, .auth = Auth::client};

constexpr SlotSpec kDeviceCode{"device_code", InTicket::always};
constexpr SlotSpec kUserCode{"user_code", InTicket::always};
constexpr SlotSpec kInterval{"interval", InTicket::always, true};
constexpr const SlotSpec* kSlots[] = {&kDeviceCode, &kUserCode, &kInterval};

Result<void> ask_for_code(Context& flow) {
  form_of(flow).add("response_type", "device_code");
  form_of(flow).add("client_id", flow.app.client_id);
  return {};
}

Next<kShow> read_code(Context& flow) {
  JsonDocument document;
  const auto root = read_json_success(flow, document);
  if (!root) return root.error().clone();
  flow.keep(kDeviceCode, root->text("device_code").value_or(""));
  flow.keep(kUserCode, root->text("user_code").value_or(""));
  const auto interval = root->find("interval");
  flow.keep_number(kInterval, interval ? interval->as_integer().value_or(5) : 5);
  return to<kShow>;
}

Result<void> show(Context& flow) {
  *flow.show = {Secret("https://acme.my.site.com/setup/connect"), std::string(flow.slot(kUserCode))};
  return {};
}

Result<void> pause(Context& flow) {
  flow.wait_until_ms = flow.now_ms + flow.number(kInterval) * 1000;
  return {};
}

Result<void> poll(Context& flow) {
  form_of(flow).add("grant_type", "device");
  form_of(flow).add_secret("code", flow.slot(kDeviceCode));
  return {};
}

Next<kDone, kPause> polled(Context& flow) {
  JsonDocument document;
  const auto root = read_json_success(flow, document);
  if (!root && root.error().data().raw_code.view() == "authorization_pending") return to<kPause>;
  if (!root) return root.error().clone();
  flow.result.set("access_token", root->text("access_token").value_or(""));
  return to<kDone>;
}

constexpr StateSpec kStates[] = {send_state("device_code", kCodeRequest, ask_for_code), show_state("show", show),
                                 wait_state("pause", pause), send_state("poll", kPollRequest, poll), done_state()};
constexpr Row kRows[] = {on<read_code>(kAskForCode, Event::response), go(kShow, Event::shown, kPause),
                         go(kPause, Event::time, kPoll), on<polled>(kPoll, Event::response)};
static_assert(well_formed(kStates, kRows));

constexpr FieldSpec kFields[] = {{"access_token", ValueKind::text, true, "The token.", true}};
constexpr ResultSpec kResult = {"ToyTokens", "What a toy brings.", kFields};
constexpr Diagnosis kDiagnoses[] = {{"access_denied", "", {}, "toy_denied", Advice::restart, "the person said no", ""}};
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

constexpr FlowSpec kToy = {.name = "toy",
                           .verb = "toy",
                           .summary = "Signs in a device without a keyboard.",
                           .description = "",
                           .source = "RFC 8628",
                           .status = Status::experimental,
                           .retires = "2031-01-31",
                           .status_note = "Use a keyboard.",
                           .parameters = {},
                           .result = &kResult,
                           .errors = &kErrors,
                           .slots = kSlots,
                           .states = kStates,
                           .rows = kRows};

class Toy : public ::testing::Test {
 protected:
  static std::shared_ptr<const App> make_app() {
    const NamedValue values[] = {{"site", "https://acme.my.site.com/shop"},
                                 {"client_id", "3MVG9"},
                                 {"redirect_uri", "https://app.example.com/callback"},
                                 {"seal_keys", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}};
    return *App::create(values);
  }
  Step next() { return *flow_.next(now_); }
  Step answer(int32_t status, std::string_view body) {
    EXPECT_TRUE(flow_.give_response(status, 11, body));
    return next();
  }
  void lead_to_pause() {
    ASSERT_EQ(next(), Step::send);
    EXPECT_EQ(flow_.request().body.view(), "response_type=device_code&client_id=3MVG9");
    EXPECT_EQ(flow_.request().url, "https://acme.my.site.com/services/oauth2/token") << "the org's host, without the site's path";
    ASSERT_EQ(answer(200, R"({"device_code":"dev-1","user_code":"WDJB-MJHT","interval":7})"), Step::show);
    EXPECT_EQ(flow_.show().code, "WDJB-MJHT");
    ASSERT_EQ(next(), Step::wait);
    EXPECT_EQ(flow_.wait_until_ms(), now_ + 7'000);
    EXPECT_GT(flow_.deadline_ms(), flow_.wait_until_ms());
  }

  std::shared_ptr<const App> app_ = make_app();
  int64_t now_ = kNow;
  Flow flow_{app_, kToy};
};

TEST_F(Toy, says_in_the_catalogue_whether_it_is_one_to_choose) {
  const FlowSpec* const flows[] = {&kToy};
  EXPECT_NE(
      write_catalogue(flows).find(
          R"("status":"experimental","retires":"2031-01-31","standing":"Experimental. Salesforce retires this flow on 2031-01-31. Use a keyboard.")"),
      std::string::npos);
}

TEST_F(Toy, polls_far_longer_than_the_networks_time) {
  lead_to_pause();
  for (int i = 0; i < 20; ++i) {
    now_ = flow_.wait_until_ms();
    ASSERT_EQ(next(), Step::send) << i;
    EXPECT_EQ(flow_.request().body.view(), "grant_type=device&code=dev-1&client_id=3MVG9");
    now_ += 2'000;  // 40 seconds in all: each leg after a wait has the network's whole time
    ASSERT_EQ(answer(400, R"({"error":"authorization_pending"})"), Step::wait) << i;
  }
  EXPECT_GT(now_ - kNow, 60'000) << "the app's timeout is 30 seconds";
  now_ = flow_.wait_until_ms();
  ASSERT_EQ(next(), Step::send);
  ASSERT_EQ(answer(200, R"({"access_token":"00DEx!t"})"), Step::done);
  EXPECT_EQ(flow_.result()->get("access_token"), "00DEx!t");
}

TEST_F(Toy, says_what_the_servers_words_mean_to_it) {
  lead_to_pause();
  now_ = flow_.wait_until_ms();
  ASSERT_EQ(next(), Step::send);
  ASSERT_EQ(answer(400, R"({"error":"access_denied"})"), Step::failed);
  EXPECT_STREQ(flow_.error()->data().reason, "toy_denied");
}

TEST_F(Toy, travels_while_it_shows_and_goes_on_elsewhere) {
  ASSERT_EQ(next(), Step::send);
  ASSERT_EQ(answer(200, R"({"device_code":"dev-1","user_code":"WDJB-MJHT","interval":7})"), Step::show);
  ASSERT_TRUE(flow_.seal("", now_));
  const auto opened = open_ticket(*app_, "toy", flow_.ticket(), "", now_);
  ASSERT_TRUE(opened);
  Flow other(app_, kToy);
  ASSERT_TRUE(other.restore(*opened));
  ASSERT_EQ(*other.next(now_), Step::show);
  EXPECT_EQ(other.show().code, "WDJB-MJHT");
  ASSERT_EQ(*other.next(now_), Step::wait);
  EXPECT_EQ(other.wait_until_ms(), now_ + 7'000);
}

// A host reads the step of a flow that its client has handed back: that is not yet the page's having been shown.
TEST_F(Toy, says_its_page_again_to_the_host_of_a_client) {
  ASSERT_EQ(next(), Step::send);
  ASSERT_EQ(answer(200, R"({"device_code":"dev-1","user_code":"WDJB-MJHT","interval":7})"), Step::show);
  flow_.hand_back();
  ASSERT_EQ(next(), Step::show);
  flow_.run_again();
  ASSERT_EQ(next(), Step::wait);
  flow_.hand_back();
  ASSERT_EQ(next(), Step::wait);
}

TEST_F(Toy, goes_on_when_a_client_runs_it_again_unread) {
  ASSERT_EQ(next(), Step::send);
  ASSERT_EQ(answer(200, R"({"device_code":"dev-1","user_code":"WDJB-MJHT","interval":7})"), Step::show);
  flow_.hand_back();
  flow_.run_again();
  ASSERT_EQ(next(), Step::wait);
}

// The caller that opens the ticket of a flow that waits may have to show the page to the person again.
TEST_F(Toy, travels_while_it_waits_and_shows_its_page_again) {
  lead_to_pause();
  ASSERT_TRUE(flow_.seal("", now_));
  ASSERT_EQ(next(), Step::wait) << "the flow itself goes on";
  const auto opened = open_ticket(*app_, "toy", flow_.ticket(), "", now_);
  ASSERT_TRUE(opened);
  Flow other(app_, kToy);
  ASSERT_TRUE(other.restore(*opened));
  ASSERT_EQ(*other.next(now_), Step::show);
  EXPECT_EQ(other.show().code, "WDJB-MJHT");
  now_ = flow_.wait_until_ms();
  ASSERT_EQ(next(), Step::send);
  EXPECT_FALSE(flow_.seal("", now_)) << "with a poll on its way";
  ASSERT_TRUE(flow_.give_no_response(false, "no_connection", ""));
  ASSERT_EQ(next(), Step::wait) << "for a repetition";
  EXPECT_FALSE(flow_.seal("", now_));
}

}  // namespace
}  // namespace hlid
