// STORE, and hlid_session: what a process keeps of a session, in addition to the host's store.
#include "capi/handles.h"
#include "flows/registry.h"
#include "oauth/session_memory.h"
#include "oauth/settings.h"
#include "session/record.h"

using hlid::Error;
using hlid::Step;
using hlid::StoreOperation;
using hlid::text_of;
using hlid::view_or_absent;
using hlid::with;

struct hlid_sessions {
  std::shared_ptr<const hlid::App> app;
  std::shared_ptr<const hlid::SealKeys> keys;  // null: the app's
};

struct hlid_session {
  hlid_sessions home;
  std::string key;
  std::shared_ptr<hlid::SessionCache> cache = std::make_shared<hlid::SessionCache>();
};

namespace {

constexpr hlid_view kAbsent = {nullptr, 0};

const hlid::StoreRequest* store_of(const hlid_flow* flow) {
  const bool at_store = flow != nullptr && flow->flow.started() && flow->flow.step() == Step::store;
  return at_store ? &flow->flow.store() : nullptr;
}

bool is_one_of(const hlid::StoreRequest* store, std::initializer_list<StoreOperation> operations) {
  if (store == nullptr) return false;
  for (const StoreOperation operation : operations) {
    if (store->operation == operation) return true;
  }
  return false;
}

}  // namespace

hlid_store_operation hlid_flow_store_operation(const hlid_flow* flow) {
  const auto* store = store_of(flow);
  return store == nullptr ? 0 : static_cast<hlid_store_operation>(store->operation) + HLID_STORE_LOAD;
}

hlid_view hlid_flow_store_key(const hlid_flow* flow) {
  const auto* store = store_of(flow);
  return store == nullptr ? kAbsent : view_or_absent(store->key);
}

hlid_view hlid_flow_store_value(const hlid_flow* flow) {
  const auto* store = store_of(flow);
  return is_one_of(store, {StoreOperation::save}) ? view_or_absent(store->value.view()) : kAbsent;
}

hlid_view hlid_flow_store_version(const hlid_flow* flow) {
  const auto* store = store_of(flow);
  return is_one_of(store, {StoreOperation::save, StoreOperation::erase}) ? view_or_absent(store->version) : kAbsent;
}

hlid_view hlid_flow_store_new_version(const hlid_flow* flow) {
  const auto* store = store_of(flow);
  return is_one_of(store, {StoreOperation::save}) ? view_or_absent(store->new_version) : kAbsent;
}

int64_t hlid_flow_store_ttl_ms(const hlid_flow* flow) {
  const auto* store = store_of(flow);
  return is_one_of(store, {StoreOperation::save, StoreOperation::lock}) ? store->ttl_ms : 0;
}

hlid_view hlid_flow_store_owner(const hlid_flow* flow) {
  const auto* store = store_of(flow);
  return is_one_of(store, {StoreOperation::lock, StoreOperation::unlock}) ? view_or_absent(store->owner) : kAbsent;
}

hlid_status hlid_flow_give_stored(hlid_flow* flow, int32_t found, hlid_view version, hlid_view value, hlid_error** err) {
  if (!hlid::is_sound(version)) return hlid::fail_null(err, "version");
  if (!hlid::is_sound(value)) return hlid::fail_null(err, "value");
  return with(flow, err, [&](hlid::Flow& f) { return f.give_stored(found != 0, text_of(version), text_of(value)); });
}

hlid_status hlid_flow_give_store_done(hlid_flow* flow, int32_t done, hlid_error** err) {
  return with(flow, err, [&](hlid::Flow& f) { return f.give_store_done(done != 0); });
}

hlid_status hlid_flow_give_store_fault(hlid_flow* flow, hlid_view why, hlid_error** err) {
  if (!hlid::is_sound(why)) return hlid::fail_null(err, "why");
  return with(flow, err, [&](hlid::Flow& f) { return f.give_store_fault(text_of(why)); });
}

hlid_status hlid_sessions_new(const hlid_app* app, hlid_view keys, hlid_sessions** out, hlid_error** err) {
  if (app == nullptr) return hlid::fail_null(err, "app");
  if (out == nullptr) return hlid::fail_null(err, "out");
  if (!hlid::is_sound(keys)) return hlid::fail_null(err, "keys");
  if (auto good = hlid::find_flow("session_token")->check_app(*app->app); !good) return hlid::finish(std::move(good), err);
  std::shared_ptr<const hlid::SealKeys> own;
  if (keys.data != nullptr) {
    auto read = hlid::read_session_keys(text_of(keys));
    if (!read) return hlid::fail(err, std::move(read).error());
    own = std::make_shared<const hlid::SealKeys>(std::move(*read));
  }
  if ((own ? *own : app->app->session_keys).empty()) return hlid::fail(err, hlid::no_session_keys());
  *out = new hlid_sessions{app->app, std::move(own)};
  return HLID_OK;
}

void hlid_sessions_free(hlid_sessions* sessions) { delete sessions; }

hlid_status hlid_session_new(const hlid_sessions* sessions, hlid_view key, hlid_session** out, hlid_error** err) {
  if (sessions == nullptr) return hlid::fail_null(err, "sessions");
  if (out == nullptr) return hlid::fail_null(err, "out");
  if (key.data == nullptr || !hlid::is_sound(key)) return hlid::fail_null(err, "key");
  if (key.size == 0 || key.size > hlid::kMaxStoreKey) return hlid::fail(err, Error::argument("key", "must be 1 to 512 bytes"));
  *out = new hlid_session{*sessions, std::string(text_of(key))};
  return HLID_OK;
}

void hlid_session_free(hlid_session* session) { delete session; }

size_t hlid_session_token(const hlid_session* session, int64_t now_ms, int64_t min_ttl_ms, char* out, size_t capacity) {
  if (session == nullptr) return 0;
  return session->cache->copy(now_ms, min_ttl_ms, session->home.app->session_cache_ms, out, out == nullptr ? 0 : capacity);
}

hlid_status hlid_session_flow_new(const hlid_session* session, hlid_view name, hlid_flow** out, hlid_error** err) {
  if (session == nullptr) return hlid::fail_null(err, "session");
  if (out == nullptr) return hlid::fail_null(err, "out");
  if (!hlid::is_sound(name)) return hlid::fail_null(err, "name");
  const hlid::FlowSpec* spec = hlid::find_flow("session_" + std::string(text_of(name)));
  if (spec == nullptr) return hlid::fail(err, Error::argument("name", "is not a flow of a session"));
  const hlid_sessions& home = session->home;
  if (auto good = spec->check_app(*home.app); !good) return hlid::finish(std::move(good), err);
  auto made = std::make_unique<hlid_flow>(home.app, *spec);
  if (auto set = made->flow.set("key", session->key); !set) return hlid::finish(std::move(set), err);
  made->flow.attach(session->cache, home.keys);
  *out = made.release();
  return HLID_OK;
}
