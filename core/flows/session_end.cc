// A session's end: forgotten first, and revoked then. What is forgotten stays in the record until it is revoked, with the state
// `ended`, which no other call uses: a revocation that failed is tried again by the same call.
#include "base/limits.h"
#include "flows/parts/revoke.h"
#include "flows/parts/session.h"
#include "flows/parts/session_store.h"
#include "flows/registry.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

enum State : uint8_t { kLoad, kLock, kPause, kReload, kAgain, kForget, kRevoking, kErase, kUnlock, kDone };

constexpr ValueSpec kParameters[] = {kSessionKeyParameter};
constexpr FieldSpec kFields[] = {
    {"revoked", ValueKind::flag, false, "true where tokens were revoked; false where there was nothing to revoke.", true},
};
constexpr ResultSpec kSessionEnd = {"SessionEnd", "The session is over.", kFields};

constexpr SlotSpec kRevoked{"revoked", InTicket::never, true};  // which token has been
constexpr int64_t kMaxRounds = 16;

constexpr RequestSpec kRevokeRequest = with_errors(kRevoke, kSessionErrors);

bool is_over(const std::optional<Record>& record) {
  return !record || (record->state() == record_state::kEnded && !record->has("access_token") && !record->has("refresh_token"));
}

Next<kLock, kDone> loaded(Context& flow) {
  drop_session_cache(flow);
  auto record = read_loaded(flow);
  // Another app's, or sealed with a key that is gone: the one that can read it can end it.
  if (!record) return std::move(record).error();
  if (!is_over(*record)) return to<kLock>;
  flow.result.set("revoked", "false");
  return to<kDone>;
}

Next<kDone> not_loaded(Context& flow) { return std::move(*flow.failure); }

// A refresh that is under way brings the token that is to be revoked. One that takes too long finds the session ended, and
// revokes what it got.
Next<kPause, kReload> not_locked(Context& flow) {
  if (flow.number(kWaited) < flow.timeout_ms / 2) return to<kPause>;
  return to<kReload>;
}

Result<void> pause(Context& flow) { return wait_more(flow, kWaited, flow.timeout_ms / 2); }

Next<kForget, kUnlock> reloaded(Context& flow) {
  auto record = read_loaded(flow);
  if (!record) {
    flow.verdict = std::move(record).error();
    return to<kUnlock>;
  }
  flow.keep_number(kRounds, flow.number(kRounds) + 1);
  if (is_over(*record) || flow.number(kRounds) > kMaxRounds) {
    if (!is_over(*record)) flow.verdict = why_not_saved(flow);
    return to<kUnlock>;
  }
  Record next = (*record)->clone();
  next.set("state", record_state::kEnded);
  if (auto good = propose(flow, next); !good) {
    flow.verdict = std::move(good).error();
    return to<kUnlock>;
  }
  return to<kForget>;
}

Next<kAgain, kUnlock> look_again(Context& flow) {
  note_fault(flow);
  if (flow.number(kHeld) < flow.timeout_ms) return to<kAgain>;
  flow.verdict = std::move(*flow.failure);
  return to<kUnlock>;
}

Result<void> hold(Context& flow) { return wait_more(flow, kHeld, flow.timeout_ms); }

// The refresh token first: it could get a new access token.
const char* next_to_revoke(const Context& flow, const Record& record) {
  const std::string_view done = flow.slot(kRevoked);
  if (done.empty() && record.has("refresh_token")) return "refresh_token";
  return done != "access_token" && record.has("access_token") ? "access_token" : nullptr;
}

Next<kRevoking, kErase> forgotten(Context& flow) {
  adopt_saved(flow);
  if (next_to_revoke(flow, *found_record(flow)) == nullptr) return to<kErase>;
  return to<kRevoking>;
}

Result<void> revoke(Context& flow) {
  const auto record = found_record(flow);
  const std::string_view token = record->get(next_to_revoke(flow, *record));
  fill_revoke(flow, token, guest_uvid_of(token).value_or(""));
  return {};
}

Next<kRevoking, kErase> revoked(Context& flow) {
  if (auto read = read_revoked(flow, true); !read) return std::move(read).error();
  const auto record = found_record(flow);
  flow.keep(kRevoked, next_to_revoke(flow, *record));
  if (next_to_revoke(flow, *record) == nullptr) return to<kErase>;
  return to<kRevoking>;
}

// No process uses the session any more; the tokens are still valid.
Next<kUnlock> not_revoked(Context& flow) {
  Error error = std::move(*flow.failure);
  error.edit().message += "; the session is forgotten, and its tokens are not revoked: end it again";
  flow.verdict = std::move(error);
  return to<kUnlock>;
}

Next<kDone> unlocked(Context& flow) {
  if (flow.verdict) return std::move(*flow.verdict);
  flow.result.set("revoked", flow.has(kRevoked) ? "true" : "false");
  return to<kDone>;
}

constexpr StateSpec kStates[] = {
    store_state("load", StoreOperation::load, fill_load),
    store_state("lock", StoreOperation::lock, fill_lock),
    wait_state("pause", pause),
    store_state("reload", StoreOperation::load, fill_load),
    wait_state("again", hold),
    store_state("forget", StoreOperation::save, fill_save),
    send_state("revoke", kRevokeRequest, revoke),
    store_state("erase", StoreOperation::erase, fill_erase),
    store_state("unlock", StoreOperation::unlock, fill_unlock),
    done_state(),
};
constexpr Row kRows[] = {
    on<loaded>(kLoad, Event::loaded),
    on<not_loaded>(kLoad, Event::failed),
    go(kLock, Event::stored, kReload),
    on<not_locked>(kLock, Event::not_stored),
    go(kLock, Event::failed, kReload),
    go(kPause, Event::time, kLock),
    on<reloaded>(kReload, Event::loaded),
    on<look_again>(kReload, Event::failed),
    go(kAgain, Event::time, kReload),
    on<forgotten>(kForget, Event::stored),
    go(kForget, Event::not_stored, kReload),
    on<look_again>(kForget, Event::failed),
    on<revoked>(kRevoking, Event::response),
    on<not_revoked>(kRevoking, Event::failed),
    // Where it is not erased it is still of no use, and the store drops it in its time.
    go(kErase, Event::stored, kUnlock),
    go(kErase, Event::not_stored, kUnlock),
    go(kErase, Event::failed, kUnlock),
    on<unlocked>(kUnlock, Event::stored),
    on<unlocked>(kUnlock, Event::not_stored),
    on<unlocked>(kUnlock, Event::failed),
};
static_assert(well_formed(kStates, kRows));

}  // namespace

constexpr FlowSpec flows::session_end = {
    .name = "session_end",
    .verb = "session_end",
    .summary = "Ends a session: forgotten by every process first, and its tokens revoked then.",
    .description = "Where the tokens cannot be revoked the flow fails, and says so; the same call tries again.",
    .source = "RFC 7009",
    .parameters = kParameters,
    .hosts = kEveryHost,
    .result = &kSessionEnd,
    .errors = &kSessionErrors,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
