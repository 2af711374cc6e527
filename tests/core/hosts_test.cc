// Which requests libcurl has, and which wait.
#include "net/hosts.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace hlid {
namespace {

using At = Queued::At;

constexpr const char* kOne = "https://one.example";
constexpr const char* kTwo = "https://two.example";

TEST(Hosts, the_first_finds_out_what_a_connection_carries) {
  for (const bool multiplexes : {false, true}) {
    Hosts hosts(3, false);
    std::array<Queued, 6> all;
    EXPECT_TRUE(hosts.enter(all[0], kOne));
    for (size_t i = 1; i < all.size(); ++i) EXPECT_FALSE(hosts.enter(all[i], kOne));
    EXPECT_TRUE(all[0].host->multiplexes) << "perhaps";
    EXPECT_FALSE(hosts.has_next());
    hosts.carry(all[0], multiplexes);
    EXPECT_EQ(hosts.next(), &all[1]);
    EXPECT_EQ(hosts.next(), &all[2]);
    EXPECT_EQ(hosts.next(), multiplexes ? &all[3] : nullptr);
    EXPECT_EQ(hosts.next(), nullptr);
    EXPECT_EQ(all[1].host->multiplexes, multiplexes);
  }
}

TEST(Hosts, nobody_waits_for_the_first_where_no_connection_carries_several) {
  for (const char* origin : {"http://one.example", kOne}) {
    Hosts hosts(2, origin == kOne);
    std::array<Queued, 3> all;
    EXPECT_TRUE(hosts.enter(all[0], origin));
    EXPECT_TRUE(hosts.enter(all[1], origin));
    EXPECT_FALSE(hosts.enter(all[2], origin));
    EXPECT_FALSE(all[0].host->multiplexes);
  }
}

TEST(Hosts, where_the_first_got_nowhere_the_others_do_not_try_one_by_one) {
  Hosts hosts(2, false);
  std::array<Queued, 5> all;
  for (Queued& one : all) hosts.enter(one, kOne);
  hosts.leave(all[0]);
  EXPECT_EQ(hosts.next(), &all[1]);
  EXPECT_EQ(hosts.next(), &all[2]);
  EXPECT_EQ(hosts.next(), nullptr);
  hosts.carry(all[1], true);
  EXPECT_EQ(hosts.next(), &all[3]) << "its connection carries the others";
}

// The connections may have been closed since, and the next one may be of another kind.
TEST(Hosts, one_asks_again_after_a_rest) {
  Hosts hosts(3, false);
  std::array<Queued, 3> all;
  EXPECT_TRUE(hosts.enter(all[0], kOne));
  hosts.carry(all[0], true);
  hosts.leave(all[0]);
  EXPECT_TRUE(hosts.enter(all[0], kOne));
  EXPECT_FALSE(hosts.enter(all[1], kOne));
  EXPECT_FALSE(hosts.enter(all[2], kOne));
  hosts.carry(all[0], false);
  EXPECT_EQ(hosts.next(), &all[1]);
  EXPECT_EQ(hosts.next(), &all[2]);
}

TEST(Hosts, http1_has_room_for_as_many_as_there_are_connections) {
  Hosts hosts(2, true);
  std::array<Queued, 5> all;
  EXPECT_TRUE(hosts.enter(all[0], kOne));
  EXPECT_TRUE(hosts.enter(all[1], kOne));
  for (size_t i = 2; i < all.size(); ++i) EXPECT_FALSE(hosts.enter(all[i], kOne));
  EXPECT_EQ(hosts.next(), nullptr);
  hosts.carry(all[0], false);
  hosts.carry(all[1], false);
  EXPECT_FALSE(hosts.has_next()) << "the connections are busy";
  hosts.leave(all[1]);
  EXPECT_TRUE(hosts.has_next());
  EXPECT_EQ(hosts.next(), &all[2]) << "the first that came";
  EXPECT_EQ(hosts.next(), nullptr);
}

TEST(Hosts, a_newcomer_waits_behind_those_that_wait) {
  Hosts hosts(1, false);
  std::array<Queued, 3> all;
  EXPECT_TRUE(hosts.enter(all[0], kOne));
  EXPECT_FALSE(hosts.enter(all[1], kOne));
  hosts.leave(all[0]);
  EXPECT_FALSE(hosts.enter(all[2], kOne));
  EXPECT_EQ(hosts.next(), &all[1]);
  hosts.leave(all[1]);
  EXPECT_EQ(hosts.next(), &all[2]);
}

TEST(Hosts, http2_has_room_while_requests_find_a_place) {
  Hosts hosts(2, false);
  std::array<Queued, 8> all;
  for (Queued& one : all) hosts.enter(one, kOne);
  hosts.carry(all[0], true);
  EXPECT_EQ(hosts.next(), &all[1]);
  EXPECT_EQ(hosts.next(), &all[2]) << "one stream is one more";
  EXPECT_EQ(hosts.next(), nullptr) << "two look for one";
  hosts.carry(all[1], true);
  hosts.carry(all[2], true);
  EXPECT_EQ(hosts.next(), &all[3]);
  EXPECT_EQ(hosts.next(), &all[4]);
  EXPECT_EQ(hosts.next(), nullptr);
  hosts.leave(all[0]);
  EXPECT_EQ(hosts.next(), nullptr) << "two still look for one";
  // The next connection speaks HTTP/1.1.
  hosts.carry(all[3], false);
  hosts.leave(all[1]);
  hosts.leave(all[2]);
  EXPECT_EQ(hosts.next(), nullptr);
  hosts.leave(all[3]);
  EXPECT_EQ(hosts.next(), &all[5]);
}

TEST(Hosts, a_busy_host_keeps_no_other_waiting) {
  Hosts hosts(1, false);
  std::array<Queued, 6> all;
  EXPECT_TRUE(hosts.enter(all[0], kOne));
  EXPECT_FALSE(hosts.enter(all[1], kOne));
  EXPECT_FALSE(hosts.enter(all[2], kOne));
  EXPECT_TRUE(hosts.enter(all[3], kTwo));
  EXPECT_FALSE(hosts.enter(all[4], kTwo));
  EXPECT_FALSE(hosts.enter(all[5], kTwo));
  hosts.leave(all[3]);
  EXPECT_EQ(hosts.next(), &all[4]);
  hosts.leave(all[4]);
  hosts.leave(all[0]);
  const Queued* first = hosts.next();
  const Queued* second = hosts.next();
  EXPECT_TRUE((first == &all[1] && second == &all[5]) || (first == &all[5] && second == &all[1]));
  EXPECT_NE(first->host, second->host);
}

TEST(Hosts, what_waits_may_leave) {
  Hosts hosts(1, false);
  std::array<Queued, 5> all;
  for (Queued& one : all) hosts.enter(one, kOne);
  hosts.leave(all[2]);
  hosts.leave(all[4]);
  hosts.leave(all[1]);
  hosts.leave(all[1]);
  EXPECT_EQ(all[1].at, At::home);
  hosts.leave(all[0]);
  EXPECT_EQ(hosts.next(), &all[3]);
  hosts.leave(all[3]);
  EXPECT_FALSE(hosts.has_next());
  EXPECT_TRUE(hosts.enter(all[4], kOne));
}

TEST(Hosts, a_request_that_is_sent_again_counts_once) {
  Hosts hosts(1, false);
  std::array<Queued, 3> all;
  for (Queued& one : all) hosts.enter(one, kOne);
  hosts.carry(all[0], false);
  hosts.carry(all[0], false);
  hosts.leave(all[0]);
  EXPECT_EQ(hosts.next(), &all[1]);
  EXPECT_EQ(hosts.next(), nullptr);
}

TEST(Hosts, many_that_come_and_go_are_forgotten) {
  Hosts hosts(1, false);
  std::array<Queued, 3> all;
  EXPECT_TRUE(hosts.enter(all[0], kOne));
  EXPECT_FALSE(hosts.enter(all[1], kOne));
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(hosts.enter(all[2], "https://" + std::to_string(i) + ".example"));
    hosts.leave(all[2]);
  }
  EXPECT_LE(hosts.count(), 16U);
  hosts.leave(all[0]);
  EXPECT_EQ(hosts.next(), &all[1]) << "a host with requests stays";
}

