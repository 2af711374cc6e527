// Every interleaving of those who hand the loop to each other: calls that wait for a flow, with and without a limit, calls that
// wait for the queue, a flow that no call waits for and the keeper that turns the loop for it, a cancel, a close.
//
// Leader is the library's own; the steps around it are those of Board and Loop, one for each time that these take the lock, and
// one for what they do without it. A state that was met before is left. What must hold everywhere:
// - one thread at a time has the loop;
// - where nothing but a limit can go on, every call has returned, and every flow has ended;
// - an order is followed, and a close is done, without a response or a limit that wakes the loop;
// - what is in the queue is taken, if a call waits for it, without one as well;
// - of those who wait for the loop, one at most has been woken for it;
// - the wake descriptor is raised only while the loop sleeps, and once for each sleep.
#include "net/leader.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace hlid {
namespace {

// `starts`: a flow that no call waits for. `starts_any`: one that moves only while a call waits, and ends in the queue.
// `takes`: waits for one from the queue. `serves`: waits for all that comes there, until the close. `takes_now`: one, if it is
// there. `hosts`: a loop of the host's, which turns ours whenever its descriptor is readable.
enum class Role : uint8_t {
  runs,
  waits_with_limit,
  starts,
  starts_any,
  takes,
  takes_with_limit,
  serves,
  takes_now,
  keeps,
  hosts,
  cancels,
  closes
};

enum class At : uint8_t {
  begin,      // a call enters; a keeper does not run
  hand_over,  // of one who starts: the keeper is there
  await,      // asks for the loop, or for its flow's end
  asleep,
  take,     // there was something in the queue
  pause,    // has the loop, and asks what is next
  follow,   // has the loop and orders
  poll,     // has the loop and sleeps
  stir,     // it has slept
  finish,   // a flow has ended
  end_all,  // has the loop for good
  join,
  over,
};

struct Flow {
  bool posted = false, adopted = false, cancelled = false, ended = false, is_unattended = false, is_queued = false;
};

struct Actor : Leader::Waiter {
  Role role{};
  At at = At::begin;
  size_t flow = 0;  // its own, or the one that it cancels
  size_t ends = 0;  // at finish: which
  bool rung = false, looked = false, late = false, woken = false, idle = false;
  std::vector<size_t> started, cancelled;  // orders that it follows
};

constexpr bool waits_for_own(Role role) { return role == Role::runs || role == Role::waits_with_limit; }
constexpr bool waits_for_queue(Role role) { return role >= Role::takes && role <= Role::serves; }
constexpr bool has_limit(Role role) { return role == Role::waits_with_limit || role == Role::takes_with_limit; }
constexpr bool has_loop(At at) { return at >= At::pause && at <= At::join; }

class World {
 public:
  World(const std::vector<Role>& roles, size_t cancelled_flow) : actors_(roles.size()), flows_(roles.size()) {
    for (size_t i = 0; i < roles.size(); ++i) {
      actors_[i].role = roles[i];
      actors_[i].flow = roles[i] == Role::cancels ? cancelled_flow : i;
      flows_[i].is_unattended = roles[i] == Role::starts;
      flows_[i].is_queued = roles[i] == Role::starts || roles[i] == Role::starts_any;
      if (roles[i] == Role::keeps) keeper_ = &actors_[i];
      if (roles[i] == Role::hosts) host_ = &actors_[i];
    }
    if (host_ == nullptr) return;
    for (Flow& flow : flows_) flow.is_unattended = false;
    for (Actor& one : actors_) one.at = one.role == Role::hosts ? At::asleep : one.at;
    leader_.rest();
  }

