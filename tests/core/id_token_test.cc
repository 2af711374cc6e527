// The key set that an app keeps for its flows: when it is fetched, and by which of them. What is checked of an ID token is in the
// vectors (id_token*.json), one flow each.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/rsa_key.h"
#include "engine/flow.h"
#include "engine/shared_flow.h"
#include "flows/registry.h"
#include "oauth/app.h"
#include "oauth/id_token.h"
#include "oauth/integration.h"
#include "tests/core/published_keys.h"

namespace hlid {
namespace {

constexpr int64_t kNow = 1'767'225'600'000;
constexpr int64_t kSecond = 1'000;
constexpr int64_t kHour = 3'600 * kSecond;

std::string base64url(std::string_view text) { return std::string(to_base64(text, Base64::url_unpadded).view()); }

// Signed with the published key, whatever the name says.
std::string id_token(std::string_view kid) {
  static const Result<RsaKey> key = RsaKey::from_pem(kPublishedPkcs8);
  const std::string header = R"({"alg":"RS256","kid":")" + std::string(kid) + "\"}";
  const std::string claims =
      R"({"iss":"https://acme.my.site.com/shop","sub":"005","aud":"3MVG9Example.ClientId","iat":1767139200,"exp":1767312000})";
  const std::string input = base64url(header) + "." + base64url(claims);
  return input + "." + base64url(key->sign_rs256(input)->view());
}

std::string key_set(std::initializer_list<std::string_view> kids) {
  std::string keys;
  for (const std::string_view kid : kids) {
    keys += keys.empty() ? "" : ",";
    keys += R"({"kty":"RSA","e":"AQAB","kid":")" + std::string(kid) + R"(","n":")" + std::string(kPublishedModulus) + "\"}";
  }
  return R"({"keys":[)" + keys + "]}";
}

std::shared_ptr<const App> make_app(std::string_view level = "signature", std::string_view timeout_ms = "30000") {
  const NamedValue settings[] = {{"site", "https://acme.my.site.com/shop"},
                                 {"client_id", "3MVG9Example.ClientId"},
                                 {"verify_id_token", level},
                                 {"timeout_ms", timeout_ms}};
  return *App::create(settings);
}

// A flow of one token request, which gets a token of this key, up to what the engine does next of itself.
class Tokens {
 public:
  Tokens(const std::shared_ptr<const App>& app, const FlowSpec& spec, std::string_view kid, int64_t now)
      : flow_(app, spec), kid_(kid) {
    if (&spec == &flows::refresh) {
      EXPECT_TRUE(flow_.set("refresh_token", "5Aep861Old"));
    } else {
      EXPECT_TRUE(flow_.set("subject_token", "subject"));
      EXPECT_TRUE(flow_.set("subject_token_type", "jwt"));
    }
    go_on(now);
  }

  [[nodiscard]] bool fetches() const { return step_ == Step::send && std::string_view(flow_.request().name) == "keys"; }
  [[nodiscard]] bool waits() const { return step_ == Step::wait; }
  [[nodiscard]] bool has_tokens() const { return has_tokens_; }
  [[nodiscard]] std::string checked() const {
    return step_ == Step::done ? std::string(flow_.result()->get("id_token_checked")) : "not done";
  }
  // Why the ID token was left out, or the flow failed.
  [[nodiscard]] std::string reason() const {
    if (step_ == Step::done) return std::string(flow_.result()->get("id_token_failure"));
    return flow_.error() != nullptr ? flow_.error()->data().reason : "not failed";
  }
  [[nodiscard]] const Error::Data& error() const { return flow_.error()->data(); }
  void give(int32_t status, const std::string& body, int64_t now) {
    EXPECT_TRUE(flow_.give_response(status, 20, std::string_view(body)));
    go_on(now);
  }
  void give_none(const char* reason, int64_t now) {
    EXPECT_TRUE(flow_.give_no_response(true, reason, ""));
    go_on(now);
  }
  void end(Error error) { flow_.end(std::move(error)); }
  void go_on(int64_t now) {
    step_ = *flow_.next(now);
    if (step_ != Step::send || std::string_view(flow_.request().name) != "token") return;
    has_tokens_ = true;
    give(200, R"({"access_token":"00DEx!1","token_type":"Bearer","id_token":")" + id_token(kid_) + "\"}", now);
  }
  [[nodiscard]] int64_t wakes_at() const { return flow_.wait_until_ms(); }

 private:
  Flow flow_;
  std::string kid_;
  bool has_tokens_ = false;
  Step step_ = Step::failed;
};

class Refresh : public Tokens {
 public:
  Refresh(const std::shared_ptr<const App>& app, std::string_view kid, int64_t now) : Tokens(app, flows::refresh, kid, now) {}
};

