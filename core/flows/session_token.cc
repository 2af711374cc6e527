// A session's access token: the one in the store, or a new one, had once among all processes.
//
// What keeps a refresh token from being sent twice is the version of the record, not the lock. The process that is to send it
// first saves the record as `refreshing`, only if the version is still the one that it has read; of several that try one
// succeeds, and only that one sends. No record goes back to `settled` with the same refresh token but by the one that sent it.
// The lock spares the others the attempt: they wait, and take what came. So it does no harm that a lock's time ends while its
// owner is paused, nor that clocks jump.
//
// An owner that learns nothing of use (a time-out, a 504, a page in between) puts the record back, with the time of that use: no
// one else can have what came. A later use then either succeeds, or is refused, which says that the first one had counted.
// Nothing is lost by it that was not lost before.
//
// An owner that does not come back (a crash) leaves `refreshing`: what came of the token is unknown, and the owner may only be
// paused: its result is still good, because the version that it saves in place of is still there. A second use would, with
// rotation, have the server end the family of tokens that the first may have made. So a process that finds the record so reports
// rotation_lost and leaves it as it is. With the setting retry_lost_refresh, or where the org is known not to rotate, the token
// is tried a second time, under a new version. The paused owner's save then fails. Its tokens are dropped and not revoked: they
// are of the family that the second use has either replaced, or ended; a revocation could do no more than take the winner's away.
// It takes what the store has. Where the store has the session no longer, or another one, which began meanwhile, they are of no
// family that is in use, and would outlive the sign-out: they are revoked.
//
// New tokens, and the word that the server did not use the old one, are worth a session: their save is repeated for as long as
// the lock lasts, and then kept in this process for the next flow that finds the record.
#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/random.h"
#include "crypto/uuid.h"
#include "flows/parts/guest.h"
#include "flows/parts/refresh.h"
#include "flows/parts/revoke.h"
#include "flows/parts/session.h"
#include "flows/parts/session_store.h"
#include "flows/parts/session_use.h"
#include "flows/registry.h"
#include "oauth/token_response.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

namespace state = record_state;

enum State : uint8_t {
  kLoad,
  kLock,
  kPause,
  kReload,
  kAgain,
  kMark,
  kRefresh,
  kBusy,
  kVisit,
  kVisitToken,
  kKeep,
  kAskEnd,
  kKeepEnd,
  kHold,
  kLook,
  kRevokeStray,
  kUnlock,
  kDone
};

constexpr ValueSpec kMinTtl = {
    .name = "min_ttl_ms",
    .kind = ValueKind::integer,
    .min = 0,
    .max = kMaxTokenLifetimeMs,
    .doc = "How long the token must last, in milliseconds; of a token with a shorter life, half of it.",
    .default_text = "0",
    .in_ticket = InTicket::never};
constexpr ValueSpec kTokenParameters[] = {kSessionKeyParameter, kMinTtl};
constexpr ValueSpec kGuestParameters[] = {kSessionKeyParameter, kMinTtl, kScopeParameter};
constexpr ValueSpec kRejectedParameters[] = {
    kSessionKeyParameter,
    kMinTtl,
    {.name = "access_token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "The token that an API has rejected. It is replaced, unless that has been done already.",
     .is_token = true,
     .in_ticket = InTicket::never}};

constexpr SlotSpec kBusyTimes{"busy", InTicket::never, true};   // how often the server was about this token already
constexpr SlotSpec kCounted{"counted", InTicket::never, true};  // this process's memory knows of the present use
constexpr SlotSpec kBefore{"before"};                           // the record before this flow's mark
constexpr SlotSpec kStray{"stray"};                             // a new refresh token that found no record
constexpr SlotSpec kRecovered{"recovered", InTicket::never, true};

constexpr int64_t kMaxRounds = 12;
constexpr int64_t kMaxBusyTimes = 3;
constexpr int64_t kBusyMs = 500;

constexpr auto kRefreshDiagnoses = refresh_diagnoses("");
constexpr ErrorSpec kErrors{.diagnoses = kRefreshDiagnoses, .is_headless = false, .unreadable = Advice::retry_later};

constexpr RequestSpec kAuthorizeRequest = with_errors(kAuthorize, kGuestErrors);
constexpr RequestSpec kVisitRequest = with_errors(kGuestTokenRequest, kGuestErrors);
constexpr RequestSpec kRevokeRequest = with_errors(kRevoke, kSessionErrors);

