// What an app's process remembers of the sessions that it keeps in a store: the lifetime that their tokens were seen to have,
// which refresh tokens it has sent, and what it could not save. Nothing of it is needed; all of it saves a session somewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace hlid {

// Safe from every thread; nothing slow happens inside.
class SessionMemory {
 public:
  SessionMemory();
  ~SessionMemory();
  SessionMemory(const SessionMemory&) = delete;
  SessionMemory& operator=(const SessionMemory&) = delete;

  // The lifetime of access tokens that say nothing of their end; 0: not known. Learnt where one was rejected at this age, and
  // grown by a tenth each time that one was refreshed before that happened.
  [[nodiscard]] int64_t token_lifetime_ms() const;
  void rejected_at_age(int64_t age_ms);
  void outlived();

  // Refresh tokens, as digests. A store that gives back an old record does not have one sent again.
  // Counts this token as sent, unless it has been `limit` times already.
  bool send(std::string_view refresh_token, int limit);
  // The server has not used it: nothing was sent, or it said so.
  void take_back(std::string_view refresh_token);
  // The server has replaced it.
  void spend(std::string_view refresh_token);
  // It is still valid after a use: the org does not rotate.
  void keep(std::string_view refresh_token);

  // What a flow has to save, and its store would not have, in place of the version that only this flow could write.
  struct Unsaved {
    std::string version;
    Secret record;
  };
  void put_unsaved(std::string_view in_place_of, Unsaved what);
  std::optional<Unsaved> take_unsaved(std::string_view in_place_of);

 private:
  struct Held;
  std::unique_ptr<Held> held_;
};

// The access token of one session as a process has last seen it.
class SessionCache {
 public:
  struct Times {
    int64_t ends_ms = 0;      // 0: not known
    int64_t due_ms = 0;       // when to refresh it; 0: not known
    int64_t received_ms = 0;  // when it came
  };
  SessionCache();
  ~SessionCache();
  SessionCache(const SessionCache&) = delete;
  SessionCache& operator=(const SessionCache&) = delete;

  // Copies the token, if it fits, and returns its size; 0: a flow must look. `cache_ms`: how long it is used after the last look
  // at the store. `min_ttl_ms` below 0: also a token that is due, if it lasts for that time.
  size_t copy(int64_t now_ms, int64_t min_ttl_ms, int64_t cache_ms, char* out, size_t capacity) const;
  void put(std::string_view access_token, const Times& times, int64_t looked_ms);
  // The session is over, or its token was rejected.
  void drop();
  // The token while it lasts, however long ago the store was asked: for when the store is away.
  [[nodiscard]] Secret last(int64_t now_ms, int64_t min_ttl_ms, Times& times) const;

 private:
  struct Held;
  std::unique_ptr<Held> held_;
};

// Whether a token that ends at this time lasts for the time that was asked for. One whose whole life is shorter than twice that
// needs only half of it left: else it would be refreshed at each call.
bool lasts(const SessionCache::Times& times, int64_t now_ms, int64_t min_ttl_ms);
inline bool is_due(const SessionCache::Times& times, int64_t now_ms) { return times.due_ms != 0 && now_ms >= times.due_ms; }

}  // namespace hlid
