// The rules of sessions, one by one.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/session/host.h"

namespace hlid {
namespace {

using namespace session_model;
using Operation = StoreOperation;

class Sessions : public ::testing::Test {
 protected:
  Store store;
  Server server;
  Process a{store, server};
  Process b{store, server};

  // A session whose token is due in a moment, and ends a moment later.
  void begin(int64_t lasts_ms = 1'000, const std::string& more = "") {
    ASSERT_EQ(a.run("begin", {{"tokens", tokens(lasts_ms, more)}}), "done");
  }
  void go_to(int64_t later_ms) { a.now = b.now = kNow + later_ms; }
};

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

// Whatever gives no usable response: the server has used the token, or not.
struct Useless {
  const char* name;
  int status;  // 0: none
  const char* body;
};
constexpr Useless kUseless[] = {
    {"no response", 0, ""}, {"500", 500, R"({"error":"server_error"})"},          {"502", 502, "<html>Bad Gateway</html>"},
    {"504", 504, ""},       {"a page", 200, "<html>Welcome to our Wi-Fi</html>"}, {"half", 200, R"({"access_token":"00D!)"},
    {"nothing", 200, "{}"},
};

// Serves the request first, or does not.
bool give_useless(Process& process, Flow& flow, const Useless& what, bool serves) {
  if (flow.step() != Step::send) return false;
  if (serves) (void)process.server.serve(flow.request().url, flow.request().body.view());
  if (what.status == 0) {
    EXPECT_TRUE(flow.give_no_response(true, "timeout", "the deadline passed"));
  } else {
    process.give(what.status, what.body);
  }
  return true;
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
    EXPECT_FALSE(one.error().outcome_unknown) << row.name;
    EXPECT_EQ(one.record()->state(), "settled") << row.name;
    EXPECT_EQ(two.run("token"), "done") << row.name;
    EXPECT_EQ(server.uses["f0.0"], 1) << row.name;
  }
}

TEST_F(Sessions, TheOldTokenIsUsedWhileItLasts) {
  begin(7'200'000);
  go_to(7'190'000);
  a.between = [&](Flow& flow) {
    if (flow.step() != Step::send) return false;
    a.give(503, "down for maintenance");
    return true;
  };
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

TEST_F(Sessions, AGuestComesAfterASessionThatHasEnded) {
  begin(60'000, R"(,"uvid":"f81d4fae-7dec-41d0-a765-00a0c91e6bf6")");
  server.families[0].dead = true;
  go_to(61'000);
  ASSERT_EQ(a.run("token"), "session_ended");
  a.begin("guest");
  ASSERT_TRUE(a.run_until(sends));
  EXPECT_NE(a.flow->request().url.find("/authorize"), std::string::npos) << a.flow->request().url;
  EXPECT_EQ(a.flow->request().body.view().find("f81d4fae"), std::string_view::npos) << "a new visitor";
  EXPECT_EQ(server.refreshes, 0);
}

// ---- rejected

TEST_F(Sessions, ARejectedTokenIsHandedOutNoMoreThoughNoOtherCame) {
  begin(7'200'000);
  a.between = [&](Flow& flow) { return give_useless(a, flow, kUseless[3], false); };
  ASSERT_NE(a.run("rejected", {{"access_token", "00D!a0.0"}}), "done");
  ASSERT_NE(a.run("token"), "done");
  EXPECT_EQ(a.error().advice, Advice::retry_later);
  ASSERT_EQ(b.run("token"), "done");
  EXPECT_EQ(b.got("access_token"), "00D!a0.1");
}

TEST_F(Sessions, ARejectedTokenIsReplacedOnce) {
  begin(7'200'000);
  EXPECT_EQ(b.run("token"), "done");
  EXPECT_EQ(a.run("rejected", {{"access_token", "00D!a0.0"}}), "done");
  EXPECT_EQ(a.got("access_token"), "00D!a0.1");
  EXPECT_EQ(b.cached(), "00D!a0.0");
  EXPECT_EQ(b.run("rejected", {{"access_token", "00D!a0.0"}}), "done");
  EXPECT_EQ(b.got("access_token"), "00D!a0.1");
  EXPECT_EQ(b.cached(), "00D!a0.1");
  EXPECT_EQ(server.refreshes, 1);
}

TEST_F(Sessions, ARejectedTokenIsNeverGivenBack) {
  begin(7'200'000);
  a.between = [&](Flow& flow) {
    if (flow.step() != Step::send) return false;
    a.give(503, "");
    return true;
  };
  EXPECT_EQ(a.run("rejected", {{"access_token", "00D!a0.0"}}), "server_error");
  EXPECT_EQ(a.cached(), "");
}

TEST_F(Sessions, WithoutARefreshTokenTheyLastAsLongAsTheirToken) {
  ASSERT_EQ(a.run("begin", {{"tokens", R"({"access_token":"00D!a","expires_at_ms":)" + std::to_string(kNow + 60'000) + "}"}}),
            "done");
  go_to(59'000);
  EXPECT_EQ(a.run("token", {{"min_ttl_ms", "10000"}}), "done");
  go_to(60'000);
  EXPECT_EQ(a.run("token"), "session_ended");
  EXPECT_EQ(a.sent, 0);
}

// ---- rule 6: guests

std::string guest_jwt(const std::string& uvid) {
  const auto part = [](const std::string& json) { return std::string(to_base64(json, Base64::url_unpadded).view()); };
  return part(R"({"alg":"RS256","kid":"1"})") + "." +
         part(R"({"sub":"uvid:)" + uvid + R"(","exp":)" + std::to_string(kNow / 1000 + 600) + "}") + ".c2ln";
}

// The site's two responses to a guest.
bool serve_guest(Process& process, Flow& flow, std::string& uvid) {
  if (flow.step() != Step::send) return false;
  if (flow.request().url.ends_with("/authorize")) {
    for (const Header& header : flow.request().headers) {
      if (header.name == "Uvid-Hint" && header.value.view().starts_with("UVID ")) uvid = header.value.view().substr(5);
    }
    const std::string state = Server::field(flow.request().body.view(), "state");
    EXPECT_TRUE(flow.give_header("location", "https://app.example.com/callback?code=c0de&state=" + state));
    EXPECT_TRUE(flow.give_response(302, 20, ""));
  } else {
    process.give(200, R"({"access_token":")" + guest_jwt(uvid) + R"(","token_type":"Bearer"})");
  }
  ++process.sent;
  return true;
}

TEST_F(Sessions, AGuestBecomesTheNamedUser) {
  std::string uvid;
  a.between = [&](Flow& flow) { return serve_guest(a, flow, uvid); };
  EXPECT_EQ(a.run("guest"), "done") << a.error().message;
  EXPECT_EQ(a.got("uvid"), uvid);
  EXPECT_EQ(a.sent, 2);
  const std::string first = uvid;
  EXPECT_EQ(b.run("guest"), "done");
  EXPECT_EQ(b.got("uvid"), first);
  EXPECT_EQ(b.sent, 0);
  // Renewed, the visitor is the same.
  go_to(595'000);
  b.between = [&](Flow& flow) { return serve_guest(b, flow, uvid); };
  b.run("token");
  EXPECT_EQ(b.got("uvid"), first);
  EXPECT_EQ(b.sent, 2);
  EXPECT_EQ(b.run("begin", {{"tokens", tokens(7'200'000)}}), "done");
  EXPECT_EQ(b.got("uvid"), first) << "and goes on with the session";
  EXPECT_EQ(b.got("access_token"), "00D!a0.0");
  EXPECT_EQ(a.run("guest"), "named_session");
}

// ---- rule 7: the end

TEST_F(Sessions, EndForgetsAndThenRevokes) {
  begin(7'200'000);
  EXPECT_EQ(b.run("token"), "done");
  std::vector<std::string> revoked;
  a.between = [&](Flow& flow) {
    if (flow.step() != Step::send) return false;
    EXPECT_EQ(b.run("token"), "session_ended") << "forgotten before anything is revoked";
    revoked.push_back(Server::field(flow.request().body.view(), "token"));
    return false;
  };
  EXPECT_EQ(a.run("end"), "done");
  EXPECT_EQ(a.got("revoked"), "true");
  ASSERT_EQ(revoked.size(), 2U);
  EXPECT_EQ(revoked[0], "f0.0");
  EXPECT_TRUE(store.entries.empty());
  EXPECT_TRUE(store.locks.empty());
  EXPECT_EQ(b.cached(), "");
  EXPECT_EQ(a.run("end"), "done");
  EXPECT_EQ(a.got("revoked"), "false");
}

TEST_F(Sessions, ARevocationThatFailsCanBeTriedAgain) {
  begin(7'200'000);
  a.between = [&](Flow& flow) {
    if (flow.step() != Step::send) return false;
    a.give(400, R"({"error":"unsupported_token_type"})");
    return true;
  };
  a.run("end");
  ASSERT_EQ(a.flow->step(), Step::failed);
  EXPECT_NE(a.error().message.find("end it again"), std::string::npos) << a.error().message;
  EXPECT_EQ(b.run("token"), "session_ended") << "forgotten all the same";
  EXPECT_EQ(b.run("end"), "done");
  EXPECT_EQ(b.got("revoked"), "true");
  EXPECT_TRUE(server.families[0].dead);
}

TEST_F(Sessions, ARefreshThatTheEndOvertakesRevokesWhatItGot) {
  begin();
  go_to(2'000);
  a.begin("token");
  ASSERT_TRUE(a.run_until(sends));
  a.step();
  store.locks.clear();
  EXPECT_EQ(b.run("end"), "done");
  server.families[0].dead = false;  // as if the old token's revocation did not reach the new one
  EXPECT_EQ(a.finish(), "no_session");
  EXPECT_TRUE(server.families[0].dead) << "what nobody will use does not stay at the server";
}

// ---- a store that lies

TEST_F(Sessions, AnOldRecordIsNotRefreshedAgain) {
  begin();
  const auto old = store.entries;
  go_to(2'000);
  EXPECT_EQ(a.run("token"), "done");
  go_to(10'000'000);
  store.entries = old;
  EXPECT_EQ(a.run("token"), "store_conflict");
  EXPECT_EQ(server.uses["f0.0"], 1);
}

TEST_F(Sessions, AStoreThatSaysDoneAndSavesNothing) {
  begin();
  go_to(2'000);
  a.between = [](Flow& flow) { return is_at(flow, Operation::save) && flow.give_store_done(true).has_value(); };
  EXPECT_EQ(a.run("token"), "done");
  EXPECT_EQ(a.run("token"), "store_conflict");
  EXPECT_EQ(server.uses["f0.0"], 1);
}

TEST_F(Sessions, AStoreThatNeverSaves) {
  begin();
  go_to(2'000);
  a.between = [](Flow& flow) { return is_at(flow, Operation::save) && flow.give_store_done(false).has_value(); };
  EXPECT_EQ(a.run("token"), "store_conflict");
  EXPECT_EQ(a.sent, 0);
}

TEST_F(Sessions, WhatCannotBeOpenedIsRefused) {
  begin(7'200'000);
  ASSERT_EQ(a.run("begin", {{"tokens", tokens(7'200'000)}}, "user-43"), "done");
  const auto good = store.entries;
  store.entries["user-42"] = store.entries["user-43"];
  EXPECT_EQ(b.run("token"), "record_refused") << "another user's";
  EXPECT_EQ(b.error().advice, Advice::sign_in_again);
  store.entries = good;
  store.entries["user-42"].version = "v1";
  EXPECT_EQ(b.run("token"), "record_refused");
  for (const std::string& value : {std::string(), std::string("x"), std::string(kMaxRecord + 1, 'x')}) {
    store.entries["user-42"].value = value;
    EXPECT_EQ(b.run("token"), "record_refused");
    EXPECT_EQ(b.run("end"), "record_refused");
  }
  EXPECT_EQ(b.sent, 0);
  EXPECT_EQ(b.run("begin", {{"tokens", tokens(7'200'000)}}), "done") << "a sign-in replaces it";
}

// Whatever a store does, no token is sent twice by one process.
TEST_F(Sessions, AStoreThatDoesAnything) {
  unsigned seed = 17;
  const auto random = [&seed](unsigned below) {
    seed = seed * 1'103'515'245U + 12'345U;
    return (seed >> 16U) % below;
  };
  for (int round = 0; round < 500; ++round) {
    store = Store();
    server = Server();
    Process c{store, server};
    ASSERT_EQ(c.run("begin", {{"tokens", tokens(1'000)}}), "done");
    std::vector<std::map<std::string, Store::Entry>> seen{store.entries};
    c.now = kNow + 2'000;
    c.between = [&](Flow& flow) {
      seen.push_back(store.entries);
      if (flow.step() != Step::store) return false;
      switch (random(8)) {
        case 0: return flow.give_store_fault("x").has_value();
        case 1: store.apply(flow.store()); return flow.give_store_fault("x").has_value();
        case 2: store.entries = seen[random(static_cast<unsigned>(seen.size()))]; return false;
        case 3:
          if (flow.store().operation == Operation::load) return flow.give_stored(random(2) == 1, "v", "rubbish").has_value();
          return flow.give_store_done(random(2) == 1).has_value();
        default: return false;
      }
    };
    for (int call = 0; call < 3; ++call) {
      const std::string ended = c.run("token");
      ASSERT_NE(ended, "endless");
      ASSERT_TRUE(ended != "done" || !c.got("access_token").empty());
      store.locks.clear();
    }
    for (const auto& [token, uses] : server.uses) ASSERT_EQ(uses, 1) << round << " " << token;
  }
}

// ---- settings

// A token that cannot be checked is not handed out; the session has lost nothing.
TEST_F(Sessions, TokensAreCheckedWhereTheSettingsWantThat) {
  Process c{store, server, {{"verify_jwt", "true"}}};
  const std::string jwt = guest_jwt("3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11");
  ASSERT_EQ(a.run("begin", {{"tokens", R"({"access_token":")" + jwt + R"(","refresh_token":"f0.0"})"}}), "done");
  c.between = [&](Flow& flow) {
    if (flow.step() != Step::send) return false;
    EXPECT_STREQ(flow.request().name, "keys");
    c.give(404, "");
    return true;
  };
  EXPECT_EQ(c.run("token"), "no_endpoint");
  EXPECT_FALSE(c.error().outcome_unknown);
  EXPECT_EQ(c.error().message.find("discarded"), std::string::npos) << c.error().message;
  EXPECT_EQ(c.record()->state(), "settled");
  EXPECT_EQ(c.cached(), "") << "nor is it handed out without a look";
}

TEST_F(Sessions, MoveToTheNewKeyWhenTheyAreSaved) {
  begin();
  Process c{store, server, {{"session_keys", std::string(kKey2) + " " + kKey1}}};
  c.now = kNow + 2'000;
  EXPECT_EQ(c.run("token"), "done");
  Process d{store, server, {{"session_keys", kKey2}}};
  d.now = c.now;
  EXPECT_EQ(d.run("token"), "done");
}

TEST_F(Sessions, AskTheStoreToKeepThem) {
  Process c{store, server, {{"session_lifetime_s", "3600"}}};
  c.begin("begin", {{"tokens", tokens(7'200'000)}});
  ASSERT_TRUE(c.run_until([](const Flow& flow) { return is_at(flow, Operation::save); }));
  EXPECT_EQ(c.flow->store().ttl_ms, 3'600'000);
  EXPECT_EQ(c.flow->store().version, "");
  EXPECT_EQ(c.flow->store().new_version.size(), 36U);
  c.finish();
  c.now = kNow + 7'200'000;
  c.begin("token");
  ASSERT_TRUE(c.run_until([](const Flow& flow) { return is_at(flow, Operation::lock); }));
  EXPECT_EQ(c.flow->store().ttl_ms, c.app->timeout_ms + kLockMarginMs) << "longer than the flow may take";
  EXPECT_EQ(c.flow->store().owner.size(), 36U);
}

TEST_F(Sessions, StepsThatAreNotAskedForAreRefused) {
  begin(7'200'000);
  a.begin("token");
  EXPECT_FALSE(a.flow->give_store_done(true));
  EXPECT_FALSE(a.flow->give_response(200, 11, "{}"));
  EXPECT_TRUE(a.flow->give_stored(false, "", ""));
  EXPECT_FALSE(a.flow->give_stored(false, "", "")) << "once";
  EXPECT_EQ(*a.flow->next(kNow), Step::failed);
}

}  // namespace
}  // namespace hlid