// ---- without the lock

Next<kLock, kDone> loaded(Context& flow) {
  auto record = read_loaded(flow);
  if (!record) return std::move(record).error();
  if (auto why = why_useless(flow, *record)) return std::move(*why);
  if (!*record) return to<kLock>;
  if (is_rejected(flow, **record)) {
    drop_session_cache(flow);
    learn_from_rejection(flow.app, flow.now_ms, **record);
  }
  if (!is_enough(flow, **record)) return to<kLock>;
  if (flow.has(kWaited)) flow.refreshed_by = "another";
  take_session(flow, **record);
  return to<kDone>;
}

// The store is away. What this process has seen last is good while it lasts.
Next<kDone> not_loaded(Context& flow) {
  SessionCache::Times times;
  const bool may = flow.session_cache && !flow.parameter("access_token");
  const Secret token = may ? flow.session_cache->last(flow.now_ms, 0, times) : Secret();
  if (token.empty()) return std::move(*flow.failure);
  flow.result.set("access_token", token.view());
  if (times.ends_ms != 0) flow.result.set("expires_at_ms", std::to_string(times.ends_ms));
  flow.result.set("refreshed", "false");
  flow.result.set("refresh_failure", flow.failure->data().reason);
  return to<kDone>;
}

// Another refreshes it. There is no need to wait for what is still good.
Next<kPause, kDone> not_locked(Context& flow) {
  const auto record = found_record(flow);
  const bool good = record && has_token_for(flow, *record, min_ttl_ms(flow));
  if (!good && flow.number(kWaited) < flow.timeout_ms) return to<kPause>;
  conclude(flow, record,
           Error::transport("session_busy", "timed out waiting for another process to refresh the session")
               .advise(Advice::retry_later));
  if (flow.verdict) return std::move(*flow.verdict);
  if (good) flow.result.remove("refresh_failure");
  return to<kDone>;
}

Result<void> pause(Context& flow) { return wait_more(flow, kWaited, flow.timeout_ms); }

// The lock may be held anyway.
Next<kUnlock> lock_failed(Context& flow) {
  conclude(flow, std::move(*flow.failure));
  return to<kUnlock>;
}

// ---- with the lock

Result<void> propose_mark(Context& flow, const Record& record) {
  flow.keep(kBefore, record.pack());
  Record next = record.clone();
  next.set("state", state::kRefreshing);
  next.set("owner", flow.slot(kStoreOwner));
  next.set_number("since_ms", flow.now_ms);
  next.set_number("tries", record.number("tries") + 1);
  return propose(flow, next);
}

// The visitor of the guest's session that is to be renewed, or a new one.
Result<void> keep_guest(Context& flow, const std::optional<Record>& record) {
  const bool goes_on = record && record->state() != state::kEnded;
  std::string uvid(goes_on ? record->get("uvid") : std::string_view());
  if (uvid.empty()) {
    auto made = make_uuid_v4();
    if (!made) return std::move(made).error();
    uvid = *made;
  }
  flow.keep(kUvid, uvid);
  const std::string_view token = goes_on && record->is_guest() ? record->get("access_token") : std::string_view();
  const bool proves = !token.empty() && !is_rejected(flow, *record) && is_guest_token_good(token, flow.now_ms);
  flow.keep(kGuestToken, proves ? token : std::string_view());
  return {};
}

Next<kUnlock> conclude_with(Context& flow, Error why) {
  conclude(flow, std::move(why));
  return to<kUnlock>;
}

