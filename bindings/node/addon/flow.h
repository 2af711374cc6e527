// flow.h: one flow as an object of JavaScript. Every call is synchronous, takes microseconds, and gives
// undefined (or what was asked for) where it worked and the fields of an error where it did not: the
// exception is made in our JavaScript, where its stack says something.
#pragma once

#include <napi.h>

#include "headlessid/headlessid.h"

namespace hlid_node {

class Flow : public Napi::ObjectWrap<Flow> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Flow(const Napi::CallbackInfo& info);
  ~Flow() override;

  // While a client runs the flow, it belongs to the client's thread: here it can only be cancelled and closed.
  void lend() { in_client_ = true; }
  void take_back() { in_client_ = false; }
  [[nodiscard]] hlid_flow* handle() const { return flow_; }
  // The fields of an error where the flow is closed, not open yet, or in a client; else undefined.
  [[nodiscard]] Napi::Value unusable(Napi::Env env) const;

 private:
  Napi::Value open(const Napi::CallbackInfo& info);              // (app, name)
  Napi::Value unseal(const Napi::CallbackInfo& info);            // (app, ticket, binding, now), instead of open
  Napi::Value open_session(const Napi::CallbackInfo& info);      // (session, name), instead of open
  Napi::Value name(const Napi::CallbackInfo& info);              // string
  Napi::Value set(const Napi::CallbackInfo& info);               // (name, value)
  Napi::Value set_timeout_ms(const Napi::CallbackInfo& info);    // (ms)
  Napi::Value set_trace(const Napi::CallbackInfo& info);         // (on)
  Napi::Value trace(const Napi::CallbackInfo& info);             // string
  Napi::Value set_events(const Napi::CallbackInfo& info);        // (on)
  Napi::Value events(const Napi::CallbackInfo& info);            // string: a JSON object a line
  Napi::Value next(const Napi::CallbackInfo& info);              // (now) -> number of the step
  Napi::Value step_name(const Napi::CallbackInfo& info);         // (number) -> string
  Napi::Value request(const Napi::CallbackInfo& info);           // {name, method, url, headers, body, ...}
  Napi::Value give_response(const Napi::CallbackInfo& info);     // (status, version, headers, body)
  Napi::Value give_no_response(const Napi::CallbackInfo& info);  // (sent, why, reason?)
  Napi::Value ask(const Napi::CallbackInfo& info);               // {name, secret, problem, url, code, ...}
  Napi::Value give_value(const Napi::CallbackInfo& info);        // (name, value)
  Napi::Value offer(const Napi::CallbackInfo& info);             // (name, value)
  Napi::Value give_nothing(const Napi::CallbackInfo& info);      // (why)
  Napi::Value resend(const Napi::CallbackInfo& info);
  Napi::Value seal(const Napi::CallbackInfo& info);              // (binding, now) -> string
  Napi::Value ticket_id(const Napi::CallbackInfo& info);         // string or undefined
  Napi::Value sign(const Napi::CallbackInfo& info);              // {algorithm, input}
  Napi::Value store(const Napi::CallbackInfo& info);             // {operation, key, version, newVersion, value, ttlMs, owner}
  Napi::Value give_stored(const Napi::CallbackInfo& info);       // (), or (version, value)
  Napi::Value give_store_done(const Napi::CallbackInfo& info);   // (done)
  Napi::Value give_store_fault(const Napi::CallbackInfo& info);  // (why)
  Napi::Value wait_until_ms(const Napi::CallbackInfo& info);     // number or bigint
  Napi::Value deadline_ms(const Napi::CallbackInfo& info);       // number or bigint
  Napi::Value cancel(const Napi::CallbackInfo& info);
  Napi::Value result(const Napi::CallbackInfo& info);  // [name, value, ...] or undefined
  Napi::Value error(const Napi::CallbackInfo& info);   // fields or undefined
  Napi::Value close(const Napi::CallbackInfo& info);

  hlid_flow* flow_ = nullptr;
  bool in_client_ = false;
  bool opened_ = false;
};

}  // namespace hlid_node