  // In how many ways this one can go on now: of whatever happens, without a limit that runs out, or without a response as well.
  enum class If : uint8_t { anything, no_limit, nothing };
  [[nodiscard]] size_t ways(size_t who, If happens) const {
    const Actor& one = actors_[who];
    const bool limit = happens == If::anything && (has_limit(one.role) || one.role == Role::keeps);
    switch (one.at) {
      case At::begin: return one.role == Role::keeps ? 0 : 1;
      case At::asleep:
        if (one.role == Role::hosts) return woken_ || (happens != If::nothing && !can_end().empty()) ? 1 : 0;
        return (one.rung ? 1U : 0U) + (limit ? 1U : 0U);
      case At::poll:
        if (one.role == Role::hosts) return can_end().size() + 1;
        return (happens == If::nothing ? 0 : can_end().size()) + (woken_ ? 1 : 0) + (limit && has_limit(one.role) ? 1 : 0);
      case At::join: return keeper_ == nullptr || keeper_->at == At::begin ? 1 : 0;
      case At::over: return 0;
      default: return 1;
    }
  }

  void go(size_t who, size_t way) {
    Actor& one = actors_[who];
    switch (one.at) {
      case At::begin: begin(one); break;
      case At::hand_over: hand_over(one); break;
      case At::asleep:
        if (one.role == Role::hosts) {
          begin_turn(one);
          break;
        }
        // Its time may run out just as it is woken.
        if (!one.rung || way == 1) (one.role == Role::keeps ? one.idle : one.late) = true;
        one.rung = false;
        std::erase(sleepers_, who);
        await(one);
        break;
      case At::take: take(one); break;
      case At::await: await(one); break;
      case At::pause: pause(one); break;
      case At::follow: follow(one); break;
      case At::poll: wake(one, way); break;
      case At::stir:
        leader_.stir();
        // The host's loop lowers it at the end of its turn.
        if (one.woken && one.role != Role::hosts) woken_ = false;
        one.woken = false;
        one.looked = true;
        one.at = one.ends == kNone ? At::pause : At::finish;
        break;
      case At::finish:
        finish(one.ends);
        one.at = At::pause;
        break;
      case At::end_all:
        one.at = At::join;
        for (size_t flow = 0; flow < flows_.size(); ++flow) {
          if (!flows_[flow].posted || flows_[flow].ended) continue;
          finish(flow);
          one.at = At::end_all;
          break;
        }
        break;
      case At::join: one.at = At::over; break;
      case At::over: break;
    }
  }

  // What is wrong here; empty: nothing.
  [[nodiscard]] std::string wrong() const {
    if (!wrong_.empty()) return wrong_;
    size_t leaders = 0;
    size_t called = 0;
    if (host_ != nullptr && leader_.is_free() && !woken_ && !leader_.is_closing() && !started_.empty()) {
      return "the host's loop is not told of an order";
    }
    for (const Actor& one : actors_) {
      leaders += has_loop(one.at) ? 1U : 0U;
      if (waits_for_queue(one.role) && one.at == At::poll && leader_.queued() == 0)
        return "a call has the loop, and nothing comes";
      called += waits_for_own(one.role) && one.at == At::asleep && one.rung && !flows_[one.flow].ended ? 1U : 0U;
    }
    if (leaders > 1) return "two have the loop";
    if (leaders == 0 && !leader_.is_free() && !was_closed()) return "no thread has the loop, and it is not free";
    if (called > 1) return "more than one was woken for the loop";
    return {};
  }
  // Where no call can go on without a limit or a response.
  [[nodiscard]] std::string unheard() const {
    bool sleeps = false;
    for (const Actor& one : actors_) {
      sleeps = sleeps || one.at == At::poll;
      if (one.role == Role::closes && one.at != At::over) return "close waits for a response";
    }
    if (sleeps && (!started_.empty() || !cancelled_.empty())) return "the loop sleeps over an order";
    for (const Actor& one : actors_) {
      if (waits_for_queue(one.role) && one.at != At::over && !queue_.empty()) return "a call sleeps over the queue";
    }
    return {};
  }
  // Where no call can go on without a limit.
  [[nodiscard]] std::string unfinished() const {
    for (const Actor& one : actors_) {
      if (one.role == Role::keeps || one.role == Role::hosts) continue;
      if (one.role == Role::serves && !leader_.is_closing()) continue;
      // Another took all, and its limit ends it.
      if (one.role == Role::takes_with_limit && leader_.queued() == 0 && queue_.empty()) continue;
      if (one.at != At::over) return "a call never returns";
    }
    for (const Actor& one : actors_) {
      const bool waits = waits_for_queue(one.role) && one.at != At::over;
      for (const Flow& flow : flows_) {
        if (flow.posted && !flow.ended && (flow.is_unattended || host_ != nullptr || waits)) return "a flow never ends";
      }
      if (one.role == Role::serves && !queue_.empty()) return "a flow is left in the queue";
    }
    return {};
  }