// The record as it is under the lock: the first time, after a save of which it is not known whether it took place, and after a
// wait.
Next<kMark, kRefresh, kVisit, kKeep, kUnlock> reloaded(Context& flow) {
  auto loaded = read_loaded(flow);
  if (!loaded) return conclude_with(flow, std::move(loaded).error());
  const std::optional<Record>& record = *loaded;
  flow.keep_number(kRounds, flow.number(kRounds) + 1);
  if (flow.number(kRounds) > kMaxRounds) return conclude_with(flow, why_not_saved(flow));
  if (auto why = why_useless(flow, record)) {
    flow.verdict = std::move(*why);
    return to<kUnlock>;
  }
  if (record) {
    // What an earlier flow of this process got, and could not save.
    if (auto unsaved = flow.app.session_memory->take_unsaved(flow.slot(kStoreVersion))) {
      flow.keep(kNextVersion, unsaved->version);
      flow.keep(kNextRecord, std::move(unsaved->record));
      flow.keep(kRecovered, "true");
      return to<kKeep>;
    }
    const bool is_marked = record->state() == state::kRefreshing;
    const bool is_own = is_marked && record->get("owner") == flow.slot(kStoreOwner);
    // The mark was saved, and nothing has been sent under it, or the server has not used it.
    if (is_own) return to<kRefresh>;
    if (is_enough(flow, *record)) {
      flow.refreshed_by = "another";
      take_session(flow, *record);
      return to<kUnlock>;
    }
    if (!record->is_guest() && record->state() != state::kEnded) {
      if (is_marked && !may_try_again(flow, *record)) return conclude_with(flow, lost_rotation(*record));
      if (auto good = propose_mark(flow, *record); !good) return conclude_with(flow, std::move(good).error());
      return to<kMark>;
    }
  }
  if (auto good = keep_guest(flow, record); !good) return conclude_with(flow, std::move(good).error());
  return to<kVisit>;
}

// What the store says to a load or a mark is not known: after a moment the record says.
Next<kAgain, kUnlock> look_again(Context& flow) {
  note_fault(flow);
  flow.keep_number(kRounds, flow.number(kRounds) + 1);
  if (flow.number(kRounds) <= kMaxRounds && flow.number(kHeld) < flow.timeout_ms) return to<kAgain>;
  return conclude_with(flow, std::move(*flow.failure));
}

Result<void> hold(Context& flow) { return wait_more(flow, kHeld, flow.timeout_ms + kLockMarginMs); }

Next<kRefresh> marked(Context& flow) {
  adopt_saved(flow);
  return to<kRefresh>;
}

Result<void> refresh(Context& flow) {
  const auto record = found_record(flow);
  const std::string_view token = record ? record->get("refresh_token") : std::string_view();
  // By what the store says this is the first use; this process may know better.
  if (!flow.has(kCounted)) {
    if (token.empty() || !flow.app.session_memory->send(token, static_cast<int>(record->number("tries"))))
      return store_conflict();
    flow.keep(kCounted, "true");
  }
  FormWriter form = form_of(flow);
  form.add("grant_type", "refresh_token");
  form.add_secret("refresh_token", token);
  return {};
}

// Into the record, what a token response brought.
Result<void> note_tokens(Context& flow, Record& record, bool is_guest) {
  constexpr const char* kOfEachToken[] = {"access_token",  "token_type", "token_format",     "issued_at_ms",
                                          "expires_at_ms", "uvid_carry", "uvid_carry_reason"};
  constexpr const char* kOfTheSession[] = {"scope", "instance_url", "id", "site_url", "site_id"};
  auto carried = read_carry(flow.result.get("access_token"), record.get("uvid"), is_guest, false, *flow.app.reading, flow.result);
  for (const char* name : kOfEachToken) record.set(name, flow.result.get(name));
  for (const char* name : kOfTheSession) {
    if (const auto value = flow.result.get(name); !value.empty()) record.set(name, value);
  }
  if (!carried) record.set("access_token", "");
  for (const char* name : {"owner", "since_ms", "tries", "unsure_ms", "is_rejected"}) record.set(name, "");
  record.set("state", state::kSettled);
  record.set_number("generation", record.number("generation") + 1);
  note_expiry(flow.app, flow.now_ms, record);
  flow.result = FlowResult();
  return carried;
}

// The refresh token first, whatever is wrong with the access token that came with it.
Next<kKeep> refreshed(Context& flow) {
  if (auto read = read_token_response(flow.response, flow.app, flow.refusal(), flow.now_ms, flow.result); !read)
    return std::move(read).error();
  const auto before = found_record(flow);
  Record next = before->clone();
  const std::string_view old_token = before->get("refresh_token");
  const Secret new_token(flow.result.get("refresh_token"));
  const bool rotates = !new_token.empty() && new_token.view() != old_token;
  learn_from_refresh(flow.app, flow.now_ms, *before);
  if (auto carried = note_tokens(flow, next, false); !carried) flow.verdict = std::move(carried).error();
  next.set("rotates", rotates ? "true" : "false");
  if (rotates) {
    flow.app.session_memory->spend(old_token);
    next.set("refresh_token", new_token.view());
    flow.keep(kStray, new_token.clone());
  } else {
    flow.app.session_memory->keep(old_token);
  }
  flow.forget(kCounted);
  if (auto good = propose(flow, next); !good) return std::move(good).error();
  return to<kKeep>;
}

