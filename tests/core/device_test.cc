// The device flow's waits: they travel in tickets as times, and grow where the server fails. What it sends is in the vectors.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "engine/flow.h"
#include "flows/registry.h"
#include "oauth/app.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;
constexpr int64_t kSecond = 1'000;
constexpr std::string_view kCode =
    R"({"device_code":"M1","user_code":"X1","interval":5,"verification_uri":"https://acme.my.salesforce.com/setup/connect"})";
constexpr std::string_view kPending = R"({"error":"authorization_pending"})";

std::shared_ptr<const App> make_app() {
  const NamedValue settings[] = {{"site", "https://acme.my.salesforce.com"},
                                 {"client_id", "3MVG9Example.ClientId"},
                                 {"seal_keys", "a:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}};
  return *App::create(settings);
}

// A device that shows its code from kNow on, and by then waits, unless it stops at the page.
class Device {
 public:
  explicit Device(Step stop = Step::wait) : app_(make_app()), flow_(std::make_unique<Flow>(app_, flows::device)) {
    EXPECT_EQ(go_on(), Step::send);
    respond(200, kCode);
    EXPECT_EQ(go_on(), Step::show);
    if (stop == Step::wait) {
      EXPECT_EQ(go_on(), Step::wait);
    }
  }

  Step go_on() { return *flow_->next(now_); }
  Step wait() {
    now_ = std::max(now_, flow_->wait_until_ms());
    return go_on();
  }
  void pass(int64_t ms) { now_ += ms; }
  void respond(int32_t status, std::string_view body) { EXPECT_TRUE(flow_->give_response(status, 20, body)); }
  void respond_later(std::string_view seconds) {
    EXPECT_TRUE(flow_->give_header("Retry-After", seconds));
    respond(503, "");
  }
  // To another process and back.
  Step travel() {
    EXPECT_TRUE(flow_->seal("", now_));
    const auto opened = open_ticket(*app_, "device", flow_->ticket(), "", now_);
    if (!opened) {
      ADD_FAILURE() << opened.error().data().message;
      return Step::failed;
    }
    flow_ = std::make_unique<Flow>(app_, flows::device);
    EXPECT_TRUE(flow_->restore(*opened));
    EXPECT_EQ(go_on(), Step::show);
    return go_on();
  }
  // In seconds from now.
  [[nodiscard]] int64_t waits() const { return (flow_->wait_until_ms() - now_) / kSecond; }

 private:
  std::shared_ptr<const App> app_;
  std::unique_ptr<Flow> flow_;
  int64_t now_ = kNow;
};

TEST(Device, that_is_sealed_again_and_again_does_poll) {
  Device device;
  ASSERT_EQ(device.waits(), 5);
  device.pass(3 * kSecond);
  ASSERT_EQ(device.travel(), Step::wait);
  EXPECT_EQ(device.waits(), 2);
  device.pass(3 * kSecond);
  EXPECT_EQ(device.travel(), Step::send);
}

TEST(Device, that_is_sealed_at_its_page_does_poll) {
  Device device(Step::show);
  device.pass(3 * kSecond);
  ASSERT_EQ(device.travel(), Step::wait);
  EXPECT_EQ(device.waits(), 2);
  Device late(Step::show);
  late.pass(599 * kSecond);
  EXPECT_EQ(late.travel(), Step::send);
}

TEST(Device, waits_no_longer_for_a_clock_that_is_set_back) {
  Device device;
  device.pass(-3'600 * kSecond);
  ASSERT_EQ(device.go_on(), Step::wait);
  EXPECT_EQ(device.waits(), 5);
  EXPECT_EQ(device.wait(), Step::send);
}

TEST(Device, that_is_sealed_keeps_to_retry_after) {
  Device device;
  ASSERT_EQ(device.wait(), Step::send);
  device.respond_later("100");
  ASSERT_EQ(device.go_on(), Step::wait);
  ASSERT_EQ(device.waits(), 100);
  ASSERT_EQ(device.travel(), Step::wait);
  EXPECT_EQ(device.waits(), 100);
  device.pass(99 * kSecond);
  EXPECT_EQ(device.travel(), Step::wait);
  device.pass(kSecond);
  EXPECT_EQ(device.travel(), Step::send);
}

// RFC 8628 3.5
TEST(Device, waits_twice_as_long_after_each_failure_and_at_most_a_minute) {
  Device device;
  for (const int64_t seconds : {5, 10, 20, 40, 60, 60}) {
    EXPECT_EQ(device.waits(), seconds);
    ASSERT_EQ(device.wait(), Step::send);
    device.respond(seconds == 20 ? 408 : 500, "");
    ASSERT_EQ(device.go_on(), Step::wait);
  }
  ASSERT_EQ(device.travel(), Step::wait);
  EXPECT_EQ(device.waits(), 60);
  ASSERT_EQ(device.wait(), Step::send);
  device.respond(400, kPending);
  ASSERT_EQ(device.go_on(), Step::wait);
  EXPECT_EQ(device.waits(), 5);
}

}  // namespace
}  // namespace hlid
