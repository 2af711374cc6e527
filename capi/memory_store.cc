// hlid_memory_store: a host's store within its own process.
#include <map>
#include <mutex>
#include <string>

#include "capi/handles.h"

namespace {

struct Record {
  std::string version;
  std::string value;
  int64_t ends_ms = 0;
};
struct Lock {
  std::string owner;
  int64_t ends_ms = 0;
};

template <typename Entry>
using ByKey = std::map<std::string, Entry, std::less<>>;

// What is there now, and not over.
template <typename Entry>
Entry* find(ByKey<Entry>& entries, std::string_view key, int64_t now_ms) {
  const auto found = entries.find(key);
  return found == entries.end() || now_ms >= found->second.ends_ms ? nullptr : &found->second;
}

// A time to live that is longer than time itself.
int64_t end_of(int64_t now_ms, int64_t ttl_ms) { return now_ms > INT64_MAX - ttl_ms ? INT64_MAX : now_ms + ttl_ms; }

template <typename Entry>
void purge(ByKey<Entry>& entries, int64_t now_ms) {
  std::erase_if(entries, [&](const auto& item) { return now_ms >= item.second.ends_ms; });
}

}  // namespace

struct hlid_memory_store {
  std::mutex mutex;
  ByKey<Record> records;
  ByKey<Lock> locks;
  size_t purge_at = 64;  // twice as many as were left by the last purge
};

hlid_memory_store* hlid_memory_store_new(void) { return new hlid_memory_store; }

void hlid_memory_store_free(hlid_memory_store* store) { delete store; }

hlid_status hlid_memory_store_serve(hlid_memory_store* store, hlid_flow* flow, int64_t now_ms, hlid_error** err) {
  if (store == nullptr) return hlid::fail_null(err, "store");
  const std::string_view key = hlid::text_of(hlid_flow_store_key(flow));
  const std::string_view version = hlid::text_of(hlid_flow_store_version(flow));
  const std::string_view owner = hlid::text_of(hlid_flow_store_owner(flow));
  const int64_t ends_ms = end_of(now_ms, hlid_flow_store_ttl_ms(flow));
  const std::lock_guard guard(store->mutex);
  Record* record = find(store->records, key, now_ms);
  Lock* lock = find(store->locks, key, now_ms);
  const bool is_version = version == (record == nullptr ? std::string_view() : record->version);
  const bool is_owner = lock != nullptr && lock->owner == owner;
  bool done = false;
  switch (hlid_flow_store_operation(flow)) {
    case HLID_STORE_LOAD:
      if (record == nullptr) return hlid_flow_give_stored(flow, 0, {nullptr, 0}, {nullptr, 0}, err);
      return hlid_flow_give_stored(flow, 1, hlid::view_of(record->version), hlid::view_of(record->value), err);
    case HLID_STORE_SAVE:
      if (!is_version) break;
      if (store->records.size() + store->locks.size() >= store->purge_at) {
        purge(store->records, now_ms);
        purge(store->locks, now_ms);
        store->purge_at = 64 + 2 * (store->records.size() + store->locks.size());
      }
      store->records.insert_or_assign(std::string(key), Record{std::string(hlid::text_of(hlid_flow_store_new_version(flow))),
                                                               std::string(hlid::text_of(hlid_flow_store_value(flow))), ends_ms});
      done = true;
      break;
    case HLID_STORE_DELETE:
      done = record != nullptr && is_version;
      if (done) store->records.erase(store->records.find(key));
      break;
    case HLID_STORE_LOCK:
      done = lock == nullptr || is_owner;
      if (done) store->locks.insert_or_assign(std::string(key), Lock{std::string(owner), ends_ms});
      break;
    case HLID_STORE_UNLOCK:
      done = is_owner;
      if (done) store->locks.erase(store->locks.find(key));
      break;
    default: break;  // not at STORE, which the flow says
  }
  return hlid_flow_give_store_done(flow, done ? 1 : 0, err);
}