  [[nodiscard]] std::string key() const {
    std::string out;
    const auto put = [&](size_t number) { out.push_back(static_cast<char>('0' + number)); };
    const auto id = [&](const Leader::Waiter* one) {
      return one == nullptr ? 40U : static_cast<size_t>(static_cast<const Actor*>(one) - actors_.data());
    };
    for (const Actor& one : actors_) {
      put(static_cast<size_t>(one.at));
      put((one.rung ? 1U : 0U) + (one.looked ? 2U : 0U) + (one.late ? 4U : 0U) + (one.woken ? 8U : 0U) + (one.idle ? 16U : 0U));
      put(one.ends == kNone ? 40 : one.ends);
      for (const size_t flow : one.started) put(flow);
      out.push_back('/');
      for (const size_t flow : one.cancelled) put(flow);
      out.push_back('/');
    }
    for (const Flow& flow : flows_) {
      put((flow.posted ? 1U : 0U) + (flow.adopted ? 2U : 0U) + (flow.cancelled ? 4U : 0U) + (flow.ended ? 8U : 0U));
    }
    for (const size_t flow : started_) put(flow);
    out.push_back('/');
    for (const size_t flow : cancelled_) put(flow);
    out.push_back('/');
    for (const bool for_queue : {false, true}) {
      for (const Leader::Waiter* one = leader_.first(for_queue); one != nullptr; one = one->after) put(id(one));
      out.push_back('/');
    }
    for (const size_t flow : queue_) put(flow);
    out.push_back('/');
    for (const size_t who : sleepers_) put(who);
    out.push_back('/');
    put(id(leader_.called()));
    put((leader_.is_free() ? 1U : 0U) + (leader_.sleeps() ? 2U : 0U) + (leader_.is_ordered() ? 4U : 0U) +
        (leader_.is_closing() ? 8U : 0U) + (woken_ ? 16U : 0U) + (has_keeper_ ? 32U : 0U) + (raised_ ? 64U : 0U));
    put(wanting_);
    return out;
  }

  [[nodiscard]] size_t size() const { return actors_.size(); }

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);

  [[nodiscard]] bool was_closed() const {
    for (const Actor& one : actors_) {
      if (one.role == Role::closes && one.at == At::over) return true;
    }
    return false;
  }
  [[nodiscard]] std::vector<size_t> can_end() const {
    std::vector<size_t> out;
    for (size_t flow = 0; flow < flows_.size(); ++flow) {
      if (flows_[flow].adopted && !flows_[flow].ended) out.push_back(flow);
    }
    return out;
  }

  void order() {
    if (!leader_.order()) return;
    bool sleeps = false;
    for (const Actor& one : actors_) sleeps = sleeps || one.at == At::poll || one.at == At::stir;
    sleeps = sleeps || (host_ != nullptr && (leader_.is_free() || leader_.is_closing()));
    if (!sleeps) wrong_ = "the descriptor is raised, and the loop does not sleep";
    if (raised_) wrong_ = "the descriptor is raised twice for one sleep";
    raised_ = true;
    woken_ = true;
  }
  void call() {
    if (Leader::Waiter* next = leader_.call()) ring(static_cast<Actor&>(*next));
  }
  // As a condition variable: a ring with no sleeper is lost.
  void ring(Actor& one) { one.rung = one.rung || one.at == At::asleep; }
  // Who sleep for the queue, the last first.
  void ring_for_queue(bool all) {
    for (size_t i = sleepers_.size(); i-- > 0;) {
      ring(actors_[sleepers_[i]]);
      if (!all) return;
    }
  }

