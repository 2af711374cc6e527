// Rejected tokens, guests, the end of a session, a store that lies, settings.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/session/fixture.h"

namespace hlid {
namespace {

using namespace session_model;
using Operation = StoreOperation;

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

TEST_F(Sessions, TheVisitorIsSaidToBeCarriedOnlyByATokenThatHasIt) {
  begin(60'000, R"(,"uvid":"f81d4fae-7dec-41d0-a765-00a0c91e6bf6","uvid_carry":"carried")");
  ASSERT_EQ(b.run("token"), "done");
  EXPECT_EQ(b.got("uvid_carry"), "carried");
  go_to(61'000);
  ASSERT_EQ(a.run("token"), "done");
  EXPECT_EQ(a.got("uvid"), "f81d4fae-7dec-41d0-a765-00a0c91e6bf6");
  EXPECT_EQ(a.got("uvid_carry"), "lost") << "the new token is opaque";
  EXPECT_NE(a.got("uvid_carry_reason"), "");
  ASSERT_EQ(b.run("token"), "done");
  EXPECT_EQ(b.got("uvid_carry"), "lost") << "also for the other processes";
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
  answer_all(a, 503, "");
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
      if (header.name == "Uvid-Hint" && header.value.starts_with("UVID ")) uvid = header.value.substr(5);
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
  answer_all(a, 400, R"({"error":"unsupported_token_type"})");
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
