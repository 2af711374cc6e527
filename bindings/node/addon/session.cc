#include "session.h"

#include <cstdint>
#include <cstring>
#include <memory>

#include "app.h"
#include "convert.h"

namespace hlid_node {
namespace {

// Most tokens; a longer one takes the way over the heap.
constexpr size_t kUsualToken = 4096;

// A token is printable ASCII, of which the engine makes a string without looking for UTF-8. The copy is wiped.
Napi::Value take_text(Napi::Env env, char* token, size_t size) {
  napi_value text = nullptr;
  const bool made = napi_create_string_latin1(env, token, size, &text) == napi_ok;
  // The compiler may not drop it: the barrier reads what was written.
  std::memset(token, 0, size);
  asm volatile("" : : "r"(token) : "memory");
  return made ? Napi::Value(env, text) : env.Undefined();
}

}  // namespace

Napi::Function Sessions::define(Napi::Env env) {
  return DefineClass(env, "NativeSessions", {InstanceMethod<&Sessions::open>("open")});
}

Sessions::Sessions(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Sessions>(info) {
  napi_type_tag_object(info.Env(), info.This(), &kSessionsTag);
}

Sessions::~Sessions() { hlid_sessions_free(sessions_); }

Napi::Value Sessions::open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (sessions_ != nullptr) return state_error(env, "already_open", "the sessions were opened before");
  App* app = unwrap<App>(info[0], kAppTag);
  if (app == nullptr || app->handle() == nullptr) {
    Napi::TypeError::New(env, "the app must be an open NativeApp").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Bytes keys;
  if (!read_bytes(info[1], "keys", keys)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_sessions_new(app->handle(), keys.view(), &sessions_, &error);
  return outcome(env, status, error);
}

Napi::Function Session::define(Napi::Env env) {
  return DefineClass(env, "NativeSession", {InstanceMethod<&Session::open>("open"), InstanceMethod<&Session::token>("token")});
}

Session::Session(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Session>(info) {
  napi_type_tag_object(info.Env(), info.This(), &kSessionTag);
}

Session::~Session() { hlid_session_free(session_); }

Napi::Value Session::open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (session_ != nullptr) return state_error(env, "already_open", "the session was opened before");
  Sessions* sessions = unwrap<Sessions>(info[0], kSessionsTag);
  if (sessions == nullptr || sessions->handle() == nullptr) {
    Napi::TypeError::New(env, "the sessions must be open NativeSessions").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Bytes key;
  if (!read_bytes(info[1], "key", key)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_session_new(sessions->handle(), key.view(), &session_, &error);
  return outcome(env, status, error);
}

Napi::Value Session::token(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  int64_t now = 0;
  int64_t min_ttl = 0;
  if (!read_int64(info[0], "now", now) || !read_int64(info[1], "minTtl", min_ttl)) return env.Undefined();
  char usual[kUsualToken];
  const size_t size = hlid_session_token(session_, now, min_ttl, usual, sizeof usual);
  if (size == 0) return env.Undefined();
  if (size <= sizeof usual) return take_text(env, usual, size);
  const auto large = std::make_unique_for_overwrite<char[]>(size);
  const size_t again = hlid_session_token(session_, now, min_ttl, large.get(), size);
  // Replaced meanwhile by a longer one, or gone: a flow looks.
  return again == 0 || again > size ? env.Undefined() : take_text(env, large.get(), again);
}

}  // namespace hlid_node