// Only the server's word about this very token ends the session, and only while the record is still the one that was sent: that
// is what saving it in this one's place says.
bool is_end_of_session(const Error::Data& data) {
  return std::string_view(data.reason) == "refresh_refused" && data.server_code == "invalid_grant";
}

// The record as it was before the mark; but a token that an API rejects is handed out no more.
Record put_back(const Context& flow, const Record& before) {
  Record out = before.clone();
  if (is_rejected(flow, before)) out.set("is_rejected", "true");
  return out;
}

Next<kBusy, kKeep, kUnlock> not_refreshed(Context& flow) {
  Error error = std::move(*flow.failure);
  const auto record = found_record(flow);
  const auto before = Record::unpack(flow.slot(kBefore));
  if (!record || !before) return conclude_with(flow, std::move(error));
  const bool was_counted = flow.has(kCounted);
  flow.forget(kCounted);
  if (error.data().outcome_unknown) {
    // No other process can have what came. If the server has used the token, the session is lost, whatever happens now; if it has
    // not (a gateway's time-out, a page of something in between), the next use saves it. So an outage ends no session, and the
    // server's refusal of a later use says that this one was.
    Record next = put_back(flow, *before);
    next.set_number("tries", record->number("tries"));
    next.set_number("unsure_ms", record->number("since_ms"));
    error.edit().advice = Advice::retry_later;
    conclude(flow, before, std::move(error));
    if (auto good = propose(flow, next); !good) return conclude_with(flow, std::move(good).error());
    return to<kKeep>;
  }
  const bool ends = is_end_of_session(error.data());
  if (was_counted && !ends) flow.app.session_memory->take_back(record->get("refresh_token"));
  if (std::string_view(error.data().reason) == "refresh_in_progress" && flow.number(kBusyTimes) < kMaxBusyTimes) {
    flow.keep_number(kBusyTimes, flow.number(kBusyTimes) + 1);
    return to<kBusy>;
  }
  if (!ends) {
    error.edit().outcome_unknown = false;
    // As it was: the token has not been used.
    conclude(flow, before, std::move(error));
    if (auto good = propose(flow, put_back(flow, *before)); !good) return conclude_with(flow, std::move(good).error());
    return to<kKeep>;
  }
  drop_session_cache(flow);
  flow.result = FlowResult();
  if (record->number("tries") > 1) {
    flow.verdict = lost_rotation(*before);
  } else {
    error.edit().reason = "session_ended";
    flow.verdict = std::move(error);
  }
  Record next = record->clone();
  for (const char* name : {"access_token", "refresh_token", "id_token", "owner", "since_ms", "tries", "unsure_ms"})
    next.set(name, "");
  next.set("state", state::kEnded);
  if (auto good = propose(flow, next); !good) return to<kUnlock>;
  return to<kKeep>;
}

Result<void> pause_busy(Context& flow) {
  flow.wait_until_ms = flow.now_ms + kBusyMs + random_up_to(kBusyMs);
  return {};
}

// ---- a guest

Next<kVisitToken> authorized(Context& flow) {
  if (auto read = read_authorize(flow); !read) return std::move(read).error();
  return to<kVisitToken>;
}

Next<kKeep> visited(Context& flow) {
  const auto before = found_record(flow);
  const bool renews = before && before->is_guest() && before->state() != state::kEnded;
  Record next = renews ? before->clone() : Record();
  if (auto read = read_token(flow); !read) return std::move(read).error();
  if (!renews) {
    auto family = make_version();
    if (!family) return std::move(family).error();
    next.set("family", *family);
    next.set("kind", "guest");
    next.set_number("created_ms", flow.now_ms);
  }
  next.set("uvid", flow.slot(kUvid));
  if (auto carried = note_tokens(flow, next, true); !carried) return std::move(carried).error();
  if (auto good = propose(flow, next); !good) return std::move(good).error();
  return to<kKeep>;
}

Next<kUnlock> not_visited(Context& flow) { return conclude_with(flow, std::move(*flow.failure)); }

// ---- what came, into the store