class Exchange : public Tokens {
 public:
  Exchange(const std::shared_ptr<const App>& app, std::string_view kid, int64_t now)
      : Tokens(app, flows::token_exchange, kid, now) {}
};

void fetch(const std::shared_ptr<const App>& app, std::initializer_list<std::string_view> kids, int64_t now) {
  Exchange flow(app, *kids.begin(), now);
  ASSERT_TRUE(flow.fetches());
  flow.give(200, key_set(kids), now);
  ASSERT_EQ(flow.checked(), "signature");
}

// T30: the signing key changes between two sign-ins.
TEST(KeySet, is_kept_and_fetched_again_for_a_key_that_is_not_in_it) {
  const auto app = make_app();
  fetch(app, {"old"}, kNow);
  EXPECT_EQ(Exchange(app, "old", kNow + 30 * kSecond).checked(), "signature");
  fetch(app, {"new", "old"}, kNow + 60 * kSecond);
  EXPECT_EQ(Exchange(app, "old", kNow + 61 * kSecond).checked(), "signature");
  EXPECT_EQ(Exchange(app, "new", kNow + 61 * kSecond).checked(), "signature");
}

// What an exchange brings would be lost with a set that cannot be fetched.
TEST(KeySet, is_fetched_before_what_is_not_sent_again) {
  const auto app = make_app();
  Exchange flow(app, "old", kNow);
  ASSERT_TRUE(flow.fetches());
  EXPECT_FALSE(flow.has_tokens());
  flow.give(404, "", kNow);
  EXPECT_EQ(flow.reason(), "no_endpoint");
  EXPECT_FALSE(flow.error().outcome_unknown);
  EXPECT_FALSE(flow.has_tokens());
}

// T06: the first time at once, because the set may be older at the site than a token that has just come.
void refetch(const std::shared_ptr<const App>& app, int64_t now) {
  Exchange flow(app, "new", now);
  ASSERT_TRUE(flow.has_tokens() && flow.fetches());
  flow.give(200, key_set({"old"}), now);
  EXPECT_EQ(flow.reason(), "unknown_key");
}

TEST(KeySet, is_fetched_again_at_most_once_a_minute) {
  const auto app = make_app();
  fetch(app, {"old"}, kNow);
  refetch(app, kNow);
  // Too late for this flow's time, and a clock that is set back does not open the way to another one.
  EXPECT_EQ(Exchange(app, "new", kNow + 29 * kSecond).reason(), "unknown_key");
  EXPECT_EQ(Exchange(app, "new", kNow - 59 * kSecond).reason(), "unknown_key");
  refetch(app, kNow + 60 * kSecond);
  EXPECT_EQ(Exchange(app, "new", kNow + 61 * kSecond).reason(), "unknown_key");
  EXPECT_EQ(Exchange(app, "old", kNow + 61 * kSecond).checked(), "signature");
}

TEST(KeySet, is_waited_for_where_it_may_be_fetched_in_time) {
  const auto app = make_app();
  fetch(app, {"old"}, kNow);
  refetch(app, kNow);
  Exchange flow(app, "new", kNow + 31 * kSecond);
  ASSERT_TRUE(flow.waits());
  EXPECT_EQ(flow.wakes_at(), kNow + 60 * kSecond);
  flow.go_on(kNow + 60 * kSecond);
  ASSERT_TRUE(flow.fetches());
  flow.give(200, key_set({"new"}), kNow + 60 * kSecond);
  EXPECT_EQ(flow.checked(), "signature");
}

TEST(KeySet, is_fetched_again_after_an_hour) {
  const auto app = make_app();
  fetch(app, {"old"}, kNow);
  EXPECT_EQ(Exchange(app, "old", kNow + kHour - 1).checked(), "signature");
  EXPECT_TRUE(Exchange(app, "old", kNow + kHour).fetches());
  EXPECT_TRUE(Exchange(app, "old", kNow - kHour).fetches());
}

// The set that the flow began with lasts to its end.
TEST(KeySet, that_grows_old_on_the_way_is_used) {
  const auto app = make_app();
  fetch(app, {"old"}, kNow);
  Flow flow(app, flows::token_exchange);
  ASSERT_TRUE(flow.set("subject_token", "subject"));
  ASSERT_TRUE(flow.set("subject_token_type", "jwt"));
  ASSERT_EQ(*flow.next(kNow + kHour - 1), Step::send);
  const std::string body = R"({"access_token":"00DEx!1","token_type":"Bearer","id_token":")" + id_token("old") + "\"}";
  ASSERT_TRUE(flow.give_response(200, 20, std::string_view(body)));
  ASSERT_EQ(*flow.next(kNow + kHour), Step::done);
  EXPECT_EQ(flow.result()->get("id_token_checked"), "signature");
}

TEST(KeySet, belongs_to_one_app) {
  fetch(make_app(), {"old"}, kNow);
  EXPECT_TRUE(Exchange(make_app(), "old", kNow).fetches());
}

