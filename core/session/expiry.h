// When a session's access token ends, and when to refresh it.
#pragma once

#include <cstdint>

#include "oauth/app.h"
#include "oauth/session_memory.h"
#include "session/record.h"

namespace hlid {

// Notes in the record when the token that it holds came, and when it is due. A token that says when it ends (the `exp` of a JWT,
// expires_in) is due shortly before, one that does not after what was learnt from the rejected ones of this app, and never where
// nothing was learnt: its first rejection says. The jitter goes into the record, so that sessions that began together are not due
// together, and all processes agree about one.
void note_expiry(const App& app, int64_t now_ms, Record& record);

SessionCache::Times times_of(const Record& record);

// An API rejected the token: what is learnt of it, where it did not say when it ends.
void learn_from_rejection(const App& app, int64_t now_ms, const Record& record);
// It was refreshed before that happened.
void learn_from_refresh(const App& app, int64_t now_ms, const Record& record);

}  // namespace hlid