Next<kReload, kAskEnd, kUnlock> kept(Context& flow) {
  adopt_saved(flow);
  if (flow.has(kRecovered)) {
    flow.forget(kRecovered);
    return to<kReload>;
  }
  if (has_concluded(flow)) return to<kUnlock>;
  take_session(flow, *found_record(flow));
  flow.refreshed_by = "this";
  flow.result.replace("refreshed", "true");
  if (wants_end(flow, *found_record(flow))) return to<kAskEnd>;
  return to<kUnlock>;
}

// The tokens are saved: whatever becomes of this, the session is well.
Next<kKeepEnd, kUnlock> told(Context& flow) {
  auto next = found_record(flow);
  if (!next || !read_end(flow, *next) || !propose(flow, *next)) return to<kUnlock>;
  return to<kKeepEnd>;
}

Next<kUnlock> end_kept(Context& flow) {
  adopt_saved(flow);
  take_session(flow, *found_record(flow));
  flow.result.replace("refreshed", "true");
  return to<kUnlock>;
}

// It cannot be said whether it is saved, and the time for finding out is over.
Next<kHold, kUnlock> not_kept(Context& flow) {
  note_fault(flow);
  if (flow.number(kHeld) < flow.timeout_ms + kLockMarginMs) return to<kHold>;
  if (flow.has(kStoreVersion)) {
    flow.app.session_memory->put_unsaved(flow.slot(kStoreVersion),
                                         {std::string(flow.slot(kNextVersion)), Secret(flow.slot(kNextRecord))});
  }
  if (!has_concluded(flow)) flow.verdict = std::move(*flow.failure);
  return to<kUnlock>;
}

// Another version is in the record's place: this flow's result has none.
Next<kRevokeStray, kUnlock> lose_place(Context& flow) {
  const auto own = next_record(flow);
  flow.result = FlowResult();
  flow.verdict.reset();
  auto theirs = read_loaded(flow);
  if (!theirs) {
    flow.verdict = std::move(theirs).error();
    return to<kUnlock>;
  }
  const bool is_there = *theirs && (*theirs)->state() != state::kEnded;
  const bool same_family = is_there && own && (*theirs)->get("family") == own->get("family");
  if (is_there && has_token_for(flow, **theirs, 0)) {
    flow.refreshed_by = "another";
    take_session(flow, **theirs);
  } else if (is_there) {
    flow.verdict = Error::transport("session_busy", "another process has taken the session over").advise(Advice::retry_later);
  } else {
    drop_session_cache(flow);
    flow.verdict = *theirs ? session_ended("the session is over") : no_session();
  }
  if (flow.has(kStray) && !same_family) return to<kRevokeStray>;
  return to<kUnlock>;
}

Next<kReload, kKeep, kAskEnd, kHold, kRevokeStray, kUnlock> looked(Context& flow) {
  const Stored& stored = *flow.stored;
  const std::string_view there = stored.found ? std::string_view(stored.version) : std::string_view();
  if (stored.found && there == flow.slot(kNextVersion)) return kept(flow);
  if (there != flow.slot(kStoreVersion)) return lose_place(flow);
  // A store that has the right version, and does not save, or says that it cannot.
  flow.keep_number(kRounds, flow.number(kRounds) + 1);
  if (flow.number(kRounds) <= 2 * kMaxRounds) return to<kKeep>;
  flow.failure = why_not_saved(flow);
  return not_kept(flow);
}

Result<void> revoke_stray(Context& flow) {
  fill_revoke(flow, flow.slot(kStray), "");
  return {};
}

Next<kDone> unlocked(Context& flow) {
  if (flow.verdict) return std::move(*flow.verdict);
  return to<kDone>;
}

constexpr StateSpec kStates[] = {
    store_state("load", StoreOperation::load, fill_load),
    store_state("lock", StoreOperation::lock, fill_lock),
    wait_state("pause", pause),
    store_state("reload", StoreOperation::load, fill_load),
    wait_state("again", hold),
    store_state("mark", StoreOperation::save, fill_save),
    send_state("refresh", kRefreshRequest, refresh),
    wait_state("busy", pause_busy),
    send_state("authorize", kAuthorizeRequest, fill_guest_authorize),
    send_state("token", kVisitRequest, fill_guest_token),
    store_state("keep", StoreOperation::save, fill_save),
    send_state("introspect", kEndRequest, fill_end_request),
    store_state("keep_end", StoreOperation::save, fill_save),
    wait_state("hold", hold),
    store_state("look", StoreOperation::load, fill_load),
    send_state("revoke", kRevokeRequest, revoke_stray),
    store_state("unlock", StoreOperation::unlock, fill_unlock),
    done_state(),
};

