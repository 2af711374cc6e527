// Whose turn it is to fetch what all flows of an app need: one fetches, the others wait. Used under its owner's lock.
#pragma once

#include <cstdint>

namespace hlid {

class FetchTurn {
 public:
  // The number of the new holder; 0 while another one holds it. One that has held it for `lasts_ms` was left behind by its host
  // and no longer holds the others up. A clock that was set back counts as one that went on.
  uint64_t take(int64_t now_ms, int64_t lasts_ms) {
    if (taken_ && now_ms - since_ms_ < lasts_ms && since_ms_ - now_ms < lasts_ms) return 0;
    taken_ = true;
    since_ms_ = now_ms;
    return ++holder_;
  }
  // Of one that no longer holds it: nothing.
  void give_back(uint64_t holder) {
    if (holder == holder_) taken_ = false;
  }

 private:
  bool taken_ = false;
  int64_t since_ms_ = 0;
  uint64_t holder_ = 0;
};

}  // namespace hlid
