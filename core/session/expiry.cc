#include "session/expiry.h"

#include <algorithm>

#include "base/limits.h"
#include "crypto/random.h"

namespace hlid {
namespace {

constexpr char kReceived[] = "received_ms";
constexpr char kDue[] = "refresh_at_ms";
constexpr char kEnds[] = "expires_at_ms";

}  // namespace

void note_expiry(const App& app, int64_t now_ms, Record& record) {
  record.set_number(kReceived, now_ms);
  const int64_t says = record.number(kEnds);
  const int64_t lifetime_ms = says != 0 ? says - now_ms : app.session_memory->token_lifetime_ms();
  if (says == 0 && lifetime_ms == 0) return record.set_number(kDue, 0);
  // Between one and two tenths of its life before its end, and at most ten minutes. One that ended before it came, by a clock
  // that is ahead, is due at once.
  const int64_t early = std::clamp<int64_t>(lifetime_ms / 10, 0, kMaxEarlyMs);
  record.set_number(kDue, std::max<int64_t>(1, now_ms + lifetime_ms - early - random_up_to(early)));
}

SessionCache::Times times_of(const Record& record) {
  return {.ends_ms = record.number(kEnds), .due_ms = record.number(kDue), .received_ms = record.number(kReceived)};
}

void learn_from_rejection(const App& app, int64_t now_ms, const Record& record) {
  if (record.has(kEnds) || !record.has(kReceived)) return;
  const int64_t age_ms = now_ms - record.number(kReceived);
  // Younger than any org's shortest lifetime: it was revoked.
  if (age_ms >= kTokenLifetimeFloorMs) app.session_memory->rejected_at_age(age_ms);
}

void learn_from_refresh(const App& app, int64_t now_ms, const Record& record) {
  const int64_t due_ms = record.number(kDue);
  if (!record.has(kEnds) && due_ms != 0 && now_ms >= due_ms) app.session_memory->outlived();
}

}  // namespace hlid
