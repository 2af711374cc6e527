// engine/: the step machine, played with a flow made up for it that meets every kind of step.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "engine/flow.h"
#include "engine/request.h"
#include "flows/registry.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;

// ---- a made-up flow: asks for an OTP until it is 493027, shows a page, has bytes signed, waits, sends.

constexpr ValueSpec kParameters[] = {{.name = "who", .max_bytes = 100}, {.name = "visit", .max_bytes = 100}};
constexpr ValueSpec kOtpQuestion = {.name = "otp", .secret = true, .max_bytes = 100};
constexpr ValueSpec kCallbackQuestion = {.name = "callback", .max_bytes = 100};
constexpr FieldSpec kFields[] = {{"seen", ValueKind::text, false, "What came in."}};
constexpr ResultSpec kResult = {"Made", "Made up.", kFields};
constexpr ErrorSpec kNoErrors{};
constexpr SlotSpec kSigned{"signed"};
constexpr SlotSpec kTyped{"typed", InTicket::always};

enum State : uint8_t { kAsk, kShow, kSign, kWait, kSend, kTell, kDone };

Next<kShow, kAsk> asked(Context& flow) {
  if (flow.slot(kTyped) == "493027") return to<kShow>;
  flow.ask.problem = Error::refused("wrong_otp", "the code is wrong")
                         .advise(Advice::ask_again)
                         .server("invalid_otp", "not " + std::string(flow.slot(kTyped)) + " but another");
  return to<kAsk>;
}

Result<void> show(Context& flow) {
  *flow.show = {Secret("https://acme.my.site.com/open"), "WDJB-MJHT"};
  return {};
}

Next<kSign> shown_page(Context& flow) {
  if (flow.given.view() == "https://evil.example") return Error::protocol("bad_callback", "the callback is not ours");
  return to<kSign>;
}

Result<void> sign(Context& flow) {
  *flow.sign = {"RS256", Secret("bytes to sign")};
  return {};
}

Next<kWait> signed_bytes(Context& flow) {
  flow.keep(kSigned, std::move(flow.given));
  return to<kWait>;
}

Result<void> wait(Context& flow) {
  flow.wait_until_ms = flow.now_ms + 5'000;
  return {};
}

// The hook sees the whole request, so that it can sign it.
Result<void> sign_request(Context& flow) {
  add_header(flow, "Digest", std::to_string(flow.request.body.view().size()) + " bytes to " + flow.request.url);
  return {};
}
constexpr RequestSpec kRequest{
    .name = "made", .endpoint = Endpoint::token, .path = "/made", .retry_safe = true, .sign = sign_request};

Result<void> send(Context& flow) {
  form_of(flow).add_secret("signature", flow.slot(kSigned));
  return {};
}

Next<kTell> answered(Context& flow) {
  flow.result.set("seen", flow.response.body.view());
  return to<kTell>;
}

constexpr StateSpec kStates[] = {ask_state("ask", kOtpQuestion, kTyped),
                                 show_state("show", show, kCallbackQuestion),
                                 sign_state("sign", sign, kRequest),
                                 wait_state("wait", wait),
                                 send_state("send", kRequest, send),
                                 show_state("tell", show),
                                 done_state()};
constexpr Row kRows[] = {on<asked>(kAsk, Event::value),         on<shown_page>(kShow, Event::value),
                         on<signed_bytes>(kSign, Event::value), go(kWait, Event::time, kSend),
                         on<answered>(kSend, Event::response),  go(kTell, Event::shown, kDone)};
static_assert(well_formed(kStates, kRows));

constexpr const SlotSpec* kSlots[] = {&kTyped};
constexpr FlowSpec kMade = {.name = "made",
                            .verb = "make",
                            .summary = "",
                            .description = "",
                            .source = "",
                            .parameters = kParameters,
                            .result = &kResult,
                            .errors = &kNoErrors,
                            .slots = kSlots,
                            .states = kStates,
                            .rows = kRows};

std::shared_ptr<const App> make_app(std::string_view timeout_ms = "30000") {
  const NamedValue values[] = {{"site", "https://acme.my.site.com/shop"},
                               {"client_id", "3MVG9"},
                               {"redirect_uri", "https://app.example.com/callback"},
                               {"signed_by", "host"},
                               {"timeout_ms", timeout_ms}};
  auto app = App::create(values);
  return app ? *app : nullptr;
}