constexpr Row kRows[] = {
    on<loaded>(kLoad, Event::loaded),
    on<not_loaded>(kLoad, Event::failed),
    go(kLock, Event::stored, kReload),
    on<not_locked>(kLock, Event::not_stored),
    on<lock_failed>(kLock, Event::failed),
    go(kPause, Event::time, kLoad),
    on<reloaded>(kReload, Event::loaded),
    on<look_again>(kReload, Event::failed),
    go(kAgain, Event::time, kReload),
    on<marked>(kMark, Event::stored),
    go(kMark, Event::not_stored, kReload),
    on<look_again>(kMark, Event::failed),
    on<refreshed>(kRefresh, Event::response),
    on<not_refreshed>(kRefresh, Event::failed),
    go(kBusy, Event::time, kReload),
    on<authorized>(kVisit, Event::response),
    on<not_visited>(kVisit, Event::failed),
    on<visited>(kVisitToken, Event::response),
    on<not_visited>(kVisitToken, Event::failed),
    on<kept>(kKeep, Event::stored),
    go(kKeep, Event::not_stored, kLook),
    on<not_kept>(kKeep, Event::failed),
    on<told>(kAskEnd, Event::response),
    go(kAskEnd, Event::failed, kUnlock),
    on<end_kept>(kKeepEnd, Event::stored),
    go(kKeepEnd, Event::not_stored, kUnlock),
    go(kKeepEnd, Event::failed, kUnlock),
    go(kHold, Event::time, kLook),
    on<looked>(kLook, Event::loaded),
    on<not_kept>(kLook, Event::failed),
    go(kRevokeStray, Event::response, kUnlock),
    go(kRevokeStray, Event::failed, kUnlock),
    on<unlocked>(kUnlock, Event::stored),
    on<unlocked>(kUnlock, Event::not_stored),
    on<unlocked>(kUnlock, Event::failed),
};
static_assert(well_formed(kStates, kRows));

Result<void> check_guest(Context& flow) {
  flow.keep(kWantsGuest, "true");
  return flow.app.check_needs("session_guest", kCodeNeeds);
}

// The engine checks the token's signature where the settings want that; the rest was done when it came.
Result<void> finish(Context& flow, bool) {
  const auto record = found_record(flow);
  if (record && record->get("access_token") == flow.result.get("access_token")) keep_in_cache(flow, *record);
  return {};
}

// What the three flows of this table have in common.
constexpr FlowSpec renewal(const char* name, const char* summary, const char* description, const char* source,
                           std::span<const ValueSpec> parameters) {
  return {
      .name = name,
      .verb = name,
      .summary = summary,
      .description = description,
      .source = source,
      .parameters = parameters,
      .hosts = kEveryHost,
      .result = &kSessionToken,
      .errors = &kErrors,
      .renews_session = true,
      .stores_tokens = true,
      .finish = finish,
      .states = kStates,
      .rows = kRows,
  };
}

constexpr FlowSpec guest_renewal() {
  FlowSpec flow = renewal(
      "session_guest",
      "Gives a guest's access token under a key of the store: a new visitor, or the one that is there, renewed if it is due.",
      "session_begin under the same key makes it the signed-in user's, and keeps the visitor.",
      "Salesforce Help: remoteaccess_headless_guest_public_clients", kGuestParameters);
  flow.hosts = kSitesOnly;
  flow.check = check_guest;
  return flow;
}

}  // namespace

constexpr FlowSpec flows::session_token =
    renewal("session_token", "Gives a session's access token, refreshed if it is due.",
            "Of all processes that share the store one refreshes, and the others take what came.",
            "RFC 6749 6; Salesforce Help: remoteaccess_oauth_refresh_token_flow", kTokenParameters);
constexpr FlowSpec flows::session_rejected =
    renewal("session_rejected", "Replaces a session's access token that an API has rejected, unless that has been done already.",
            "The next token is in the result. What was rejected is never given back.", "RFC 6750 3.1", kRejectedParameters);
constexpr FlowSpec flows::session_guest = guest_renewal();

}  // namespace hlid
