// When a session is refreshed, by which process, and what ends it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/session/fixture.h"

namespace hlid {
namespace {

using namespace session_model;
using Operation = StoreOperation;

// ---- begin, and a token that is fresh

TEST_F(Sessions, GiveTheTokenThatBegan) {
  begin(7'200'000, R"(,"id":"https://login.salesforce.com/id/00D/005","scope":"api refresh_token")");
  EXPECT_EQ(a.got("access_token"), "00D!a0.0");
  EXPECT_EQ(a.got("refresh_token"), "") << "it stays in the store";
  EXPECT_EQ(a.cached(), "00D!a0.0") << "the process has it without a look";
  EXPECT_EQ(b.cached(), "");
  EXPECT_EQ(b.run("token", {{"min_ttl_ms", "60000"}}), "done");
  EXPECT_EQ(b.got("access_token"), "00D!a0.0");
  EXPECT_EQ(b.got("instance_url"), "https://acme.my.salesforce.com");
  EXPECT_EQ(b.got("id"), "https://login.salesforce.com/id/00D/005");
  EXPECT_EQ(b.got("refreshed"), "false");
  EXPECT_EQ(b.operations, 1) << "one round trip";
  EXPECT_EQ(b.cached(), "00D!a0.0");
  EXPECT_EQ(server.refreshes, 0);
}

TEST_F(Sessions, AreInTheTraceWithoutKeyAndRecord) {
  begin(60'000);
  go_to(59'000);
  a.flow = std::make_unique<Flow>(a.app, *find_flow("session_token"));
  ASSERT_TRUE(a.flow->set("key", "user-42"));
  ASSERT_TRUE(a.flow->set_trace(true));
  ASSERT_TRUE(a.flow->next(a.now));
  ASSERT_EQ(a.finish(), "done");
  const std::string trace(a.flow->trace());
  EXPECT_EQ(trace.find("* store load: found\n* store lock: done\n* store load: found\n* store save: done\n> POST "), 0U) << trace;
  EXPECT_NE(trace.find("* store save: done\n* store unlock: done\n"), std::string::npos) << trace;
  for (const char* secret : {"user-42", "f0.0", "f0.1", "a0.1"}) EXPECT_EQ(trace.find(secret), std::string::npos) << trace;
}

TEST_F(Sessions, BeginRefusesWhatIsNoSession) {
  for (const char* wrong : {"[]", "{}", R"({"access_token":7})", R"({"access_token":"a b\n"})",
                            R"({"access_token":"a","expires_at_ms":"soon"})", R"({"access_token":"a","expires_at_ms":-1})"}) {
    a.flow = std::make_unique<Flow>(a.app, *find_flow("session_begin"));
    ASSERT_TRUE(a.flow->set("key", "user-42"));
    auto set = a.flow->set("tokens", wrong);
    if (!set) continue;
    const auto step = a.flow->next(kNow);
    ASSERT_FALSE(step) << wrong;
    EXPECT_EQ(step.error().data().field, "tokens") << wrong;
  }
  EXPECT_TRUE(store.entries.empty());
}

TEST_F(Sessions, TakeAnyKeyUpToItsMaximum) {
  std::string key("\0\xff\n k", 5);
  ASSERT_EQ(a.run("begin", {{"tokens", tokens(7'200'000)}}, key), "done");
  EXPECT_EQ(store.entries.count(key), 1U);
  EXPECT_EQ(b.run("token", {}, key), "done");
  EXPECT_EQ(b.run("token", {}, std::string(512, 'k')), "no_session");
  Flow flow(a.app, *find_flow("session_token"));
  EXPECT_FALSE(flow.set("key", std::string(513, 'k')));
  EXPECT_FALSE(flow.set("key", ""));
}

// ---- rule 4: the server says when a token ends

constexpr char kSilent[] = R"({"access_token":"00D!a0.0","refresh_token":"f0.0"})";

TEST_F(Sessions, TheServerIsAskedWhenATokenEnds) {
  server.says_lifetime = false;
  server.introspected_end_s = kNow / 1000 + 900;
  Process c{store, server, {{"client_secret", "s"}, {"session_introspection", "true"}}};
  ASSERT_EQ(c.run("begin", {{"tokens", kSilent}}), "done");
  EXPECT_EQ(c.got("expires_at_ms"), std::to_string(kNow + 900'000));
  EXPECT_EQ(server.introspections, 1);
  c.now += 890'000;
  server.introspected_end_s += 890;
  ASSERT_EQ(c.run("token"), "done");
  EXPECT_EQ(c.got("access_token"), "00D!a0.1") << "it was due";
  EXPECT_EQ(c.got("expires_at_ms"), std::to_string(kNow + 1'790'000));
  EXPECT_EQ(c.got("refreshed"), "true");
  EXPECT_EQ(c.record()->number("expires_at_ms"), kNow + 1'790'000);
  EXPECT_EQ(c.record()->get("refresh_token"), "f0.1");
  EXPECT_EQ(c.cached(), "00D!a0.1");
  EXPECT_EQ(server.introspections, 2);
  EXPECT_TRUE(store.locks.empty());
  ASSERT_EQ(c.run("token"), "done");
  EXPECT_EQ(server.introspections, 2) << "once for each token";
}

TEST_F(Sessions, AServerThatDoesNotSayCostsNothing) {
  server.says_lifetime = false;
  Process c{store, server, {{"client_secret", "s"}, {"session_introspection", "true"}}};
  ASSERT_EQ(c.run("begin", {{"tokens", kSilent}}), "done");
  EXPECT_EQ(c.got("expires_at_ms"), "");
  ASSERT_EQ(c.run("rejected", {{"access_token", "00D!a0.0"}}), "done");
  EXPECT_EQ(c.got("access_token"), "00D!a0.1");
  EXPECT_EQ(c.record()->get("refresh_token"), "f0.1");
  EXPECT_EQ(server.introspections, 2);
  // And no response at all, after the tokens are saved.
  c.between = [&](Flow& flow) {
    if (flow.step() != Step::send || flow.request().url.find("introspect") == std::string::npos) return false;
    EXPECT_EQ(c.record()->get("refresh_token"), "f0.2") << "what was refreshed is saved first";
    EXPECT_TRUE(flow.give_fault(true, "timeout", ""));
    return true;
  };
  ASSERT_EQ(c.run("rejected", {{"access_token", "00D!a0.1"}}), "done");
  EXPECT_EQ(c.got("access_token"), "00D!a0.2");
  EXPECT_TRUE(store.locks.empty());
  // Nor a store that has another version by then.
  server.introspected_end_s = kNow / 1000 + 900;
  c.between = [&](Flow& flow) {
    if (flow.step() == Step::send && flow.request().url.find("introspect") != std::string::npos) store.entries.clear();
    return false;
  };
  ASSERT_EQ(c.run("rejected", {{"access_token", "00D!a0.2"}}), "done");
  EXPECT_EQ(c.got("access_token"), "00D!a0.3");
}

TEST_F(Sessions, APublicClientCannotAsk) {
  hlid::Settings settings;
  for (const auto& [name, value] :
       session_model::Settings{{"site", "https://acme.my.site.com"}, {"client_id", "3MVG9"}, {"session_introspection", "true"}})
    ASSERT_TRUE(settings.set(name, value));
  const auto app = App::create(settings);
  ASSERT_FALSE(app);
  EXPECT_EQ(app.error().data().field, "session_introspection");
}

// ---- rule 1: lock, load again, refresh; who waited takes the winner's

TEST_F(Sessions, RefreshOnceAmongAll) {
  begin();
  go_to(2'000);
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  // b finds the lock taken, and waits.
  b.begin("token");
  ASSERT_TRUE(b.run_until([](const Flow& flow) { return flow.step() == Step::wait; }));
  EXPECT_EQ(a.finish(), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a0.1");
  EXPECT_EQ(a.got("refreshed"), "true");
  EXPECT_EQ(b.finish(), "done");
  EXPECT_EQ(b.got("access_token"), "00D!a0.1");
  EXPECT_EQ(b.got("refreshed"), "false");
  EXPECT_EQ(server.refreshes, 1);
  EXPECT_EQ(server.uses["f0.0"], 1);
  EXPECT_TRUE(store.locks.empty());
  EXPECT_EQ(b.record()->get("refresh_token"), "f0.1");
}

TEST_F(Sessions, NobodyWaitsForWhatIsStillGood) {
  begin(7'200'000);
  go_to(7'190'000);
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  EXPECT_EQ(b.run("token"), "done");
  EXPECT_EQ(b.got("access_token"), "00D!a0.0");
  EXPECT_EQ(b.waits, 0);
  EXPECT_EQ(a.finish(), "done");
}

TEST_F(Sessions, AWaitHasAnEnd) {
  begin();
  go_to(2'000);
  store.locks["user-42"] = "somebody";
  EXPECT_EQ(b.run("token"), "session_busy");
  EXPECT_EQ(b.error().advice, Advice::retry_later);
  EXPECT_GE(b.now, kNow + 2'000 + b.app->timeout_ms);
  EXPECT_LT(b.waits, 400) << "not a storm";
}

TEST_F(Sessions, AWaitEndsThoughTheClockStandsStill) {
  begin();
  go_to(2'000);
  store.locks["user-42"] = "somebody";
  b.between = [&](Flow& flow) {
    if (flow.step() != Step::wait) return false;
    b.now = std::max(b.now, flow.wait_until_ms());
    return true;
  };
  EXPECT_EQ(b.run("token"), "session_busy");
}

TEST_F(Sessions, TheVersionIsTheFenceNotTheLock) {
  begin();
  go_to(2'000);
  // Both hold the lock: the time of the first has ended before it has marked the record.
  a.begin("token");
  ASSERT_TRUE(a.run_until([](const Flow& flow) { return is_at(flow, Operation::save); }));
  store.locks.clear();
  EXPECT_EQ(b.run("token"), "done");
  EXPECT_EQ(a.finish(), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a0.1") << "it takes the winner's";
  EXPECT_EQ(a.sent, 0);
  EXPECT_EQ(server.uses["f0.0"], 1);
}

// ---- rule 2: between sent and saved

TEST_F(Sessions, SaveTheRefreshTokenBeforeTheTokenIsUsed) {
  begin();
  go_to(2'000);
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  EXPECT_EQ(a.record()->state(), "refreshing") << "written before it is sent";
  a.step();
  ASSERT_TRUE(is_at(*a.flow, Operation::save));
  EXPECT_EQ(a.cached(), "");
  EXPECT_EQ(a.finish(), "done");
  EXPECT_EQ(a.record()->state(), "settled");
}

TEST_F(Sessions, ACrashBetweenSentAndSavedIsTold) {
  begin();
  go_to(2'000);
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  a.step();  // the server has done it, and the process is gone
  store.locks.clear();
  EXPECT_EQ(b.run("token"), "rotation_lost");
  EXPECT_EQ(b.error().advice, Advice::sign_in_again);
  EXPECT_TRUE(b.error().outcome_unknown);
  EXPECT_NE(b.error().message.find("2026-01-01T00:00:02Z"), std::string::npos) << b.error().message;
  EXPECT_EQ(b.sent, 0);
  EXPECT_EQ(b.run("token"), "rotation_lost") << "and told again";
  // A sign-in puts it right.
  server.families.resize(2);
  EXPECT_EQ(b.run("begin", {{"tokens", R"({"access_token":"00D!a1.0","refresh_token":"f1.0"})"}}), "done");
  EXPECT_EQ(b.run("token"), "done");
}

TEST_F(Sessions, APausedOwnerSavesAfterAll) {
  begin();
  go_to(2'000);
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  a.step();
  store.locks.clear();
  EXPECT_EQ(b.run("token"), "rotation_lost");
  EXPECT_EQ(a.finish(), "done") << "what b said has changed nothing";
  EXPECT_EQ(b.run("token"), "done");
  EXPECT_EQ(b.got("access_token"), "00D!a0.1");
}

TEST_F(Sessions, WithTheSettingTheOldTokenIsTriedOnce) {
  Process c{store, server, {{"retry_lost_refresh", "true"}}};
  begin();
  go_to(2'000);
  c.now = kNow + 2'000;
  // The request never arrived.
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  store.locks.clear();
  EXPECT_EQ(c.run("token"), "done");
  EXPECT_EQ(c.got("access_token"), "00D!a0.1");
  EXPECT_EQ(c.got("refreshed"), "true");
  EXPECT_EQ(server.reuses, 0);
}

TEST_F(Sessions, ASecondUseThatTheServerRefusesIsALostRotation) {
  Process c{store, server, {{"retry_lost_refresh", "true"}}};
  begin();
  go_to(2'000);
  c.now = kNow + 2'000;
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  a.step();
  store.locks.clear();
  EXPECT_EQ(c.run("token"), "rotation_lost");
  EXPECT_EQ(server.reuses, 1);
  EXPECT_EQ(c.run("token"), "session_ended");
  EXPECT_EQ(c.sent, 1);
  // The one that was paused takes what is there, and revokes nothing.
  EXPECT_EQ(a.finish(), "session_ended");
}

TEST_F(Sessions, WithoutRotationNothingIsLost) {
  server.rotates = false;
  begin();
  go_to(2'000);
  EXPECT_EQ(a.run("token"), "done");
  EXPECT_EQ(a.record()->get("rotates"), "false");
  EXPECT_EQ(a.record()->get("refresh_token"), "f0.0");
  go_to(8'000'000);
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  a.step();
  store.locks.clear();
  EXPECT_EQ(b.run("token"), "done") << "the org is known not to rotate";
  EXPECT_EQ(b.got("access_token"), "00D!a0.3");
}

TEST_F(Sessions, WhatTheServerHasNotUsedIsUsedLater) {
  for (const Useless& what : kUseless) {
    SCOPED_TRACE(what.name);
    Store own;
    Server org;
    Process c{own, org};
    Process d{own, org};
    ASSERT_EQ(c.run("begin", {{"tokens", tokens(60'000)}}), "done");
    c.now = d.now = kNow + 61'000;
    c.between = [&](Flow& flow) { return give_useless(c, flow, what, false); };
    // As long as the outage lasts, whoever tries.
    for (int i = 0; i < 5; ++i) {
      EXPECT_NE(c.run("token"), "done");
      EXPECT_EQ(c.error().advice, Advice::retry_later) << c.error().message;
      EXPECT_TRUE(own.locks.empty()) << "others need not wait";
      EXPECT_EQ(c.record()->state(), "settled");
    }
    EXPECT_EQ(d.run("token"), "done");
    EXPECT_EQ(d.got("access_token"), "00D!a0.1");
    EXPECT_FALSE(d.record()->has("unsure_ms"));
    c.between = nullptr;
    EXPECT_EQ(c.run("token"), "done");
    EXPECT_EQ(org.reuses, 0);
  }
}

TEST_F(Sessions, WhatTheServerHasUsedIsToldWhenItSaysSo) {
  for (const Useless& what : kUseless) {
    SCOPED_TRACE(what.name);
    Store own;
    Server org;
    Process c{own, org};
    ASSERT_EQ(c.run("begin", {{"tokens", tokens(60'000)}}), "done");
    c.now = kNow + 61'000;
    c.between = [&](Flow& flow) { return give_useless(c, flow, what, true); };
    EXPECT_NE(c.run("token"), "done");
    EXPECT_EQ(c.error().advice, Advice::retry_later) << c.error().message;
    c.between = nullptr;
    c.now += 3'600'000;
    EXPECT_EQ(c.run("token"), "rotation_lost");
    EXPECT_NE(c.error().message.find("T00:01:01Z"), std::string::npos) << "the time of the first use: " << c.error().message;
    EXPECT_EQ(c.run("token"), "session_ended");
  }
}

TEST_F(Sessions, TheOldTokenLastsThroughAnOutage) {
  begin(7'200'000);
  a.between = [&](Flow& flow) { return give_useless(a, flow, kUseless[3], false); };
  go_to(7'190'000);
  ASSERT_EQ(a.run("token"), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a0.0");
  EXPECT_NE(a.got("refresh_failure"), "");
}

// ---- rule 3: what ends a session, and what does not

struct Passing {
  const char* name;
  int status;
  const char* body;
  Advice advice;
};

TEST_F(Sessions, OnlyInvalidGrantEndsThem) {
  const Passing rows[] = {
      {"maintenance", 503, "down for maintenance", Advice::retry_later},
      {"rate limit", 429, "", Advice::retry_later},
      {"a disabled app", 400, R"({"error":"unauthorized_client","error_description":"app disabled"})", Advice::fix_org},
      {"a wrong secret", 400, R"({"error":"invalid_client","error_description":"invalid client credentials"})", Advice::fix_org},
      {"a page in between", 403, "<html>denied</html>", Advice::retry_later},
  };
  for (const Passing& row : rows) {
    store = Store();
    server = Server();
    Process one{store, server};
    Process two{store, server};
    ASSERT_EQ(one.run("begin", {{"tokens", tokens(1'000)}}), "done");
    one.now = two.now = kNow + 2'000;
    one.between = [&](Flow& flow) {
      if (flow.step() != Step::send) return false;
      one.give(row.status, row.body);
      return true;
    };
    one.run("token");
    ASSERT_EQ(one.flow->step(), Step::failed) << row.name;
    EXPECT_EQ(one.error().advice, row.advice) << row.name << one.error().message;
    EXPECT_EQ(one.error().outcome_unknown, row.status == 503) << row.name;
    EXPECT_EQ(one.record()->state(), "settled") << row.name;
    EXPECT_EQ(two.run("token"), "done") << row.name;
    EXPECT_EQ(server.uses["f0.0"], 1) << row.name;
  }
}

TEST_F(Sessions, TheOldTokenIsUsedWhileItLasts) {
  begin(7'200'000);
  go_to(7'190'000);
  answer_all(a, 503, "down for maintenance");
  EXPECT_EQ(a.run("token", {{"min_ttl_ms", "60000"}}), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a0.0");
  EXPECT_EQ(a.got("refresh_failure"), "server_error");
  EXPECT_EQ(a.got("refreshed"), "false");
}

TEST_F(Sessions, NoConnectionIsTriedAgainAndChangesNothing) {
  begin();
  go_to(2'000);
  int tries = 0;
  a.between = [&](Flow& flow) {
    if (flow.step() != Step::send) return false;
    ++tries;
    EXPECT_TRUE(flow.give_fault(false, "no_connection", ""));
    return true;
  };
  EXPECT_EQ(a.run("token"), "no_connection");
  EXPECT_EQ(tries, kMaxAttempts);
  EXPECT_EQ(a.record()->state(), "settled");
  EXPECT_EQ(a.record()->get("refresh_token"), "f0.0");
}

TEST_F(Sessions, InvalidGrantEndsThem) {
  begin();
  go_to(2'000);
  server.families[0].dead = true;
  EXPECT_EQ(a.run("token"), "session_ended");
  EXPECT_EQ(a.error().advice, Advice::sign_in_again);
  EXPECT_EQ(a.error().server_code, "invalid_grant");
  EXPECT_EQ(b.run("token"), "session_ended");
  EXPECT_EQ(b.sent, 0);
  EXPECT_FALSE(b.record()->has("refresh_token"));
}

TEST_F(Sessions, InvalidGrantAboutAnOlderTokenEndsNothing) {
  begin();
  go_to(2'000);
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  // A sign-in meanwhile.
  server.families.resize(2);
  EXPECT_EQ(b.run("begin", {{"tokens", R"({"access_token":"00D!a1.0","refresh_token":"f1.0"})"}}), "done");
  server.families[0].dead = true;
  EXPECT_EQ(a.finish(), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a1.0");
}

TEST_F(Sessions, AlreadyBeingProcessedIsWaitedOut) {
  begin();
  go_to(2'000);
  int tries = 0;
  a.between = [&](Flow& flow) {
    if (flow.step() != Step::send || ++tries > 2) return false;
    a.give(400, R"({"error":"invalid_grant","error_description":"token request is already being processed"})");
    return true;
  };
  EXPECT_EQ(a.run("token"), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a0.1");
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(a.waits, 2);
}

TEST_F(Sessions, AStoreThatIsAwayCostsNoSession) {
  begin(7'200'000);
  EXPECT_EQ(b.run("token"), "done");
  b.now = kNow + 60'000;
  b.between = [](Flow& flow) { return flow.step() == Step::store && flow.give_store_fault("connection refused").has_value(); };
  EXPECT_EQ(b.run("token"), "done") << "the token that it has lasts";
  EXPECT_EQ(b.got("access_token"), "00D!a0.0");
  EXPECT_EQ(b.got("refresh_failure"), "store_fault");
  b.cache->drop();
  EXPECT_EQ(b.run("token"), "store_fault");
  EXPECT_EQ(b.error().advice, Advice::retry_later);
  EXPECT_NE(b.error().message.find("connection refused"), std::string::npos);
}

// The store is away from the response on, for longer than the flow waits: the tokens stay in the process, and are saved by the
// next.
TEST_F(Sessions, TokensThatCannotBeSavedAreKept) {
  begin();
  go_to(2'000);
  bool away = false;
  a.between = [&](Flow& flow) {
    if (sends(flow)) away = true;
    return away && flow.step() == Step::store && flow.give_store_fault("away").has_value();
  };
  EXPECT_EQ(a.run("token"), "store_fault");
  EXPECT_EQ(a.error().advice, Advice::retry_later);
  EXPECT_EQ(server.refreshes, 1);
  store.locks.clear();
  EXPECT_EQ(b.run("token"), "rotation_lost") << "another process cannot know";
  away = false;
  a.between = nullptr;
  EXPECT_EQ(a.run("token"), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a0.1");
  EXPECT_EQ(a.record()->get("refresh_token"), "f0.1");
  EXPECT_EQ(b.run("token"), "done");
}

// The same where the store can be read: the reason is the store's own.
TEST_F(Sessions, AStoreThatSavesNothingMoreIsAFault) {
  begin();
  go_to(2'000);
  bool is_full = false;
  a.between = [&](Flow& flow) {
    if (sends(flow)) is_full = true;
    return is_full && is_at(flow, StoreOperation::save) && flow.give_store_fault("disk full").has_value();
  };
  EXPECT_EQ(a.run("token"), "store_fault");
  EXPECT_NE(a.error().message.find("disk full"), std::string::npos) << a.error().message;
  EXPECT_EQ(a.run("rejected", {{"access_token", "00D!a0.0"}}), "store_fault");
  EXPECT_EQ(a.run("end"), "store_fault");
  EXPECT_NE(a.error().message.find("disk full"), std::string::npos) << a.error().message;
  a.between = nullptr;
  EXPECT_EQ(a.run("rejected", {{"access_token", "00D!a0.0"}}), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a0.1") << "what came has not been forgotten";
  EXPECT_EQ(server.refreshes, 1);
}

}  // namespace
}  // namespace hlid