Step next(Flow& flow, int64_t now_ms = kNow) {
  const auto step = flow.next(now_ms);
  EXPECT_TRUE(step) << step.error().data().message;
  return step ? *step : Step::failed;
}

// Leads the made-up flow from its beginning to the state.
void lead_to(Flow& flow, State state) {
  (void)next(flow);
  if (state > kAsk) {
    ASSERT_TRUE(flow.give_value("otp", "493027"));
    ASSERT_EQ(next(flow), Step::show);
  }
  if (state > kShow) {
    ASSERT_TRUE(flow.give_value("callback", "https://app.example.com/callback?code=1"));
    ASSERT_EQ(next(flow), Step::sign);
  }
  if (state > kSign) {
    ASSERT_TRUE(flow.give_value("signature", "c2ln"));
    ASSERT_EQ(next(flow), Step::wait);
  }
  if (state > kWait) {
    ASSERT_EQ(next(flow, kNow + 5'000), Step::send);
  }
  if (state > kSend) {
    ASSERT_TRUE(flow.give_response(200, 11, "hello"));
    ASSERT_EQ(next(flow, kNow + 5'000), Step::show);
  }
  if (state > kTell) {
    ASSERT_EQ(next(flow, kNow + 5'000), Step::done);
  }
}

// Between two of the host's calls: while it reads its store, or signs.
TEST(Engine, o14_a_clock_that_is_set_back_moves_the_deadline_along) {
  constexpr int64_t kHour = 3'600'000;
  Flow flow(make_app(), kMade);
  lead_to(flow, kSign);
  const int64_t left = flow.deadline_ms() - kNow;
  EXPECT_EQ(next(flow, kNow - kHour), Step::sign);
  EXPECT_EQ(flow.deadline_ms() - (kNow - kHour), left);
  ASSERT_TRUE(flow.give_value("signature", "c2ln"));
  ASSERT_EQ(next(flow, kNow - 2 * kHour), Step::wait);
  EXPECT_EQ(flow.wait_until_ms(), kNow - 2 * kHour + 5'000);
  ASSERT_EQ(next(flow, kNow - 2 * kHour + 5'000), Step::send);
  ASSERT_TRUE(flow.give_response(200, 11, "hello"));
  ASSERT_EQ(next(flow, kNow - 3 * kHour), Step::show);
  EXPECT_EQ(next(flow, kNow - 3 * kHour), Step::done);
}

TEST(Engine, every_kind_of_step_is_met_and_every_row_taken) {
  Flow flow(make_app(), kMade);
  ASSERT_EQ(next(flow), Step::ask);
  EXPECT_STREQ(flow.ask().name, "otp");
  EXPECT_FALSE(flow.ask().problem);
  ASSERT_TRUE(flow.give_value("otp", "111111"));
  ASSERT_EQ(next(flow), Step::ask);
  ASSERT_TRUE(flow.ask().problem);
  EXPECT_STREQ(flow.ask().problem->data().reason, "wrong_otp");
  EXPECT_EQ(flow.ask().problem->data().server_code, "invalid_otp");
  ASSERT_TRUE(flow.give_value("otp", "493027"));
  ASSERT_EQ(next(flow), Step::show);
  EXPECT_EQ(flow.show().url.view(), "https://acme.my.site.com/open");
  EXPECT_EQ(flow.show().code, "WDJB-MJHT");
  ASSERT_TRUE(flow.give_value("callback", "https://app.example.com/callback?code=1"));
  ASSERT_EQ(next(flow), Step::sign);
  EXPECT_EQ(flow.sign().input.view(), "bytes to sign");
  ASSERT_TRUE(flow.give_value("signature", "c2ln"));
  ASSERT_EQ(next(flow), Step::wait);
  EXPECT_EQ(flow.wait_until_ms(), kNow + 5'000);
  EXPECT_EQ(next(flow, kNow + 4'999), Step::wait) << "too early";
  ASSERT_EQ(next(flow, kNow + 5'000), Step::send);
  EXPECT_EQ(flow.request().body.view(), "signature=c2ln");
  EXPECT_EQ(flow.request().headers[flow.request().headers.size() - 1].value, "14 bytes to https://acme.my.site.com/shop/made");
  ASSERT_TRUE(flow.give_response(200, 20, "hello"));
  // A page that asks for nothing is left by the next call.
  ASSERT_EQ(next(flow, kNow + 5'001), Step::show);
  EXPECT_STREQ(flow.ask().name, "");
  ASSERT_EQ(next(flow, kNow + 5'001), Step::done);
  EXPECT_EQ(flow.result()->get("seen"), "hello");
  EXPECT_EQ(next(flow, kNow + 99'999), Step::done);
}

TEST(Engine, an_action_that_fails_ends_the_flow_for_good) {
  Flow flow(make_app(), kMade);
  lead_to(flow, kShow);
  ASSERT_TRUE(flow.give_value("callback", "https://evil.example"));
  ASSERT_EQ(next(flow), Step::failed);
  EXPECT_STREQ(flow.error()->data().reason, "bad_callback");
  EXPECT_EQ(next(flow, kNow + 1), Step::failed);
  EXPECT_FALSE(flow.give_value("callback", "x"));
  EXPECT_EQ(flow.result(), nullptr);
}

TEST(Engine, the_deadline_leaves_out_what_a_person_a_signer_or_a_wait_takes) {
  Flow flow(make_app(), kMade);
  ASSERT_EQ(next(flow), Step::ask);
  EXPECT_EQ(flow.deadline_ms(), kNow + 30'000);
  const int64_t later = kNow + 600'000;
  ASSERT_TRUE(flow.give_value("otp", "493027"));
  ASSERT_EQ(next(flow, later), Step::show);
  EXPECT_EQ(flow.deadline_ms(), later + 30'000);
  ASSERT_TRUE(flow.give_value("callback", "https://app.example.com/callback"));
  ASSERT_EQ(next(flow, later), Step::sign);
  ASSERT_TRUE(flow.give_value("signature", "c2ln"));
  ASSERT_EQ(next(flow, later), Step::wait);
  ASSERT_EQ(next(flow, later + 5'000), Step::send);
  // A wait of the flow's own is no network time.
  EXPECT_EQ(flow.deadline_ms(), later + 35'000);
}

// ---- L07: every call in every state

struct Wrong {
  const char* name;
  std::function<Result<void>(Flow&)> call;
};

const std::vector<Wrong>& every_call() {
  static const std::vector<Wrong> calls = {
      {"set", [](Flow& f) { return f.set("who", "lena"); }},
      {"set_timeout_ms", [](Flow& f) { return f.set_timeout_ms(5); }},
      {"set_trace", [](Flow& f) { return f.set_trace(true); }},
      {"give_header", [](Flow& f) { return f.give_header("X", "y"); }},
      {"give_response", [](Flow& f) { return f.give_response(200, 11, std::string_view("x")); }},
      {"give_no_response", [](Flow& f) { return f.give_no_response(true, "no_response", ""); }},
      {"give_broken_response", [](Flow& f) { return f.give_broken_response("broken", ""); }},
      {"give_value otp", [](Flow& f) { return f.give_value("otp", "493027"); }},
      {"give_value callback", [](Flow& f) { return f.give_value("callback", "x"); }},
      {"give_value signature", [](Flow& f) { return f.give_value("signature", "x"); }},
  };
  return calls;
}

bool is_right(State state, std::string_view call) {
  switch (state) {
    case kAsk: return call == "give_value otp" || call == "set";
    case kShow: return call == "give_value callback";
    case kSign: return call == "give_value signature";
    case kSend:
      return call == "give_header" || call == "give_response" || call == "give_no_response" || call == "give_broken_response";
    case kWait:
    case kTell:
    case kDone: return false;
  }
  return false;
}

TEST(Engine, l07_every_wrong_call_in_every_state_is_refused_and_changes_nothing) {
  for (const State state : {kAsk, kShow, kSign, kWait, kSend, kDone}) {
    for (const Wrong& wrong : every_call()) {
      if (is_right(state, wrong.name)) continue;
      Flow flow(make_app(), kMade);
      lead_to(flow, state);
      const Step before = flow.step();
      const auto done = wrong.call(flow);
      ASSERT_FALSE(done) << wrong.name << " in state " << int{state};
      // A name that is not the one asked for is an argument that is wrong; all else is the wrong moment.
      const bool named = std::string_view(wrong.name).starts_with("give_value") && state <= kSign;
      EXPECT_EQ(done.error().data().kind, named ? Kind::argument : Kind::state) << wrong.name << " in state " << int{state};
      EXPECT_EQ(flow.step(), before);
      const int64_t now = state >= kSend ? kNow + 5'000 : kNow;
      EXPECT_EQ(next(flow, now), before) << wrong.name << " in state " << int{state};
    }
  }
}

TEST(Engine, l07_before_the_first_step_nothing_can_be_given) {
  for (const Wrong& wrong : every_call()) {
    Flow flow(make_app(), kMade);
    EXPECT_EQ(wrong.call(flow).has_value(), std::string_view(wrong.name).starts_with("set")) << wrong.name;
    EXPECT_EQ(next(flow), Step::ask);
  }
}

TEST(Engine, k03_a_second_answer_is_refused_and_the_first_counts) {
  Flow flow(make_app(), *find_flow("login"));
  ASSERT_TRUE(flow.set("username", "lena"));
  ASSERT_TRUE(flow.set("password", "pw"));
  ASSERT_EQ(next(flow), Step::send);
  ASSERT_TRUE(flow.give_response(400, 11, R"({"error":"invalid_grant"})"));
  const auto second = flow.give_response(302, 11, std::string_view());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().data().kind, Kind::state);
  EXPECT_FALSE(flow.give_header("Location", "https://app.example.com/callback?code=x"));
  EXPECT_FALSE(flow.give_no_response(false, "no_response", ""));
  ASSERT_EQ(next(flow), Step::failed);
  EXPECT_STREQ(flow.error()->data().reason, "invalid_credentials");
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(flow.give_response(302, 11, std::string_view()));
  EXPECT_EQ(next(flow), Step::failed);
}

TEST(Engine, k03_nothing_is_taken_after_the_end_or_a_cancel) {
  Flow flow(make_app(), *find_flow("guest"));
  ASSERT_EQ(next(flow), Step::send);
  flow.end(Error::state("cancelled", "the flow was cancelled"));
  EXPECT_EQ(next(flow), Step::failed);
  EXPECT_STREQ(flow.error()->data().reason, "cancelled");
  EXPECT_FALSE(flow.give_response(302, 11, std::string_view()));
  flow.end(Error::state("closed", "again"));
  EXPECT_STREQ(flow.error()->data().reason, "cancelled") << "it ends once";
}

// What is not sent again may have been: the host has its request.
TEST(Engine, a_cancel_does_not_know_the_outcome_of_a_request_that_is_out) {
  const auto ended = [](auto give, bool maybe_sent) {
    Flow flow(make_app(), *find_flow("login"));
    EXPECT_TRUE(flow.set("username", "lena"));
    EXPECT_TRUE(flow.set("password", "pw"));
    EXPECT_EQ(next(flow), Step::send);
    give(flow);
    flow.end(Error::state("cancelled", "the flow was cancelled"), maybe_sent);
    return flow.error()->data().outcome_unknown;
  };
  const auto nothing = [](Flow&) {};
  EXPECT_TRUE(ended(nothing, true));
  EXPECT_FALSE(ended(nothing, false)) << "a client knows";
  EXPECT_TRUE(ended([](Flow& flow) { EXPECT_TRUE(flow.give_no_response(true, "no_response", "")); }, true));
  EXPECT_FALSE(ended([](Flow& flow) { EXPECT_TRUE(flow.give_no_response(false, "no_response", "")); }, true));
}

std::string location_of(const Flow& flow) {
  // The state that the flow sent, from its own body.
  const std::string_view body = flow.request().body.view();
  const size_t at = body.find("&state=") + 7;
  return "https://app.example.com/callback?code=abc&state=" + std::string(body.substr(at, body.find('&', at) - at));
}

TEST(Engine, k02_the_state_of_another_flow_alive_is_refused) {
  const auto app = make_app();
  Flow ours(app, *find_flow("guest"));
  Flow other(app, *find_flow("guest"));
  ASSERT_EQ(next(ours), Step::send);
  ASSERT_EQ(next(other), Step::send);
  ASSERT_TRUE(ours.give_header("Location", location_of(other)));
  ASSERT_TRUE(ours.give_response(302, 11, std::string_view()));
  ASSERT_EQ(next(ours), Step::failed);
  EXPECT_STREQ(ours.error()->data().reason, "state_mismatch");
  ASSERT_TRUE(other.give_header("Location", location_of(other)));
  ASSERT_TRUE(other.give_response(302, 11, std::string_view()));
  EXPECT_EQ(next(other), Step::send) << "its own is still good";
}

TEST(Engine, k09_k10_a_repeated_authorize_has_a_new_pair_and_the_verifier_is_in_the_token_body_only) {
  Flow flow(make_app(), *find_flow("guest"));
  ASSERT_TRUE(flow.set_trace(true));
  ASSERT_EQ(next(flow), Step::send);
  const std::string first(flow.request().body.view());
  ASSERT_TRUE(flow.give_no_response(false, "no_response", "no route"));
  ASSERT_EQ(next(flow), Step::wait);
  ASSERT_EQ(next(flow, flow.wait_until_ms()), Step::send);
  const std::string second(flow.request().body.view());
  const auto field = [](const std::string& body, const std::string& name) {
    return body.substr(body.find(name + "=") + name.size() + 1, 43);
  };
  EXPECT_NE(field(first, "code_challenge"), field(second, "code_challenge"));
  EXPECT_NE(field(first, "state"), field(second, "state"));
  ASSERT_TRUE(flow.give_header("Location", location_of(flow)));
  ASSERT_TRUE(flow.give_response(302, 11, std::string_view()));
  ASSERT_EQ(next(flow, flow.deadline_ms() - 1), Step::send);
  const std::string_view token = flow.request().body.view();
  const std::string verifier(token.substr(token.find("code_verifier=") + 14, 128));
  EXPECT_EQ(second.find(verifier), std::string::npos);
  EXPECT_EQ(flow.trace().find(verifier), std::string_view::npos);
  EXPECT_EQ(flow.request().url.find(verifier), std::string::npos);
}

// ---- repetition

// A userinfo flow at its SEND.
std::unique_ptr<Flow> sending(const std::shared_ptr<const App>& app) {
  auto flow = std::make_unique<Flow>(app, *find_flow("userinfo"));
  EXPECT_TRUE(flow->set("access_token", "token"));
  EXPECT_EQ(next(*flow), Step::send);
  return flow;
}

TEST(Repeat, n14_waits_are_spread_over_the_whole_window) {
  std::array<int, 10> buckets{};
  for (int i = 0; i < 10'000; ++i) {
    const auto flow = sending(make_app());
    ASSERT_TRUE(flow->give_no_response(true, "no_response", ""));
    ASSERT_EQ(next(*flow), Step::wait);
    const int64_t wait = flow->wait_until_ms() - kNow;
    ASSERT_TRUE(wait >= 1 && wait <= kFirstBackoffMs) << wait;
    ++buckets[static_cast<size_t>((wait - 1) * 10 / kFirstBackoffMs)];
  }
  for (const int count : buckets) EXPECT_TRUE(count > 700 && count < 1300) << count;
}

TEST(Repeat, n14_a_budget_caps_what_an_outage_can_cost) {
  const auto app = make_app();
  int repeated = 0;
  const int flows = 1000;
  for (int i = 0; i < flows; ++i) {
    const auto flow = sending(app);
    EXPECT_TRUE(flow->give_no_response(true, "no_response", ""));
    repeated += next(*flow) == Step::wait ? 1 : 0;
  }
  // Ten saved up, and one for ten first tries.
  EXPECT_GE(repeated, 100);
  EXPECT_LE(repeated, flows / kRepeatCost + kRepeatCredit / kRepeatCost + 1);
}

TEST(Repeat, h12_grows_and_ends_after_three_attempts) {
  for (int i = 0; i < 50; ++i) {
    const auto flow = sending(make_app());
    int64_t now = kNow;
    for (const int64_t bound : {kFirstBackoffMs, 2 * kFirstBackoffMs}) {
      ASSERT_TRUE(flow->give_response(503, 11, std::string_view()));
      ASSERT_EQ(next(*flow, now), Step::wait);
      ASSERT_TRUE(flow->wait_until_ms() > now && flow->wait_until_ms() <= now + bound);
      EXPECT_EQ(next(*flow, flow->wait_until_ms() - 1), Step::wait);
      now = flow->wait_until_ms();
      ASSERT_EQ(next(*flow, now), Step::send);
    }
    ASSERT_TRUE(flow->give_response(503, 11, std::string_view()));
    ASSERT_EQ(next(*flow, now), Step::failed);
  }
}

TEST(Repeat, h10_waits_at_least_as_long_as_the_server_asks) {
  for (const auto& [value, least] :
       std::vector<std::pair<const char*, int64_t>>{{"2", 2'000}, {"29", 29'000}, {"Thu, 01 Jan 2026 00:00:05 GMT", 5'000}}) {
    const auto flow = sending(make_app());
    ASSERT_TRUE(flow->give_header("retry-after", value));
    ASSERT_TRUE(flow->give_response(429, 11, std::string_view()));
    ASSERT_EQ(next(*flow), Step::wait);
    EXPECT_EQ(flow->wait_until_ms(), kNow + least);
  }
}

TEST(Repeat, n15_never_waits_past_the_deadline) {
  const auto flow = sending(make_app("1000"));
  ASSERT_TRUE(flow->give_header("Retry-After", "1"));
  ASSERT_TRUE(flow->give_response(503, 11, std::string_view()));
  ASSERT_EQ(next(*flow), Step::failed);
  EXPECT_EQ(flow->error()->data().retry_after_ms, 1000);
  EXPECT_EQ(flow->error()->data().advice, Advice::retry_later);
}

TEST(Repeat, n05_a_single_use_request_is_not_prepared_after_the_deadline) {
  Flow flow(make_app(), *find_flow("guest"));
  ASSERT_EQ(next(flow), Step::send);
  ASSERT_TRUE(flow.give_header("Location", location_of(flow)));
  ASSERT_TRUE(flow.give_response(302, 11, std::string_view()));
  ASSERT_EQ(next(flow, flow.deadline_ms()), Step::failed);
  EXPECT_STREQ(flow.error()->data().reason, "timeout");
  EXPECT_FALSE(flow.error()->data().outcome_unknown) << "the token call was never made";
}

TEST(Repeat, n07_a_timeout_is_a_number_that_means_something) {
  Flow flow(make_app(), *find_flow("guest"));
  for (const int64_t bad :
       {int64_t{0}, int64_t{-1}, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), int64_t{600'001}})
    EXPECT_FALSE(flow.set_timeout_ms(bad)) << bad;
  ASSERT_TRUE(flow.set_timeout_ms(1));
  ASSERT_EQ(next(flow), Step::send);
  EXPECT_EQ(flow.deadline_ms(), kNow + 1);
}

// ---- O14: any clock

TEST(Clock, o14_any_time_is_safe_at_any_step) {
  const int64_t times[] = {std::numeric_limits<int64_t>::min(),
                           -1,
                           0,
                           2'147'483'648'000,
                           kNow,
                           kNow - 3'600'000,
                           kNow + 3'600'000,
                           std::numeric_limits<int64_t>::max() - 1,
                           std::numeric_limits<int64_t>::max()};
  for (const int64_t begin : times) {
    for (const int64_t then : times) {
      for (const int64_t last : times) {
        Flow flow(make_app(), *find_flow("userinfo"));
        ASSERT_TRUE(flow.set("access_token", "token"));
        ASSERT_EQ(next(flow, begin), Step::send);
        EXPECT_GT(flow.deadline_ms(), std::clamp(begin, -kLastTimeMs, kLastTimeMs));
        ASSERT_TRUE(flow.give_header("Retry-After", "Thu, 01 Jan 2026 00:00:05 GMT"));
        ASSERT_TRUE(flow.give_response(503, 11, std::string_view()));
        const Step step = next(flow, then);
        ASSERT_TRUE(step == Step::wait || step == Step::failed);
        const Step after = next(flow, last);
        ASSERT_TRUE(after == Step::wait || after == Step::failed || after == Step::send);
      }
    }
  }
}

TEST(Clock, o14_a_wait_ends_whichever_way_the_clock_jumps) {
  const auto flow = sending(make_app());
  ASSERT_TRUE(flow->give_no_response(false, "no_response", ""));
  ASSERT_EQ(next(*flow), Step::wait);
  EXPECT_EQ(next(*flow, kNow - 3'600'000), Step::wait);
  EXPECT_EQ(next(*flow, kNow - 3'600'000 + 1'000), Step::send);
  ASSERT_TRUE(flow->give_no_response(false, "no_response", ""));
  EXPECT_EQ(next(*flow, kNow + 3'600'000), Step::failed);
}

// ---- parameters

TEST(Engine, a_parameter_can_be_set_again_and_is_checked_each_time) {
  Flow flow(make_app(), *find_flow("guest"));
  ASSERT_TRUE(flow.set("uvid", "3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11"));
  ASSERT_FALSE(flow.set("uvid", "no"));
  ASSERT_TRUE(flow.set("uvid", "7c9e6679-7425-40de-944b-e07fc1f90ae7"));
  ASSERT_EQ(next(flow), Step::send);
  const auto& headers = flow.request().headers;
  EXPECT_TRUE(std::any_of(headers.begin(), headers.end(),
                          [](const Header& h) { return h.value == "UVID 7c9e6679-7425-40de-944b-e07fc1f90ae7"; }));
}

TEST(Engine, parameters_that_do_not_fit_together_leave_the_flow_open) {
  Flow flow(make_app(), *find_flow("login"));
  ASSERT_TRUE(flow.set("password", "pw"));
  const auto first = flow.next(kNow);
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().data().field, "username");
  ASSERT_TRUE(flow.set("username", "lena"));
  EXPECT_EQ(next(flow), Step::send);
}

// A machine whose clock stands before 1970 has deadlines too.
TEST(Engine, a_clock_before_1970_times_out) {
  for (const int64_t begin : {int64_t{-1}, int64_t{-86'400'000}, int64_t{-62'135'596'800'000}}) {
    const auto login = std::find_if(all_flows().begin(), all_flows().end(),
                                    [](const FlowSpec* spec) { return std::string_view(spec->name) == "login"; });
    ASSERT_NE(login, all_flows().end());
    Flow flow(make_app("1000"), **login);
    ASSERT_TRUE(flow.set("username", "lena@example.com"));
    ASSERT_TRUE(flow.set("password", "a password"));
    ASSERT_EQ(next(flow, begin), Step::send);
    EXPECT_EQ(flow.deadline_ms(), begin + 1000);
    ASSERT_TRUE(flow.give_no_response(false, "no_connection", ""));
    ASSERT_EQ(next(flow, begin + 1000), Step::failed);
    EXPECT_STREQ(flow.error()->data().reason, "timeout");
  }
  for (const int64_t now : {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    Flow flow(make_app("1000"), kMade);
    EXPECT_EQ(next(flow, now), Step::ask);
  }
}

// What does not pass by itself is not tried again, and says where to look.
TEST(Engine, lasting_faults_end_the_flow_at_once) {
  struct Case {
    const char* reason;
    bool lasting;
    Advice advice;
    const char* field;
  };
  for (const Case& each :
       {Case{"no_host", true, Advice::fix_argument, "site"}, Case{"untrusted_certificate", true, Advice::fix_argument, "ca_file"},
        Case{"wrong_certificate", true, Advice::fix_argument, "site"}, Case{"expired_certificate", true, Advice::none, ""},
        Case{"bad_certificate", true, Advice::none, ""}, Case{"tls_failed", true, Advice::none, ""},
        Case{"proxy_refused", true, Advice::fix_argument, "proxy"}, Case{"no_name_server", false, Advice::retry_later, ""},
        Case{"proxy_failed", false, Advice::retry_later, ""}, Case{"no_connection", false, Advice::retry_later, ""}}) {
    Flow flow(make_app(), kMade);
    lead_to(flow, kSend);
    ASSERT_TRUE(flow.give_fault(true, each.reason, "")) << each.reason;
    const Step step = next(flow, kNow + 5'000);
    if (!each.lasting) {
      EXPECT_EQ(step, Step::wait) << each.reason;
      continue;
    }
    ASSERT_EQ(step, Step::failed) << each.reason;
    const Error::Data& error = flow.error()->data();
    EXPECT_EQ(error.kind, Kind::transport) << each.reason;
    EXPECT_STREQ(error.reason, each.reason);
    EXPECT_EQ(error.advice, each.advice) << each.reason;
    EXPECT_EQ(error.field, each.field) << each.reason;
    EXPECT_FALSE(error.hint.empty()) << each.reason;
    EXPECT_FALSE(error.outcome_unknown) << each.reason;
  }
  Flow flow(make_app(), kMade);
  lead_to(flow, kSend);
  EXPECT_FALSE(flow.give_fault(false, "made_up", ""));
  EXPECT_TRUE(flow.give_fault(false, "no_response", ""));
}

}  // namespace
}  // namespace hlid
