// Every interleaving of the session flows' steps, for two and three processes about one session, with every crash point, lost
// response, fault of the store, lock that runs out under its owner, and clock that jumps, up to a number of such faults at a
// time.
//
// The flows are the library's own. One that is under way cannot be copied, so that each branch is run again from its beginning; a
// state that was met before is left. Two states are the same if the store, the server and what each process has seen so far are
// the same: jitter and nonces decide nothing.
//
// What must hold everywhere:
// - the server sees no refresh token twice, unless it was not known before what came of it: a response was lost, or, with
//   retry_lost_refresh, a process;
// - nobody is told to sign in again, and the session works at the end, unless a process died, or a response was lost, between the
//   sending of a refresh and the saving of what it brought; or it was ended;
// - who is told so then is told rotation_lost; so may be one that finds the mark of a process whose lock has run out and that is
// only
//   paused, and then the session works again once that has gone on;
// - after `end` no token is left at the server that was not lost with a process.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <sstream>
#include <unordered_set>

#include "engine/flow.h"
#include "flows/registry.h"
#include "session/record.h"
#include "tests/session/model.h"

namespace hlid {
namespace {

using session_model::Server;
using session_model::Store;

constexpr int64_t kNow = 1'767'225'600'000;
constexpr char kKey[] = "user-42";

std::shared_ptr<const App> make_app(bool retries) {
  const NamedValue values[] = {{"site", "https://acme.my.site.com"},
                               {"client_id", "3MVG9"},
                               {"session_keys", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"},
                               {"retry_lost_refresh", retries ? "true" : "false"}};
  return *App::create(values);
}

struct Setup {
  std::vector<std::string> flows;
  bool retries = false;
  bool rotates = true;
  int faults = 1;
  bool one_app = false;  // they are flows of one process, which remembers what it has sent
  bool broken = false;   // the store looks at no version, and locks nothing
};

enum class Act : uint8_t {
  proceed,      // the store does it and says so; the request reaches the server; the response reaches the process; a wait is over
  crash,        // the process is gone
  store_fault,  // the store did not do it, and failed
  store_fault_done,  // it did it, and failed
  lose_request,      // it may have been sent, and never arrived
  lose_response,     // it arrived, and no response came
  refuse_503,        // the server is away, and says so
  busy,              // the server is about this token already, it says
  not_sent,          // no connection
  jump_ahead,        // the process's clock
  jump_back,
  expire_lock,  // of nobody in particular
};

struct Choice {
  int actor;
  Act act;
};

class World {
 public:
  explicit World(const Setup& setup) : setup_(setup), faults_left_(setup.faults) {
    server_.rotates = setup.rotates;
    store_.is_broken = setup.broken;
    Record record;
    record.set("access_token", "00D!a0.0");
    record.set("refresh_token", Server::refresh_token(0, 0));
    record.set("kind", "named");
    record.set("family", "family-0");
    record.set("state", "settled");
    record.set_number("received_ms", kNow - 7'200'000);
    record.set_number("expires_at_ms", kNow - 1'000);
    record.set_number("refresh_at_ms", kNow - 600'000);
    const auto app = make_app(setup.retries);
    store_.entries[kKey] = {"v0", std::string(seal_record(*app, app->session_keys, kKey, "v0", record)->view())};
    names_["v0"] = "v0";
    for (const std::string& flow : setup.flows) start(flow);
  }

  [[nodiscard]] std::vector<Choice> choices() const {
    std::vector<Choice> out;
    bool others_move = false;
    for (const Actor& actor : actors_) others_move = others_move || (actor.is_active() && !actor.polls());
    for (size_t i = 0; i < actors_.size(); ++i) {
      const Actor& actor = actors_[i];
      if (!actor.is_active()) continue;
      // To look again at what has not changed leads nowhere else.
      const bool waits_in_vain = actor.polls() && actor.seen_changes == store_.changes;
      if (!waits_in_vain) out.push_back({static_cast<int>(i), Act::proceed});
      if (faults_left_ == 0) continue;
      const auto add = [&](Act act) { out.push_back({static_cast<int>(i), act}); };
      if (!waits_in_vain) add(Act::crash);
      const Step step = actor.flow->step();
      if (step == Step::store) {
        add(Act::store_fault);
        if (actor.flow->store().operation != StoreOperation::load) add(Act::store_fault_done);
      }
      if (step == Step::send && !actor.pending) {
        add(Act::lose_request);
        add(Act::refuse_503);
        add(Act::not_sent);
        if (actor.flow->request().url.ends_with("/token")) add(Act::busy);
      }
      if (step == Step::send && actor.pending) add(Act::lose_response);
      if (!waits_in_vain && !actor.jumped) {
        add(Act::jump_ahead);
        add(Act::jump_back);
      }
    }
    if (const auto lock = store_.locks.find(kKey); lock != store_.locks.end()) {
      const Actor& owner = actors_[static_cast<size_t>(owner_of(lock->second))];
      if (!owner.is_active()) {
        out.push_back({-1, Act::expire_lock});  // it is only a matter of time
      } else if (faults_left_ > 0) {
        out.push_back({-1, Act::expire_lock});
      }
    }
    return out;
  }

  void take(const Choice& choice) {
    path_ << " " << choice.actor << ":" << static_cast<int>(choice.act);
    if (choice.act == Act::expire_lock) {
      const Actor& owner = actors_[static_cast<size_t>(owner_of(store_.locks[kKey]))];
      if (owner.is_active()) {
        --faults_left_;
        // Its owner, which is only paused, is taken for dead: the next one may say that the rotation is lost, which it will not
        // be; and a second use is what the setting allows then.
        suspected_ = true;
        if (setup_.retries) lost_ = true;
      }
      store_.locks.erase(kKey);
      ++store_.changes;
      return;
    }
    Actor& actor = actors_[static_cast<size_t>(choice.actor)];
    if (choice.act != Act::proceed) --faults_left_;
    switch (choice.act) {
      case Act::crash:
        actor.crashed = true;
        // From the mark to the save of what came.
        if (actor.has_marked || actor.may_have_marked) lost_ = true;
        if (actor.is_end) end_failed_ = true;
        actor.history += "X";
        return;
      case Act::jump_ahead: actor.jump(3'600'000); return;
      case Act::jump_back: actor.jump(-3'600'000); return;
      default: break;
    }
    // A begin that cannot know whether it was saved before the session was ended begins again, with tokens that are revoked.
    if (choice.act == Act::store_fault_done && is_ending_ && actor.is_begin) lost_ = true;
    switch (actor.flow->step()) {
      case Step::store: run_store(actor, choice.act); break;
      case Step::send: run_send(actor, choice.act); break;
      case Step::wait:
        actor.now = std::max(actor.now, actor.flow->wait_until_ms());
        actor.history += "w";
        move_on(actor);
        break;
      default: break;
    }
  }

  [[nodiscard]] std::string hash() const {
    std::string out;
    for (const Actor& actor : actors_) out += actor.history + (actor.pending ? "P|" : "|");
    const auto entry = store_.entries.find(kKey);
    out += entry == store_.entries.end() ? "-" : names_.at(entry->second.version);
    const auto lock = store_.locks.find(kKey);
    out += lock == store_.locks.end() ? "/-" : "/" + std::to_string(owner_of(lock->second));
    for (const Server::Family& family : server_.families) out += "," + std::to_string(family.current) + (family.dead ? "d" : "");
    for (const auto& [token, uses] : server_.uses) out += ";" + token + "x" + std::to_string(uses);
    return out + "#" + std::to_string(faults_left_) + (lost_ ? "L" : "") + (suspected_ ? "S" : "") + (end_failed_ ? "E" : "");
  }

  // What is wrong with the present state; empty: nothing.
  [[nodiscard]] std::string wrong() const {
    for (const auto& [token, uses] : server_.uses) {
      const int most = setup_.rotates && !lost_ ? 1 : 1'000;
      if (uses > most) return "a refresh token was used " + std::to_string(uses) + " times: " + token;
    }
    for (const Actor& actor : actors_) {
      if (actor.flow->step() != Step::failed || actor.crashed) continue;
      const Error::Data& error = actor.flow->error()->data();
      const std::string reason = error.reason;
      if (error.advice != Advice::sign_in_again) continue;
      const bool was_ended = is_ending_ || end_failed_;
      if (was_ended && (reason == "no_session" || reason == "session_ended")) continue;
      if (suspected_ && reason == "rotation_lost") continue;
      if (!lost_) return "told to sign in again (" + reason + ") without a reason";
      // The server's word about a second use comes to the one that tried it, and to those who look afterwards.
      if (reason != "rotation_lost" && reason != "session_ended") return "told " + reason + " where a refresh was lost";
    }
    return {};
  }

  // All have come to their end: another process looks.
  [[nodiscard]] std::string wrong_at_end() {
    if (is_ending_ && !end_failed_ && !lost_ && !is_replaced_) {
      for (const Actor& actor : actors_) {
        if (actor.is_end && !actor.crashed && actor.flow->step() == Step::done && !server_.families[0].dead)
          return "ended, and a refresh token is left at the server";
      }
    }
    const size_t ended = actors_.size();
    start("session_token", kNow + 300'000);
    Actor& last = actors_[ended];
    for (int steps = 0; last.is_active(); ++steps) {
      if (steps > 200) return "the next process does not come to an end";
      store_.locks.erase(kKey);  // its time is over
      take({static_cast<int>(ended), Act::proceed});
      if (last.polls()) return "the next process waits for a lock that nobody holds";
    }
    if (const std::string why = wrong(); !why.empty()) return "the next process: " + why;
    const bool works = last.flow->step() == Step::done;
    if (works && !lost_) {
      const auto app = make_app(false);
      const auto& entry = store_.entries[kKey];
      const auto record = open_record(*app, app->session_keys, kKey, entry.version, entry.value);
      if (!record) return "the record at the end does not open";
      if (!server_.is_current(record->get("refresh_token"))) return "the refresh token at the end is not valid";
    }
    if (!works && !lost_ && !is_ending_) return std::string("the session is lost: ") + last.flow->error()->data().reason;
    return {};
  }

  [[nodiscard]] std::string path() const { return path_.str(); }

  void tell(std::ostream& out) const {
    for (const Actor& actor : actors_) {
      out << "\n  " << actor.flow->spec().name << ": " << actor.history;
      if (actor.flow->error() != nullptr) out << " " << actor.flow->error()->data().message;
    }
    out << "\n  " << hash();
  }

 private:
  struct Actor {
    std::shared_ptr<const App> app;
    std::unique_ptr<Flow> flow;
    std::string history;  // what it has seen: with the flow's name, all that it depends on
    int64_t now = kNow;
    bool crashed = false;
    bool jumped = false;
    bool is_end = false;
    bool is_begin = false;
    bool has_marked = false;       // its mark is in the store, and not what came of it
    bool may_have_marked = false;  // it has been told that the store failed
    bool lock_refused = false;
    std::optional<Server::Response> pending;
    int seen_changes = -1;
    int versions = 0;

    [[nodiscard]] bool is_active() const { return !crashed && flow->step() != Step::done && flow->step() != Step::failed; }
    [[nodiscard]] bool polls() const { return flow->step() == Step::wait && lock_refused; }
    void jump(int64_t by) {
      now += by;
      jumped = true;
      history += by > 0 ? "+" : "<";
    }
  };

  static void set(Actor& actor, std::string_view name, std::string_view value) { EXPECT_TRUE(actor.flow->set(name, value)); }

  void start(const std::string& name, int64_t now = kNow) {
    Actor actor;
    actor.app = setup_.one_app && !actors_.empty() ? actors_.front().app : make_app(setup_.retries);
    actor.now = now;
    actor.flow = std::make_unique<Flow>(actor.app, *find_flow(name));
    set(actor, "key", kKey);
    const std::string tokens =
        R"({"access_token":"00D!a1.0","refresh_token":"f1.0","expires_at_ms":)" + std::to_string(kNow + 7'200'000) + "}";
    if (name == "session_rejected") set(actor, "access_token", "00D!a0.0");
    if (name == "session_begin") set(actor, "tokens", tokens);
    is_replaced_ = is_replaced_ || name == "session_begin";
    if (name == "session_begin") server_.families.resize(2);
    actor.is_end = name == "session_end";
    actor.is_begin = name == "session_begin";
    is_ending_ = is_ending_ || actor.is_end;
    actors_.push_back(std::move(actor));
    move_on(actors_.back());
  }

  void move_on(Actor& actor) {
    const auto step = actor.flow->next(actor.now);
    EXPECT_TRUE(step) << step.error().data().message;
    if (actor.flow->step() == Step::done) actor.history += "D" + std::string(actor.flow->result()->get("access_token"));
    if (actor.flow->step() == Step::failed) {
      actor.history += std::string("F") + actor.flow->error()->data().reason;
      if (actor.is_end) end_failed_ = true;
    }
  }

  void run_store(Actor& actor, Act act) {
    const StoreRequest& request = actor.flow->store();
    const StoreOperation operation = request.operation;
    if (operation == StoreOperation::lock) owners_[request.owner] = static_cast<int>(&actor - actors_.data());
    if (operation == StoreOperation::save && !names_.contains(request.new_version))
      names_[request.new_version] = std::to_string(&actor - actors_.data()) + "v" + std::to_string(actor.versions++);
    const bool marks = operation == StoreOperation::save && is_mark(actor, request);
    if (act == Act::store_fault) {
      actor.history += "f";
      EXPECT_TRUE(actor.flow->give_store_fault("away"));
      actor.lock_refused = false;
      return move_on(actor);
    }
    const Store::Reply reply = store_.apply(request);
    if (operation == StoreOperation::save && reply.done) {
      actor.has_marked = marks;
      actor.may_have_marked = false;
    }
    if (act == Act::store_fault_done) {
      actor.history += "g";
      EXPECT_TRUE(actor.flow->give_store_fault("away"));
      return move_on(actor);
    }
    if (operation == StoreOperation::load) {
      actor.history += "l" + (reply.found ? names_.at(reply.version) : std::string("-"));
      actor.seen_changes = store_.changes;
      EXPECT_TRUE(actor.flow->give_stored(reply.found, reply.version, reply.value));
    } else {
      actor.history += reply.done ? "y" : "n";
      EXPECT_TRUE(actor.flow->give_store_done(reply.done));
    }
    actor.lock_refused = operation == StoreOperation::lock && !reply.done;
    if (actor.lock_refused) actor.seen_changes = store_.changes;
    move_on(actor);
  }

  static bool is_mark(const Actor& actor, const StoreRequest& request) {
    const auto record = open_record(*actor.app, actor.app->session_keys, kKey, request.new_version, request.value.view());
    return record && record->state() == record_state::kRefreshing;
  }

  void run_send(Actor& actor, Act act) {
    const bool refreshes = actor.flow->request().url.ends_with("/token");
    switch (act) {
      case Act::proceed:
        if (!actor.pending) {
          actor.pending = server_.serve(actor.flow->request().url, actor.flow->request().body.view());
          return;
        }
        actor.history += "r" + actor.pending->body;
        EXPECT_TRUE(actor.flow->give_header("content-type", "application/json"));
        EXPECT_TRUE(actor.flow->give_response(actor.pending->status, 11, actor.pending->body));
        break;
      case Act::lose_request:
      case Act::lose_response:
        actor.history += "?";
        if (refreshes) lost_ = true;
        if (actor.is_end || !refreshes) end_failed_ = true;
        EXPECT_TRUE(actor.flow->give_no_response(true, "cut_off", "cut off"));
        break;
      case Act::refuse_503:
        actor.history += "5";
        if (!refreshes) end_failed_ = true;
        EXPECT_TRUE(actor.flow->give_response(503, 11, "down for maintenance"));
        break;
      case Act::busy:
        actor.history += "b";
        EXPECT_TRUE(actor.flow->give_header("content-type", "application/json"));
        EXPECT_TRUE(actor.flow->give_response(
            400, 11, R"({"error":"invalid_grant","error_description":"token request is already being processed"})"));
        break;
      case Act::not_sent:
        actor.history += "!";
        EXPECT_TRUE(actor.flow->give_fault(false, "no_host", ""));
        if (!refreshes) end_failed_ = true;
        break;
      default: break;
    }
    actor.pending.reset();
    actor.lock_refused = false;
    move_on(actor);
  }

  [[nodiscard]] int owner_of(const std::string& owner) const { return owners_.at(owner); }

  Setup setup_;
  Store store_;
  Server server_;
  std::vector<Actor> actors_;
  std::map<std::string, std::string> names_;
  std::map<std::string, int> owners_;
  int faults_left_;
  bool lost_ = false;  // something happened after which it may be unknown what came of a refresh
  bool suspected_ = false;
  bool is_ending_ = false;
  bool is_replaced_ = false;
  bool end_failed_ = false;
  std::ostringstream path_;
};

class Explorer {
 public:
  explicit Explorer(Setup setup) : setup_(std::move(setup)) {}

  void run() {
    World world(setup_);
    std::vector<Choice> path;
    explore(world, path);
  }
  [[nodiscard]] size_t states() const { return seen_.size(); }
  [[nodiscard]] size_t ends() const { return ends_; }
  [[nodiscard]] const std::string& fault() const { return fault_; }

 private:
  World replay(const std::vector<Choice>& path) const {
    World world(setup_);
    for (const Choice& choice : path) world.take(choice);
    return world;
  }

  void explore(World& world, std::vector<Choice>& path) {
    if (!fault_.empty() || !seen_.insert(world.hash()).second) return;
    if (const std::string why = world.wrong(); !why.empty()) return note(world, why);
    const auto choices = world.choices();
    if (choices.empty()) {
      ++ends_;
      if (const std::string why = world.wrong_at_end(); !why.empty()) note(world, why);
      return;
    }
    // The last one goes on with what is there.
    for (size_t i = 0; i < choices.size(); ++i) {
      path.push_back(choices[i]);
      if (i + 1 == choices.size()) {
        world.take(choices[i]);
        explore(world, path);
      } else {
        World next = replay(path);
        // A flow that has drawn other random numbers must do the same: else the states above are not what they seem.
        explore(next, path);
      }
      path.pop_back();
    }
  }

  void note(const World& world, const std::string& why) {
    std::ostringstream out;
    out << why << "\n  path:" << world.path();
    world.tell(out);
    fault_ = out.str();
  }

  Setup setup_;
  std::unordered_set<std::string> seen_;
  size_t ends_ = 0;
  std::string fault_;
};

void expect_sound(Setup setup) {
  std::string name;
  for (const std::string& flow : setup.flows) name += flow.substr(8) + " ";
  name += setup.retries ? "retries " : "";
  name += setup.rotates ? "" : "does-not-rotate ";
  Explorer explorer(setup);
  explorer.run();
  EXPECT_EQ(explorer.fault(), "") << name;
  EXPECT_GT(explorer.states(), 3U) << name;
  std::printf("%-40s faults %d: %zu states, %zu ends\n", name.c_str(), setup.faults, explorer.states(), explorer.ends());
  std::fflush(stdout);
}

constexpr char kT[] = "session_token";
constexpr char kR[] = "session_rejected";
constexpr char kE[] = "session_end";
constexpr char kB[] = "session_begin";

// Everything, where there is time for it.
bool is_deep() { return std::getenv("HLID_EXPLORE") != nullptr; }
#ifdef HLID_SANITIZED
constexpr int kMany = 1;
#else
constexpr int kMany = 2;
#endif

TEST(Explorer, OneProcess) {
  for (const bool retries : {false, true}) {
    for (const bool rotates : {true, false}) {
      for (const char* flow : {kT, kR, kE, kB}) expect_sound({{flow}, retries, rotates, is_deep() ? 3 : kMany});
    }
  }
}

TEST(Explorer, TwoProcesses) {
  expect_sound({{kT, kT}, false, true, kMany});
  const int faults = is_deep() ? 2 : 1;
  expect_sound({{kT, kR}, false, true, faults});
  expect_sound({{kR, kR}, false, true, faults});
  expect_sound({{kT, kE}, false, true, faults});
  expect_sound({{kR, kE}, false, true, faults});
  expect_sound({{kT, kB}, false, true, faults});
  expect_sound({{kE, kE}, false, true, faults});
  expect_sound({{kE, kB}, false, true, faults});
}

TEST(Explorer, TwoProcessesThatRetry) {
  expect_sound({{kT, kT}, true, true, is_deep() ? 2 : 1});
  expect_sound({{kT, kR}, true, true, is_deep() ? 2 : 1});
  expect_sound({{kT, kE}, true, true, is_deep() ? 2 : 1});
}

TEST(Explorer, TwoFlowsOfOneProcess) {
  expect_sound({{kT, kT}, false, true, is_deep() ? 2 : 1, true});
  expect_sound({{kT, kR}, true, true, is_deep() ? 2 : 1, true});
}

TEST(Explorer, TwoProcessesWithoutRotation) { expect_sound({{kT, kT}, false, false, is_deep() ? 2 : 1}); }

TEST(Explorer, ThreeProcesses) {
  const int faults = is_deep() ? 1 : 0;
  expect_sound({{kT, kT, kT}, false, true, faults});
  expect_sound({{kT, kT, kE}, false, true, faults});
  expect_sound({{kT, kR, kB}, false, true, faults});
  expect_sound({{kT, kT, kT}, true, true, faults});
}

// It sees what is wrong: a store that breaks its promise has two processes refresh at once.
TEST(Explorer, SeesABrokenStore) {
  Explorer explorer({{kT, kT}, false, true, 0, false, true});
  explorer.run();
  EXPECT_NE(explorer.fault(), "");
}

}  // namespace
}  // namespace hlid
