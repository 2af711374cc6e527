#include "flows/parts/session_use.h"

#include <string>

#include "base/text.h"
#include "flows/parts/session_store.h"

namespace hlid {

namespace state = record_state;

namespace {
constexpr int64_t kMaxTries = 2;  // of a token under the mark of a process that does not come back

bool is_renewable(const Record& record) { return record.is_guest() || record.has("refresh_token"); }

bool is_fresh(const Context& flow, const Record& record) {
  return has_token_for(flow, record, min_ttl_ms(flow)) && !is_due(times_of(record), flow.now_ms);
}

}  // namespace

int64_t min_ttl_ms(const Context& flow) { return read_decimal(flow.parameter("min_ttl_ms").value_or("")).value_or(0); }

bool is_rejected(const Context& flow, const Record& record) {
  const auto rejected = flow.parameter("access_token");
  return rejected && *rejected == record.get("access_token");
}

bool has_token_for(const Context& flow, const Record& record, int64_t ttl_ms) {
  return record.state() != state::kEnded && record.has("access_token") && !record.has("is_rejected") &&
         !is_rejected(flow, record) && lasts(times_of(record), flow.now_ms, ttl_ms);
}

bool may_try_again(const Context& flow, const Record& record) {
  return record.get("rotates") == "false" || (flow.app.retry_lost_refresh && record.number("tries") < kMaxTries);
}

Error lost_rotation(const Record& record) {
  const int64_t sent_ms = record.number(record.has("since_ms") ? "since_ms" : "unsure_ms");
  return Error::refused("rotation_lost", join({"the session's refresh token was sent at ", utc_time(sent_ms),
                                               ", and the tokens that it may have brought were not saved"}))
      .advise(Advice::sign_in_again)
      .outcome_unknown();
}

void conclude(Context& flow, const std::optional<Record>& record, Error why) {
  if (!record || !has_token_for(flow, *record, 0)) {
    flow.result = FlowResult();
    flow.verdict = std::move(why);
    return;
  }
  flow.verdict.reset();
  take_session(flow, *record);
  flow.result.set("refresh_failure", why.data().reason);
}
void conclude(Context& flow, Error why) { conclude(flow, found_record(flow), std::move(why)); }

bool has_concluded(const Context& flow) { return flow.verdict || !flow.result.values().empty(); }

std::optional<Error> why_useless(Context& flow, const std::optional<Record>& record) {
  const bool wants_guest = flow.has(kWantsGuest);
  if (!record || record->state() == state::kEnded) {
    drop_session_cache(flow);
    if (wants_guest) return std::nullopt;
    return record ? session_ended("the session is over") : no_session();
  }
  if (wants_guest && !record->is_guest()) {
    return Error::state("named_session", "the store has a signed-in user's session under this key");
  }
  // What cannot be renewed is good until it ends.
  if (!is_renewable(*record) && !has_token_for(flow, *record, 0)) {
    drop_session_cache(flow);
    return session_ended("the session's access token has expired, and it has no refresh token");
  }
  return std::nullopt;
}

bool is_enough(const Context& flow, const Record& record) {
  if (record.state() == state::kEnded) return false;
  return is_fresh(flow, record) || (!is_renewable(record) && has_token_for(flow, record, 0));
}

}  // namespace hlid