TEST(KeySet, is_not_fetched_where_claims_are_enough) {
  EXPECT_EQ(Exchange(make_app("claims"), "old", kNow).checked(), "claims");
  EXPECT_EQ(Exchange(make_app("none"), "old", kNow).checked(), "");
}

TEST(KeySet, is_fetched_by_one_flow_while_others_wait) {
  const auto app = make_app();
  Exchange first(app, "old", kNow);
  Exchange second(app, "old", kNow);
  ASSERT_TRUE(first.fetches());
  ASSERT_TRUE(second.waits());
  EXPECT_EQ(second.wakes_at(), kNow + 20);
  second.go_on(kNow + 20);
  ASSERT_TRUE(second.waits());
  first.give(200, key_set({"old"}), kNow + 30);
  second.go_on(kNow + 40);
  EXPECT_EQ(first.checked(), "signature");
  EXPECT_EQ(second.checked(), "signature");
}

TEST(KeySet, is_fetched_by_the_next_flow_where_one_leaves) {
  const auto app = make_app();
  auto first = std::make_unique<Exchange>(app, "old", kNow);
  Exchange second(app, "old", kNow);
  ASSERT_TRUE(second.waits());
  first.reset();
  second.go_on(kNow + 20);
  ASSERT_TRUE(second.fetches());
  second.give(200, key_set({"old"}), kNow + 40);
  EXPECT_EQ(second.checked(), "signature");
}

// T31: those who wait hear of it; the next sign-in tries again, and is not held up for a minute.
TEST(KeySet, that_cannot_be_fetched_fails_every_flow_that_waits) {
  const auto app = make_app();
  Exchange first(app, "old", kNow);
  Exchange second(app, "old", kNow + 1);
  ASSERT_TRUE(second.waits());
  first.give(404, "", kNow + 2);
  EXPECT_EQ(first.reason(), "no_endpoint");
  second.go_on(second.wakes_at());
  EXPECT_EQ(second.reason(), "no_endpoint");
  fetch(app, {"old"}, kNow + 30);
}

// One flow after the other is left behind in the middle of fetching.
TEST(KeySet, is_waited_for_until_the_deadline) {
  const auto app = make_app();
  const int64_t lease = app->timeout_ms / 4;
  std::vector<std::unique_ptr<Exchange>> left;
  left.push_back(std::make_unique<Exchange>(app, "old", kNow));
  Exchange waiting(app, "old", kNow);
  for (int64_t turn = 1; turn < 4; ++turn) {
    waiting.go_on(kNow + turn * lease - 1);
    ASSERT_TRUE(waiting.waits());
    left.push_back(std::make_unique<Exchange>(app, "old", kNow + turn * lease));
    ASSERT_TRUE(left.back()->fetches());
  }
  waiting.go_on(kNow + app->timeout_ms - 1);
  ASSERT_TRUE(waiting.waits());
  waiting.go_on(waiting.wakes_at());
  EXPECT_EQ(waiting.reason(), "timeout");
}

// A host may leave a flow behind in the middle of it: the others get theirs within their own time.
TEST(KeySet, that_a_flow_fetches_for_too_long_is_fetched_by_the_next) {
  const auto app = make_app();
  const int64_t lease = app->timeout_ms / 4;
  auto left = std::make_unique<Exchange>(app, "old", kNow);
  ASSERT_TRUE(left->fetches());
  Exchange second(app, "old", kNow);
  ASSERT_TRUE(second.waits());
  second.go_on(kNow + lease - 1);
  ASSERT_TRUE(second.waits());
  second.go_on(second.wakes_at());
  ASSERT_TRUE(second.fetches());
  // Its turn is not given back by the one that had it before.
  left.reset();
  EXPECT_TRUE(Exchange(app, "old", kNow + lease + kSecond).waits());
  second.give(200, key_set({"old"}), kNow + lease + kSecond);
  EXPECT_EQ(second.checked(), "signature");
}

// Nothing has been called on it since.
TEST(KeySet, that_a_cancelled_flow_would_have_fetched_is_fetched_by_the_next) {
  const auto app = make_app();
  auto* cancelled = new SharedFlow(app, flows::token_exchange);
  ASSERT_TRUE(cancelled->flow.set("subject_token", "subject"));
  ASSERT_TRUE(cancelled->flow.set("subject_token_type", "jwt"));
  ASSERT_EQ(*cancelled->flow.next(kNow), Step::send);
  Exchange second(app, "old", kNow);
  ASSERT_TRUE(second.waits());
  ASSERT_TRUE(cancelled->cancel());
  second.go_on(second.wakes_at());
  EXPECT_TRUE(second.fetches());
  cancelled->free();
}

