// The site's key set, kept in one place for all flows of an app: fetched when a token's signature is checked, and again when a
// token names a key that is not in it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/error.h"
#include "jose/jwks.h"

namespace hlid {

// Safe from every thread; nothing slow happens inside. One flow fetches, the others wait.
class KeyCache {
 public:
  enum class Turn { mine, others, too_soon };
  struct Look {
    Turn turn = Turn::others;
    // With `mine`: the flow that holds this fetches. If it ends without store(), or holds it for longer than `lease_ms`, the next
    // flow that looks fetches.
    std::shared_ptr<void> lease;
    // With `too_soon`: when a set may be fetched again.
    int64_t due_ms = 0;
    // With `others`: that fetching failed while the caller waited for it.
    std::optional<Error> failure;
  };
  KeyCache();
  ~KeyCache();
  KeyCache(const KeyCache&) = delete;
  KeyCache& operator=(const KeyCache&) = delete;

  // Null: none was fetched, or the last one is older than an hour.
  [[nodiscard]] std::shared_ptr<const Jwks> kept(int64_t now_ms) const;
  // Which flow's turn it is to fetch, where `seen`, what kept() gave the caller, is not enough. `too_soon`: one was
  // fetched again less than a minute ago. `waiting_since_ms`: when the caller began to wait, or absent.
  Look take_turn(const Jwks* seen, int64_t now_ms, int64_t lease_ms, std::optional<int64_t> waiting_since_ms);
  void store(std::shared_ptr<const Jwks> keys, int64_t now_ms);
  // Reaches every flow that waits. Another may fetch at once: no set came.
  void fail(const Error& error, int64_t now_ms);

 private:
  struct Held;
  std::shared_ptr<Held> held_;
};

}  // namespace hlid
