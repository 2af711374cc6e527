// A signed-in user's session, into the store.
#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "flows/parts/session.h"
#include "flows/parts/session_store.h"
#include "flows/registry.h"
#include "oauth/visitor.h"

namespace hlid {
namespace {

enum State : uint8_t { kLoad, kAskEnd, kSave, kHold, kLook, kDone };

constexpr ValueSpec kParameters[] = {
    kSessionKeyParameter,
    {.name = "tokens",
     .kind = ValueKind::json,
     .charset = Charset::utf8,
     .secret = true,
     .required = true,
     .max_bytes = kMaxRecord,
     .doc =
         "What a sign-in brought, as its JSON text: a TokenSet, or a Guest. At least access_token; refresh_token, or the session "
         "ends with its access token.",
     .in_ticket = InTicket::never},
};

constexpr SlotSpec kAsked{"asked", InTicket::never, true};  // the server, when the token ends
constexpr int64_t kMaxRounds = 16;

// What of a sign-in's result is kept, by its name.
constexpr const char* kTexts[] = {
    "access_token", "refresh_token", "id_token",   "token_type",        "token_format", "scope",  "instance_url",
    "id",           "uvid",          "uvid_carry", "uvid_carry_reason", "site_url",     "site_id"};
constexpr const char* kNumbers[] = {"issued_at_ms", "expires_at_ms"};

Result<Record> read_tokens(Context& flow) {
  JsonDocument document;
  if (document.parse(*flow.parameter("tokens")) != JsonFault::none || !document.root().is_object())
    return Error::argument("tokens", "is not the JSON text of a session");
  const JsonValue root = document.root();
  Record out;
  for (const char* name : kTexts) {
    const auto value = root.text(name);
    if (!value || value->empty()) continue;
    if (value->size() > kMaxToken || !is_printable_ascii(*value))
      return Error::argument("tokens", join({"has a member ", name, " that is not valid"}));
    out.set(name, *value);
  }
  for (const char* name : kNumbers) {
    const auto member = root.find(name);
    if (!member || member->type() == JsonValue::Type::null) continue;
    const auto text = member->as_text();
    const auto number = text ? read_decimal(*text) : member->as_integer();
    if (!number || *number < 0 || *number > kLastTimeMs)
      return Error::argument("tokens", join({"has a member ", name, " that is not valid"}));
    out.set_number(name, *number);
  }
  if (!out.has("access_token")) return Error::argument("tokens", "has no access_token");
  return out;
}

Result<void> check(Context& flow) {
  auto tokens = read_tokens(flow);
  return tokens ? Result<void>() : Result<void>(std::move(tokens).error());
}

// Whatever is there is replaced: another session, a guest's, one that cannot be read. A guest's visitor goes on.
Next<kAskEnd, kSave> loaded(Context& flow) {
  auto tokens = read_tokens(flow);
  if (!tokens) return std::move(tokens).error();
  Record& next = *tokens;
  const auto there = read_loaded(flow);
  if (!there && std::string_view(there.error().data().reason) != "record_refused") return there.error().clone();
  const auto guest = guest_uvid_of(next.get("access_token"));
  next.set("kind", guest ? "guest" : "named");
  if (guest) next.set("uvid", *guest);
  if (!next.has("uvid") && there && *there) next.set("uvid", (*there)->get("uvid"));
  auto family = make_version();
  if (!family) return std::move(family).error();
  next.set("family", *family);
  next.set("state", record_state::kSettled);
  next.set_number("created_ms", flow.now_ms);
  next.set_number("generation", 1);
  note_expiry(flow.app, flow.now_ms, next);
  if (auto good = propose(flow, next); !good) return std::move(good).error();
  if (wants_end(flow, next) && !flow.has(kAsked)) return to<kAskEnd>;
  return to<kSave>;
}

// An app that may not ask goes on without.
Next<kSave> not_told(Context& flow) {
  flow.keep(kAsked, "true");
  return to<kSave>;
}

Next<kSave> told(Context& flow) {
  flow.keep(kAsked, "true");
  auto next = next_record(flow);
  if (next && read_end(flow, *next)) flow.keep(kNextRecord, next->pack());
  return to<kSave>;
}

Next<kDone> not_loaded(Context& flow) { return std::move(*flow.failure); }

Next<kDone> saved(Context& flow) {
  adopt_saved(flow);
  take_session(flow, *found_record(flow));
  keep_in_cache(flow, *found_record(flow));
  return to<kDone>;
}

// Another was faster, or it is not known whether it was saved.
Next<kLook, kDone> not_saved(Context& flow) {
  flow.keep_number(kRounds, flow.number(kRounds) + 1);
  if (flow.number(kRounds) > kMaxRounds) return store_conflict();
  return to<kLook>;
}

Next<kHold> failed(Context& flow) {
  if (flow.number(kHeld) >= flow.timeout_ms || std::string_view(flow.failure->data().reason) != "store_fault")
    return std::move(*flow.failure);
  return to<kHold>;
}

Result<void> hold(Context& flow) { return wait_more(flow, kHeld, flow.timeout_ms); }

Next<kAskEnd, kSave, kDone> looked(Context& flow) {
  const Stored& stored = *flow.stored;
  if (stored.found && stored.version == flow.slot(kNextVersion)) return saved(flow);
  return loaded(flow);
}

constexpr StateSpec kStates[] = {
    store_state("load", StoreOperation::load, fill_load), send_state("introspect", kEndRequest, fill_end_request),
    store_state("save", StoreOperation::save, fill_save), wait_state("hold", hold),
    store_state("look", StoreOperation::load, fill_load), done_state(),
};
constexpr Row kRows[] = {
    on<loaded>(kLoad, Event::loaded),     on<not_loaded>(kLoad, Event::failed), on<told>(kAskEnd, Event::response),
    on<not_told>(kAskEnd, Event::failed), on<saved>(kSave, Event::stored),      on<not_saved>(kSave, Event::not_stored),
    on<failed>(kSave, Event::failed),     go(kHold, Event::time, kLook),        on<looked>(kLook, Event::loaded),
    on<failed>(kLook, Event::failed),
};
static_assert(well_formed(kStates, kRows));

}  // namespace

constexpr FlowSpec flows::session_begin = {
    .name = "session_begin",
    .verb = "session_begin",
    .summary = "Keeps what a sign-in brought in the host's store, sealed.",
    .description = "What was under the key is replaced, and not revoked: session_end does that.",
    .source = "",
    .parameters = kParameters,
    .hosts = kEveryHost,
    .result = &kSessionToken,
    .errors = &kSessionErrors,
    .check = check,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