  void begin(Actor& one) {
    switch (one.role) {
      case Role::starts:
        if (leader_.is_closing()) {
          one.at = At::over;
          return;
        }
        ++wanting_;
        if (!has_keeper_ && keeper_ != nullptr) {
          has_keeper_ = true;
          keeper_->at = At::await;
        }
        one.at = At::hand_over;
        return;
      case Role::cancels: {
        Flow& flow = flows_[one.flow];
        one.at = At::over;
        if (flow.ended) return;
        flow.cancelled = true;
        if (!flow.posted) return;
        cancelled_.push_back(one.flow);
        order();
        return;
      }
      case Role::takes:
      case Role::takes_with_limit:
      case Role::serves:
      case Role::closes: await(one); return;
      case Role::takes_now: take(one); return;
      default: hand_over(one); return;
    }
  }

  void hand_over(Actor& one) {
    Flow& flow = flows_[one.flow];
    if (leader_.is_closing()) {
      if (flow.is_unattended) --wanting_;
      one.at = At::over;
      return;
    }
    flow.posted = true;
    leader_.add(flow.is_unattended, flow.is_queued);
    started_.push_back(one.flow);
    if (flow.cancelled) cancelled_.push_back(one.flow);
    order();
    call();
    one.at = waits_for_own(one.role) ? At::await : At::over;
  }

  void take(Actor& one) {
    one.at = one.role == Role::takes_now ? At::over : At::await;
    one.late = false;  // asks again; it may run out at any time
    one.looked = false;
    if (queue_.empty()) return;
    if (one.role == Role::takes || one.role == Role::takes_with_limit) one.at = At::over;
    queue_.erase(queue_.begin(), one.role == Role::serves ? queue_.end() : queue_.begin() + 1);
    if (!queue_.empty()) ring_for_queue(false);
  }

  void await(Actor& one) {
    if (one.role == Role::keeps) {
      keep(one);
    } else if (one.role == Role::closes) {
      if (leader_.take_to_close(one)) {
        if (keeper_ != nullptr) ring(*keeper_);
        ring_for_queue(true);
        one.at = At::end_all;
        return;
      }
      one.at = At::asleep;
      order();
      call();
    } else {
      const bool for_queue = waits_for_queue(one.role);
      const bool ended = for_queue ? !queue_.empty() : flows_[one.flow].ended;
      const bool in_vain = for_queue && leader_.is_closing() && leader_.queued() == 0;
      if (ended || in_vain || one.late) {
        leader_.leave(one);
        call();
        one.at = for_queue && ended ? At::take : At::over;
      } else if (leader_.take(one, for_queue)) {
        one.at = At::pause;
      } else {
        one.at = At::asleep;
        call();
        if (for_queue) sleepers_.push_back(static_cast<size_t>(&one - actors_.data()));
      }
    }
  }

  void keep(Actor& one) {
    if (leader_.take_as_keeper(one)) {
      one.at = At::pause;
      one.idle = false;
      return;
    }
    call();
    if (leader_.is_closing() || (one.idle && wanting_ == 0)) {
      leader_.leave(one);
      has_keeper_ = false;
      one.at = At::begin;
    } else {
      one.at = At::asleep;
    }
    one.idle = false;
  }

  void begin_turn(Actor& one) {
    if (!leader_.take_turn()) {
      if (leader_.is_closing()) one.at = At::over;
      return;
    }
    leader_.stir();
    one.at = At::poll;
    if (!leader_.take_orders()) return;
    one.started.swap(started_);
    one.cancelled.swap(cancelled_);
    one.at = At::follow;
  }

  void end_turn(Actor& one) {
    leader_.pass();
    call();
    one.at = At::asleep;
    if (leader_.is_ordered()) {
      woken_ = true;
    } else {
      leader_.rest();
      woken_ = raised_ = false;
    }
  }

  void pause(Actor& one) {
    if (one.role == Role::hosts) return end_turn(one);
    const bool served = one.role == Role::keeps     ? leader_.unattended() == 0
                        : waits_for_queue(one.role) ? !queue_.empty() || leader_.queued() == 0
                                                    : flows_[one.flow].ended;
    if (served || leader_.is_closing() || (one.looked && one.late)) {
      leader_.pass();
      call();
      one.at = At::await;
    } else if (leader_.rest()) {
      raised_ = false;
      one.at = At::poll;
    } else {
      one.started.swap(started_);
      one.cancelled.swap(cancelled_);
      one.at = At::follow;
    }
  }

