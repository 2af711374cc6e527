// When a token is due, and what is learnt where it does not say; and the token that a process keeps.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "session/expiry.h"
#include "tests/session/host.h"

namespace hlid {
namespace {

using session_model::kNow;
using session_model::make_app;

Record record_of(int64_t ends_ms, const App& app, int64_t now_ms = kNow) {
  Record record;
  record.set("access_token", "00D!a");
  record.set_number("expires_at_ms", ends_ms);
  note_expiry(app, now_ms, record);
  return record;
}

TEST(Expiry, IsDueShortlyBeforeItsEnd) {
  const auto app = make_app();
  std::set<int64_t> seen;
  for (int i = 0; i < 200; ++i) {
    const auto times = times_of(record_of(kNow + 7'200'000, *app));
    ASSERT_GE(times.due_ms, kNow + 7'200'000 - 2 * kMaxEarlyMs);
    ASSERT_LE(times.due_ms, kNow + 7'200'000 - kMaxEarlyMs);
    seen.insert(times.due_ms);
    const auto brief = times_of(record_of(kNow + 2'000, *app));
    ASSERT_GE(brief.due_ms, kNow + 1'600);
    ASSERT_LE(brief.due_ms, kNow + 1'800);
  }
  EXPECT_GT(seen.size(), 100U) << "with jitter";
}

TEST(Expiry, OfAClockThatIsAheadItIsDueAtOnce) {
  const auto app = make_app();
  const auto times = times_of(record_of(kNow - 60'000, *app));
  EXPECT_TRUE(is_due(times, kNow));
  EXPECT_FALSE(lasts(times, kNow, 0));
}

TEST(Expiry, ATokenThatLivesLessThanIsAskedNeedsHalfItsLife) {
  const auto app = make_app();
  const auto times = times_of(record_of(kNow + 2'000, *app));
  EXPECT_TRUE(lasts(times, kNow + 900, 60'000));
  EXPECT_FALSE(lasts(times, kNow + 1'100, 60'000));
  const auto longer = times_of(record_of(kNow + 7'200'000, *app));
  EXPECT_TRUE(lasts(longer, kNow + 7'100'000, 60'000));
  EXPECT_FALSE(lasts(longer, kNow + 7'150'000, 60'000));
}

TEST(Expiry, IsLearntFromRejections) {
  const auto app = make_app();
  const Record opaque = record_of(0, *app);
  EXPECT_FALSE(is_due(times_of(opaque), kNow + 365LL * 86'400'000)) << "nothing is known";
  EXPECT_TRUE(lasts(times_of(opaque), kNow + 365LL * 86'400'000, 60'000));
  learn_from_rejection(*app, kNow + 60'000, opaque);
  EXPECT_EQ(app->session_memory->token_lifetime_ms(), 0) << "too young: it was revoked";
  learn_from_rejection(*app, kNow + 3'600'000, opaque);
  EXPECT_EQ(app->session_memory->token_lifetime_ms(), 3'600'000);
  const auto times = times_of(record_of(0, *app));
  EXPECT_GE(times.due_ms, kNow + 3'600'000 - 2 * kMaxEarlyMs);
  EXPECT_LE(times.due_ms, kNow + 3'600'000 - kMaxEarlyMs);
  EXPECT_TRUE(lasts(times, kNow + 86'400'000, 60'000)) << "what was learnt says when to refresh, not that it is over";
  // One that lasted longer than was thought says so.
  Record next = record_of(0, *app);
  learn_from_refresh(*app, kNow + 3'600'000, next);
  EXPECT_EQ(app->session_memory->token_lifetime_ms(), 3'960'000);
  learn_from_refresh(*app, kNow + 1'000, next);
  EXPECT_EQ(app->session_memory->token_lifetime_ms(), 3'960'000) << "it was not due";
  // A token that says when it ends teaches nothing.
  learn_from_rejection(*app, kNow + 400'000, record_of(kNow + 7'200'000, *app));
  EXPECT_EQ(app->session_memory->token_lifetime_ms(), 3'960'000);
  app->session_memory->rejected_at_age(1);
  EXPECT_EQ(app->session_memory->token_lifetime_ms(), kTokenLifetimeFloorMs);
}

TEST(SessionMemory, LetsATokenBeSentAsOftenAsItMay) {
  SessionMemory memory;
  EXPECT_TRUE(memory.send("a", 1));
  EXPECT_FALSE(memory.send("a", 1));
  EXPECT_TRUE(memory.send("a", 2));
  EXPECT_FALSE(memory.send("a", 2));
  memory.take_back("a");
  EXPECT_TRUE(memory.send("a", 2));
  memory.keep("a");
  EXPECT_TRUE(memory.send("a", 1));
  memory.spend("a");
  memory.take_back("a");
  EXPECT_FALSE(memory.send("a", 9));
  for (int i = 0; i < 2'000; ++i) EXPECT_TRUE(memory.send("b" + std::to_string(i), 1));
}

TEST(SessionCache, GivesWhatIsFresh) {
  SessionCache cache;
  char out[16];
  EXPECT_EQ(cache.copy(kNow, 0, 5'000, out, sizeof out), 0U);
  cache.put("00D!a", {kNow + 7'200'000, kNow + 6'900'000, kNow}, kNow);
  ASSERT_EQ(cache.copy(kNow, 60'000, 5'000, out, sizeof out), 5U);
  EXPECT_EQ(std::string_view(out, 5), "00D!a");
  EXPECT_EQ(cache.copy(kNow + 4'999, 0, 5'000, out, sizeof out), 5U);
  EXPECT_EQ(cache.copy(kNow + 5'000, 0, 5'000, out, sizeof out), 0U) << "the store is to be asked";
  EXPECT_EQ(cache.copy(kNow - 5'000, 0, 5'000, out, sizeof out), 0U) << "the clock was set back";
  EXPECT_EQ(cache.copy(kNow, 0, 0, out, sizeof out), 0U);
  EXPECT_EQ(cache.copy(kNow, 7'200'000, 5'000, out, sizeof out), 5U) << "half of its life is enough";
  EXPECT_EQ(cache.copy(kNow + 6'900'000, 0, INT64_MAX, out, sizeof out), 0U) << "it is due";
  EXPECT_EQ(cache.copy(kNow + 6'900'000, -10'000, INT64_MAX, out, sizeof out), 5U) << "due, and good for 10 s";
  EXPECT_EQ(cache.copy(kNow + 7'195'000, -10'000, INT64_MAX, out, sizeof out), 0U) << "due, and good for 5 s";
  EXPECT_EQ(cache.copy(kNow + 6'900'000, -10'000, 5'000, out, sizeof out), 0U) << "the store is to be asked";
  EXPECT_EQ(cache.copy(kNow, INT64_MIN, 5'000, out, sizeof out), 5U);
  EXPECT_EQ(cache.copy(kNow, 0, 5'000, out, 4), 5U);
  EXPECT_EQ(cache.copy(kNow, 0, 5'000, nullptr, 0), 5U);
  SessionCache::Times times;
  EXPECT_EQ(cache.last(kNow + 7'000'000, 0, times).view(), "00D!a");
  EXPECT_TRUE(cache.last(kNow + 7'200'000, 0, times).empty());
  cache.drop();
  EXPECT_EQ(cache.copy(kNow, 0, 5'000, out, sizeof out), 0U);
}

TEST(SessionCache, IsSafeFromEveryThread) {
  SessionCache cache;
  const std::string a(1'500, 'a');
  const std::string b(900, 'b');
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::string out(2'000, ' ');
      for (int i = 0; i < 20'000; ++i) {
        if (t == 0) cache.put(i % 2 == 0 ? a : b, {0, 0, kNow}, kNow);
        if (t == 1 && i % 100 == 0) cache.drop();
        const size_t size = cache.copy(kNow, 0, 5'000, out.data(), out.size());
        if (size == 0) continue;
        ASSERT_TRUE(size == a.size() || size == b.size());
        ASSERT_EQ(out.substr(0, size).find_first_not_of(out[0]), std::string::npos);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace hlid