// Against a plain model, with hosts that come and go by the dozen.
TEST(Hosts, any_order_of_calls) {
  std::mt19937 random(12);
  const auto below = [&](size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random); };
  struct Modelled {
    std::deque<Queued*> waiting;
    std::vector<Queued*> inside;
    std::map<Queued*, bool> carried;
    bool multiplexes = false;
  };
  for (int round = 0; round < 200; ++round) {
    const size_t connections = 1 + below(4);
    const bool http_1_only = below(4) == 0;
    Hosts hosts(connections, http_1_only);
    std::vector<Queued> all(60);
    std::map<std::string, Modelled> model;
    std::map<Queued*, std::string> where;
    const auto has_room = [&](const Modelled& host) {
      const size_t seeking = host.inside.size() - host.carried.size();
      if (!host.multiplexes) return host.inside.size() < connections;
      return seeking < (host.carried.empty() ? 1 : connections);
    };
    for (int step = 0; step < 600; ++step) {
      Queued* one = &all[below(all.size())];
      switch (below(4)) {
        case 0: {
          if (where.contains(one)) break;
          const std::string name = "https://" + std::to_string(below(2) == 0 ? 0 : below(40)) + ".example";
          Modelled& host = model[name];
          // One without requests may have been forgotten.
          if (host.inside.empty() && host.waiting.empty()) host.multiplexes = !http_1_only;
          const bool begins = host.waiting.empty() && has_room(host);
          ASSERT_EQ(hosts.enter(*one, name), begins);
          where[one] = name;
          (one->at == At::waits) ? host.waiting.push_back(one) : host.inside.push_back(one);
          host.multiplexes = one->host->multiplexes;
          break;
        }
        case 1: {
          if (!where.contains(one)) break;
          Modelled& host = model[where[one]];
          std::erase(host.waiting, one);
          std::erase(host.inside, one);
          if (one->at == At::seeks && host.carried.empty()) host.multiplexes = false;
          host.carried.erase(one);
          where.erase(one);
          hosts.leave(*one);
          break;
        }
        case 2: {
          if (!where.contains(one) || one->at == At::waits) break;
          Modelled& host = model[where[one]];
          host.multiplexes = below(2) == 0;
          host.carried[one] = true;
          hosts.carry(*one, host.multiplexes);
          break;
        }
        default: {
          const bool any = std::any_of(model.begin(), model.end(),
                                       [&](const auto& of) { return !of.second.waiting.empty() && has_room(of.second); });
          ASSERT_EQ(hosts.has_next(), any);
          Queued* next = hosts.next();
          ASSERT_EQ(next != nullptr, any);
          if (next == nullptr) break;
          Modelled& host = model[where[next]];
          ASSERT_TRUE(has_room(host));
          ASSERT_EQ(host.waiting.front(), next) << "in the order in which they came";
          host.waiting.pop_front();
          host.inside.push_back(next);
          break;
        }
      }
    }
  }
}

}  // namespace
}  // namespace hlid
