// session.h: the sessions of one app in one store, and one of them, as objects of JavaScript. The store is JavaScript's.
#pragma once

#include <napi.h>

#include "headlessid/headlessid.h"

namespace hlid_node {

class Sessions : public Napi::ObjectWrap<Sessions> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Sessions(const Napi::CallbackInfo& info);
  ~Sessions() override;

  // NULL before open() has succeeded.
  [[nodiscard]] const hlid_sessions* handle() const { return sessions_; }

 private:
  Napi::Value open(const Napi::CallbackInfo& info);  // (app, keys or undefined) -> undefined, or the fields of an error

  hlid_sessions* sessions_ = nullptr;
};

class Session : public Napi::ObjectWrap<Session> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Session(const Napi::CallbackInfo& info);
  ~Session() override;

  // NULL before open() has succeeded.
  [[nodiscard]] const hlid_session* handle() const { return session_; }

 private:
  Napi::Value open(const Napi::CallbackInfo& info);   // (sessions, key) -> undefined, or the fields of an error
  Napi::Value token(const Napi::CallbackInfo& info);  // (now, min_ttl) -> string, or undefined: run the flow

  hlid_session* session_ = nullptr;
};

}  // namespace hlid_node
