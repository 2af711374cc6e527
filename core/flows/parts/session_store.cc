#include "flows/parts/session_store.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/random.h"

namespace hlid {
namespace {

constexpr int64_t kFirstWaitMs = 10;
constexpr int64_t kLongestWaitMs = 250;

std::string_view key_of(const Context& flow) { return flow.parameter("key").value_or(""); }

std::optional<Record> record_in(const Context& flow, const SlotSpec& slot) {
  if (!flow.has(slot)) return std::nullopt;
  return Record::unpack(flow.slot(slot));
}

}  // namespace

Result<void> fill_load(Context& flow) {
  flow.store->key = key_of(flow);
  return {};
}

Result<void> fill_lock(Context& flow) {
  if (!flow.has(kStoreOwner)) {
    auto owner = make_version();
    if (!owner) return std::move(owner).error();
    flow.keep(kStoreOwner, *owner);
  }
  StoreRequest& store = *flow.store;
  store.key = key_of(flow);
  store.owner = flow.slot(kStoreOwner);
  store.ttl_ms = flow.timeout_ms + kLockMarginMs;
  return {};
}

Result<void> fill_unlock(Context& flow) {
  StoreRequest& store = *flow.store;
  store.key = key_of(flow);
  store.owner = flow.slot(kStoreOwner);
  return {};
}

Result<void> fill_save(Context& flow) {
  const auto next = next_record(flow);
  if (!next) return store_conflict();
  auto sealed = seal_record(flow.app, flow.sealing_keys(), key_of(flow), flow.slot(kNextVersion), *next);
  if (!sealed) return std::move(sealed).error();
  StoreRequest& store = *flow.store;
  store.key = key_of(flow);
  store.version = flow.slot(kStoreVersion);
  store.new_version = flow.slot(kNextVersion);
  store.value = std::move(*sealed);
  store.ttl_ms = flow.app.session_lifetime_s * 1000;
  return {};
}

Result<void> fill_erase(Context& flow) {
  StoreRequest& store = *flow.store;
  store.key = key_of(flow);
  store.version = flow.slot(kStoreVersion);
  return {};
}

Result<std::optional<Record>> read_loaded(Context& flow) {
  const Stored& stored = *flow.stored;
  flow.keep(kStoreRecord, "");
  flow.keep(kStoreVersion, stored.found ? stored.version : std::string());
  if (!stored.found) return std::optional<Record>();
  auto opened = open_record(flow.app, flow.sealing_keys(), key_of(flow), stored.version, stored.value.view());
  if (!opened) return std::move(opened).error();
  flow.keep(kStoreRecord, opened->pack());
  return std::optional<Record>(std::move(*opened));
}

std::optional<Record> found_record(const Context& flow) { return record_in(flow, kStoreRecord); }
std::optional<Record> next_record(const Context& flow) { return record_in(flow, kNextRecord); }

Result<void> propose(Context& flow, const Record& record) {
  auto version = make_version();
  if (!version) return std::move(version).error();
  flow.keep(kNextRecord, record.pack());
  flow.keep(kNextVersion, *version);
  return {};
}

void adopt_saved(Context& flow) {
  flow.keep(kStoreRecord, flow.slot(kNextRecord));
  flow.keep(kStoreVersion, flow.slot(kNextVersion));
}

bool wants_end(const Context& flow, const Record& record) {
  return flow.app.session_introspection && record.has("access_token") && !record.is_guest() && !record.has("expires_at_ms");
}

Result<void> fill_end_request(Context& flow) {
  const auto record = next_record(flow);
  fill_introspect(flow, record ? record->get("access_token") : std::string_view(), "access_token");
  return {};
}

Result<void> read_end(Context& flow, Record& record) {
  FlowResult own = std::exchange(flow.result, FlowResult());
  auto read = read_introspection(flow);
  record.set("expires_at_ms", flow.result.get("expires_at_ms"));
  flow.result = std::move(own);
  if (read) note_expiry(flow.app, flow.now_ms, record);
  return read;
}

void take_session(Context& flow, const Record& record) {
  flow.result = FlowResult();
  for (const FieldSpec& field : kSessionTokenFields) flow.result.set_if(field.name, record.get(field.name));
  flow.result.set("refreshed", "false");
}

void keep_in_cache(Context& flow, const Record& record) {
  if (flow.session_cache) flow.session_cache->put(record.get("access_token"), times_of(record), flow.now_ms);
}

void drop_session_cache(Context& flow) {
  if (flow.session_cache) flow.session_cache->drop();
}

void note_fault(Context& flow) {
  if (std::string_view(flow.failure->data().reason) == "store_fault") flow.keep(kFault, flow.failure->data().message);
}

Error why_not_saved(const Context& flow) {
  if (!flow.has(kFault)) return store_conflict();
  return Error::transport("store_fault", flow.slot(kFault)).advise(Advice::retry_later);
}

Error no_session() {
  return Error::refused("no_session", "the store has no session under this key").advise(Advice::sign_in_again);
}

Error session_ended(std::string_view why) { return Error::refused("session_ended", why).advise(Advice::sign_in_again); }

Error store_conflict() {
  return Error::protocol("store_conflict", "the session store gave back a record that is older than what it has been given")
      .advise(Advice::retry_later)
      .hint(
          "The store must save only if the version is still the one that it is told, and must not go back to an earlier record.");
}

Result<void> wait_more(Context& flow, const SlotSpec& waited, int64_t at_most_ms) {
  const int64_t so_far = flow.number(waited);
  const int64_t bound = std::clamp(so_far, kFirstWaitMs, kLongestWaitMs);
  const int64_t wait = std::min(bound / 2 + 1 + random_up_to(bound), std::max<int64_t>(0, at_most_ms - so_far));
  flow.keep_number(waited, so_far + wait);
  flow.wait_until_ms = flow.now_ms + wait;
  return {};
}

}  // namespace hlid