TEST(IntegrationToken, that_a_flow_fetches_for_too_long_is_fetched_by_the_next) {
  IntegrationToken shared;
  const auto holder = [&](int64_t now) { return shared.look(now, 30 * kSecond, 0).holder; };
  auto left = shared.look(kNow, 30 * kSecond, 0);
  ASSERT_EQ(left.holder, IntegrationToken::Holder::mine);
  EXPECT_EQ(holder(kNow + 30 * kSecond - 1), IntegrationToken::Holder::others);
  const auto next = shared.look(kNow + 30 * kSecond, 30 * kSecond, 0);
  ASSERT_EQ(next.holder, IntegrationToken::Holder::mine);
  left.lease.reset();
  EXPECT_EQ(holder(kNow + 31 * kSecond), IntegrationToken::Holder::others);
}

// T11: a set that fails its reading, or verifies nothing, is not kept, and what was kept stays.
TEST(KeySet, that_is_of_no_use_changes_nothing) {
  const std::string small = R"({"keys":[{"kty":"RSA","e":"AQAB","kid":"new","n":"w8tM9F_SXu6weYAHZSu32Q"}]})";
  for (const std::string& body : {std::string(R"({"keys":5})"), std::string(R"({"keys":[]})"), small}) {
    const auto app = make_app();
    fetch(app, {"old"}, kNow);
    Exchange flow(app, "new", kNow + 60 * kSecond);
    ASSERT_TRUE(flow.fetches());
    flow.give(200, body, kNow + 60 * kSecond);
    EXPECT_EQ(flow.reason(), "bad_jwks") << body;
    EXPECT_EQ(Exchange(app, "old", kNow + 61 * kSecond).checked(), "signature");
  }
}

// T31: the tokens have come, and are lost with the key set.
TEST(KeySet, that_does_not_come_in_time_leaves_an_outcome_that_is_not_known) {
  const auto app = make_app("signature", "120000");
  fetch(app, {"old"}, kNow);
  Tokens exchange(app, flows::token_exchange, "new", kNow + 60 * kSecond);
  ASSERT_TRUE(exchange.has_tokens() && exchange.fetches());
  exchange.give_none("timeout", kNow + 180 * kSecond);
  EXPECT_EQ(exchange.reason(), "timeout");
  EXPECT_TRUE(exchange.error().outcome_unknown);
  EXPECT_EQ(exchange.error().advice, Advice::restart);
  // A session that was renewed loses no more than its ID token.
  Refresh renewed(app, "new", kNow + 60 * kSecond);
  ASSERT_TRUE(renewed.has_tokens() && renewed.fetches());
  renewed.give_none("timeout", kNow + 180 * kSecond);
  EXPECT_EQ(renewed.checked(), "failed");
  EXPECT_EQ(renewed.reason(), "timeout");
  // Nor does a cancelled flow know.
  Tokens cancelled(app, flows::token_exchange, "new", kNow + 60 * kSecond);
  ASSERT_TRUE(cancelled.has_tokens() && cancelled.fetches());
  cancelled.end(Error::state("cancelled", "the flow was cancelled"));
  EXPECT_EQ(cancelled.reason(), "cancelled");
  EXPECT_TRUE(cancelled.error().outcome_unknown);
  EXPECT_EQ(cancelled.error().advice, Advice::restart);
  Refresh left(app, "new", kNow + 60 * kSecond);
  ASSERT_TRUE(left.has_tokens() && left.fetches());
  left.end(Error::state("cancelled", "the flow was cancelled"));
  EXPECT_TRUE(left.error().outcome_unknown);
  EXPECT_EQ(left.error().advice, Advice::sign_in_again);
}

// T27: the left half of SHA-256, as in OpenID Connect Core A.3 (an access token of its own example).
TEST(IdToken, knows_the_published_at_hash) {
  constexpr std::string_view kAccessToken = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
  const auto app = make_app();
  const auto with = [&](std::string_view at_hash) {
    JwtReader token("the ID token");
    const std::string claims =
        R"({"iss":"https://acme.my.site.com/shop","sub":"005","aud":"3MVG9Example.ClientId","iat":1767225600,)"
        R"("exp":1767312000,"at_hash":")" +
        std::string(at_hash) + "\"}";
    const std::string text = base64url(R"({"alg":"RS256"})") + "." + base64url(claims) + ".c2ln";
    EXPECT_TRUE(token.read(text));
    return check_id_token(token, *app, {.access_token = kAccessToken, .now_ms = kNow});
  };
  EXPECT_TRUE(with("77QmUPtjPfzWtF2AnpK9RQ"));
  const auto wrong = with("77QmUPtjPfzWtF2AnpK9RR");
  ASSERT_FALSE(wrong);
  EXPECT_STREQ(wrong.error().data().reason, "at_hash_mismatch");
}

}  // namespace
}  // namespace hlid