  // One order at a time: each flow that ends takes the lock.
  void follow(Actor& one) {
    if (!one.started.empty()) {
      flows_[one.started.front()].adopted = true;
      one.started.erase(one.started.begin());
    } else if (!one.cancelled.empty()) {
      const size_t flow = one.cancelled.front();
      one.cancelled.erase(one.cancelled.begin());
      if (flows_[flow].adopted && !flows_[flow].ended) finish(flow);
    }
    if (one.started.empty() && one.cancelled.empty()) one.at = one.role == Role::hosts ? At::poll : At::pause;
  }

  void wake(Actor& one, size_t way) {
    const std::vector<size_t> ends = can_end();
    one.ends = way < ends.size() ? ends[way] : kNone;
    // With the response or without it, a raised descriptor is seen as well.
    one.woken = woken_;
    if (one.role != Role::hosts && (way > ends.size() || (way == ends.size() && !woken_))) one.late = true;
    one.at = At::stir;
  }

  void finish(size_t ended) {
    Flow& flow = flows_[ended];
    flow.ended = true;
    leader_.remove(flow.is_unattended, flow.is_queued);
    if (flow.is_unattended) --wanting_;
    if (flow.is_queued) {
      queue_.push_back(ended);
      ring_for_queue(leader_.is_closing());
    }
    for (Actor& one : actors_) {
      if (waits_for_own(one.role) && one.flow == ended) ring(one);
    }
  }

  Leader leader_;
  std::vector<Actor> actors_;
  std::vector<Flow> flows_;
  std::vector<size_t> started_, cancelled_, queue_;
  std::vector<size_t> sleepers_;  // who sleep for the queue
  Actor* keeper_ = nullptr;
  Actor* host_ = nullptr;
  size_t wanting_ = 0;
  bool has_keeper_ = false;
  bool woken_ = false;   // the wake descriptor
  bool raised_ = false;  // since the loop went to sleep
  std::string wrong_;
};

struct Step {
  uint8_t who, way;
};

// Runs it all; a World cannot be copied, so that each branch begins again. How many states there are.
size_t explore(const std::vector<Role>& roles, size_t cancelled_flow = 0) {
  std::unordered_set<std::string> met;
  std::vector<std::vector<Step>> open(1);
  size_t ends = 0;
  while (!open.empty()) {
    const std::vector<Step> path = std::move(open.back());
    open.pop_back();
    const auto replay = [&] {
      auto world = std::make_unique<World>(roles, cancelled_flow);
      for (const Step step : path) world->go(step.who, step.way);
      return world;
    };
    const auto here = replay();
    const auto told = [&](const std::string& what) {
      std::string steps;
      for (const Step step : path) steps += " " + std::to_string(step.who) + "." + std::to_string(step.way);
      return what + ", after" + steps;
    };
    if (const std::string wrong = here->wrong(); !wrong.empty()) {
      ADD_FAILURE() << told(wrong);
      return 0;
    }
    if (!met.insert(here->key()).second) continue;
    bool goes_on = false;
    bool goes_on_at_once = false;
    for (size_t who = 0; who < here->size(); ++who) {
      goes_on = goes_on || here->ways(who, World::If::no_limit) > 0;
      goes_on_at_once = goes_on_at_once || here->ways(who, World::If::nothing) > 0;
      for (size_t way = 0; way < here->ways(who, World::If::anything); ++way) {
        open.push_back(path);
        open.back().push_back({static_cast<uint8_t>(who), static_cast<uint8_t>(way)});
      }
    }
    std::string wrong = goes_on_at_once ? std::string() : here->unheard();
    if (wrong.empty() && !goes_on) wrong = here->unfinished();
    if (!wrong.empty()) {
      ADD_FAILURE() << told(wrong);
      return 0;
    }
    ends += goes_on ? 0U : 1U;
  }
  EXPECT_GT(ends, 0U);
  return met.size();
}

using enum Role;

TEST(Leader, three_calls_hand_the_loop_on) { EXPECT_GT(explore({runs, runs, runs}), 1000U); }

TEST(Leader, calls_with_limits_leave_at_any_time) {
  EXPECT_GT(explore({runs, waits_with_limit, runs}), 1000U);
  EXPECT_GT(explore({waits_with_limit, waits_with_limit, runs}), 1000U);
}

TEST(Leader, a_cancel_reaches_the_thread_that_turns_the_loop) {
  EXPECT_GT(explore({runs, runs, runs, cancels}, 1), 1000U);
  EXPECT_GT(explore({runs, waits_with_limit, cancels}, 1), 500U);
}

TEST(Leader, close_ends_every_call) {
  EXPECT_GT(explore({runs, runs, closes}), 500U);
  EXPECT_GT(explore({runs, runs, runs, closes}), 1000U);
  EXPECT_GT(explore({runs, waits_with_limit, cancels, closes}, 0), 1000U);
}

TEST(Leader, the_keeper_turns_the_loop_where_no_call_waits) {
  EXPECT_GT(explore({starts, keeps}), 10U);
  EXPECT_GT(explore({runs, runs, starts, keeps}), 1000U);
  EXPECT_GT(explore({starts, starts, runs, keeps}), 1000U);
  EXPECT_GT(explore({waits_with_limit, starts, cancels, keeps}, 1), 1000U);
  EXPECT_GT(explore({runs, starts, closes, keeps}), 1000U);
}

TEST(Leader, a_call_that_waits_for_the_queue_turns_the_loop) {
  EXPECT_GT(explore({starts_any, takes}), 10U);
  EXPECT_GT(explore({starts_any, starts_any, serves}), 100U);
  EXPECT_GT(explore({starts_any, starts_any, takes, takes}), 500U);
  EXPECT_GT(explore({starts_any, starts_any, serves, serves}), 1000U);
  EXPECT_GT(explore({starts_any, starts_any, serves, takes_now}), 100U);
  EXPECT_GT(explore({starts_any, starts_any, takes_with_limit, serves}), 1000U);
}

TEST(Leader, calls_for_the_queue_and_for_a_flow_serve_each_other) {
  EXPECT_GT(explore({runs, starts_any, takes}), 100U);
  EXPECT_GT(explore({runs, runs, starts_any, serves}), 1000U);
  EXPECT_GT(explore({runs, waits_with_limit, starts_any, takes}), 1000U);
  EXPECT_GT(explore({runs, starts_any, takes_with_limit, serves}), 1000U);
  EXPECT_GT(explore({runs, starts_any, starts_any, takes, takes}), 1000U);
  EXPECT_GT(explore({runs, starts_any, serves, cancels}, 1), 1000U);
}

TEST(Leader, calls_for_the_queue_and_the_keeper_serve_each_other) {
  EXPECT_GT(explore({starts, takes, keeps}), 50U);
  EXPECT_GT(explore({starts, starts_any, serves, keeps}), 500U);
  EXPECT_GT(explore({starts, runs, takes_with_limit, keeps}), 1000U);
}

TEST(Leader, close_ends_calls_that_wait_for_the_queue_after_the_last_flow) {
  EXPECT_GT(explore({serves, closes}), 5U);
  EXPECT_GT(explore({starts_any, serves, closes}), 100U);
  EXPECT_GT(explore({starts_any, starts_any, serves, closes}), 1000U);
  EXPECT_GT(explore({starts_any, serves, serves, closes}), 1000U);
  EXPECT_GT(explore({starts_any, runs, serves, closes}), 1000U);
  EXPECT_GT(explore({starts, serves, closes, keeps}), 500U);
}

TEST(Leader, the_hosts_loop_hears_of_every_order) {
  EXPECT_GT(explore({hosts, starts, starts}), 100U);
  EXPECT_GT(explore({hosts, starts, starts, cancels}, 1), 100U);
  EXPECT_GT(explore({hosts, hosts, starts, starts}), 100U);
  EXPECT_GT(explore({hosts, starts, cancels, closes}, 1), 100U);
}

}  // namespace
}  // namespace hlid
