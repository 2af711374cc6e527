#include "flow.h"

#include <string>
#include <utility>

#include "app.h"
#include "convert.h"
#include "session.h"

namespace hlid_node {
namespace {

// The outcome of giving something back. A wrong call is the caller's error; a wrong response has ended
// the flow, which says so at the next step like any other end.
Napi::Value given(Napi::Env env, hlid_status status, hlid_error* error) {
  if (status == HLID_E_ARGUMENT || status == HLID_E_STATE) return outcome(env, status, error);
  if (status != HLID_OK) hlid_error_free(error);
  return env.Undefined();
}

}  // namespace

Napi::Function Flow::define(Napi::Env env) {
  return DefineClass(env, "NativeFlow",
                     {
                         InstanceMethod<&Flow::open>("open"),
                         InstanceMethod<&Flow::unseal>("unseal"),
                         InstanceMethod<&Flow::open_session>("openSession"),
                         InstanceMethod<&Flow::name>("name"),
                         InstanceMethod<&Flow::set>("set"),
                         InstanceMethod<&Flow::set_timeout_ms>("setTimeoutMs"),
                         InstanceMethod<&Flow::set_trace>("setTrace"),
                         InstanceMethod<&Flow::trace>("trace"),
                         InstanceMethod<&Flow::set_events>("setEvents"),
                         InstanceMethod<&Flow::events>("events"),
                         InstanceMethod<&Flow::next>("next"),
                         InstanceMethod<&Flow::step_name>("stepName"),
                         InstanceMethod<&Flow::request>("request"),
                         InstanceMethod<&Flow::give_response>("giveResponse"),
                         InstanceMethod<&Flow::give_no_response>("giveNoResponse"),
                         InstanceMethod<&Flow::ask>("ask"),
                         InstanceMethod<&Flow::give_value>("giveValue"),
                         InstanceMethod<&Flow::offer>("offer"),
                         InstanceMethod<&Flow::give_nothing>("giveNothing"),
                         InstanceMethod<&Flow::resend>("resend"),
                         InstanceMethod<&Flow::seal>("seal"),
                         InstanceMethod<&Flow::ticket_id>("ticketId"),
                         InstanceMethod<&Flow::sign>("sign"),
                         InstanceMethod<&Flow::store>("store"),
                         InstanceMethod<&Flow::give_stored>("giveStored"),
                         InstanceMethod<&Flow::give_store_done>("giveStoreDone"),
                         InstanceMethod<&Flow::give_store_fault>("giveStoreFault"),
                         InstanceMethod<&Flow::wait_until_ms>("waitUntilMs"),
                         InstanceMethod<&Flow::deadline_ms>("deadlineMs"),
                         InstanceMethod<&Flow::cancel>("cancel"),
                         InstanceMethod<&Flow::result>("result"),
                         InstanceMethod<&Flow::error>("error"),
                         InstanceMethod<&Flow::close>("close"),
                     });
}

Flow::Flow(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Flow>(info) {
  napi_type_tag_object(info.Env(), info.This(), &kFlowTag);
}

// A flow in a client is held by the client's list of flows in flight, so the collector never comes here then;
// at the end of an environment every client has been closed and emptied first (Hub::shut_down).
Flow::~Flow() { hlid_flow_free(flow_); }

Napi::Value Flow::unusable(Napi::Env env) const {
  if (flow_ != nullptr && in_client_) return state_error(env, "busy", "the flow is in use by another call");
  if (flow_ != nullptr) return env.Undefined();
  return opened_ ? state_error(env, "closed", "the flow is closed") : state_error(env, "not_open", "the flow was not opened");
}

Napi::Value Flow::open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (opened_) return state_error(env, "already_open", "the flow was opened before");
  App* app = unwrap<App>(info[0], kAppTag);
  if (app == nullptr || app->handle() == nullptr) {
    Napi::TypeError::New(env, "the app must be an open NativeApp").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Bytes name;
  if (!read_bytes(info[1], "the name of the flow", name)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_new(app->handle(), name.view(), &flow_, &error);
  opened_ = status == HLID_OK;
  return outcome(env, status, error);
}

Napi::Value Flow::unseal(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (opened_) return state_error(env, "already_open", "the flow was opened before");
  App* app = unwrap<App>(info[0], kAppTag);
  if (app == nullptr || app->handle() == nullptr) {
    Napi::TypeError::New(env, "the app must be an open NativeApp").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Bytes name;
  Bytes ticket;
  Bytes binding;
  int64_t now = 0;
  if (!read_bytes(info[1], "the name of the flow", name)) return env.Undefined();
  if (!read_bytes(info[2], "the ticket", ticket) || !read_bytes(info[3], "the binding", binding)) return env.Undefined();
  if (!read_int64(info[4], "now", now)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_unseal(app->handle(), name.view(), ticket.view(), binding.view(), now, &flow_, &error);
  opened_ = status == HLID_OK;
  return outcome(env, status, error);
}

Napi::Value Flow::open_session(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (opened_) return state_error(env, "already_open", "the flow was opened before");
  Session* session = unwrap<Session>(info[0], kSessionTag);
  if (session == nullptr || session->handle() == nullptr) {
    Napi::TypeError::New(env, "the session must be an open NativeSession").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Bytes name;
  if (!read_bytes(info[1], "the name of the flow", name)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_session_flow_new(session->handle(), name.view(), &flow_, &error);
  opened_ = status == HLID_OK;
  return outcome(env, status, error);
}

Napi::Value Flow::name(const Napi::CallbackInfo& info) {
  if (in_client_ || flow_ == nullptr) return info.Env().Undefined();
  return to_text(info.Env(), hlid_flow_name(flow_));
}

Napi::Value Flow::set(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Bytes name;
  if (!read_bytes(info[0], "the name of a parameter", name)) return env.Undefined();
  const std::string what(name.view().data == nullptr ? "" : name.view().data, name.view().size);
  Bytes value;
  if (!read_bytes(info[1], what, value)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_set(flow_, name.view(), value.view(), &error);
  return outcome(env, status, error);
}

Napi::Value Flow::set_timeout_ms(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  int64_t timeout = 0;
  if (!read_int64(info[0], "timeout", timeout)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_set_timeout_ms(flow_, timeout, &error);
  return outcome(env, status, error);
}

Napi::Value Flow::set_trace(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  bool on = false;
  napi_get_value_bool(env, info[0], &on);
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_set_trace(flow_, on ? 1 : 0, &error);
  return outcome(env, status, error);
}

Napi::Value Flow::trace(const Napi::CallbackInfo& info) {
  if (in_client_ || flow_ == nullptr) return info.Env().Undefined();
  return to_text(info.Env(), hlid_flow_trace(flow_));
}

Napi::Value Flow::set_events(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  bool on = false;
  napi_get_value_bool(env, info[0], &on);
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_set_events(flow_, on ? 1 : 0, &error);
  return outcome(env, status, error);
}

Napi::Value Flow::events(const Napi::CallbackInfo& info) {
  if (in_client_ || flow_ == nullptr) return info.Env().Undefined();
  return to_text(info.Env(), hlid_flow_events(flow_));
}

Napi::Value Flow::next(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  int64_t now = 0;
  if (!read_int64(info[0], "now", now)) return env.Undefined();
  hlid_step step = 0;
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_next(flow_, now, &step, &error);
  if (status != HLID_OK) return outcome(env, status, error);
  return to_number(env, step);
}

Napi::Value Flow::step_name(const Napi::CallbackInfo& info) {
  int64_t step = 0;
  if (!read_int64(info[0], "the step", step)) return info.Env().Undefined();
  return to_text(info.Env(), hlid_step_name(static_cast<hlid_step>(step)));
}

Napi::Value Flow::request(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Napi::Object request = Napi::Object::New(env);
  put(request, "name", to_text(env, hlid_flow_request_name(flow_)));
  put(request, "method", to_text(env, hlid_flow_request_method(flow_)));
  put(request, "url", to_text(env, hlid_flow_request_url(flow_)));
  const size_t count = hlid_flow_request_header_count(flow_);
  Napi::Array headers = Napi::Array::New(env, count * 2);
  for (size_t i = 0; i < count; ++i) {
    put(headers, static_cast<uint32_t>(i * 2), to_text(env, hlid_flow_request_header_name(flow_, i)));
    put(headers, static_cast<uint32_t>(i * 2 + 1), to_text(env, hlid_flow_request_header_value(flow_, i)));
  }
  put(request, "headers", headers);
  const hlid_view body = hlid_flow_request_body(flow_);
  if (body.data != nullptr) put(request, "body", to_bytes(env, body));
  put(request, "retrySafe", to_boolean(env, hlid_flow_request_retry_safe(flow_) != 0));
  put(request, "prefersHttp2", to_boolean(env, hlid_flow_request_prefers_http2(flow_) != 0));
  put(request, "deadlineMs", to_integer(env, hlid_flow_deadline_ms(flow_)));
  return request;
}

Napi::Value Flow::give_response(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  int64_t http_status = 0;
  int64_t http_version = 0;
  if (!read_int64(info[0], "status", http_status) || !read_int64(info[1], "httpVersion", http_version)) return env.Undefined();
  Bytes body;
  if (!read_bytes(info[3], "body", body)) return env.Undefined();
  uint32_t length = 0;
  if (!info[2].IsArray() || napi_get_array_length(env, info[2], &length) != napi_ok) {
    Napi::TypeError::New(env, "headers must be an array of names and values").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  hlid_error* error = nullptr;
  for (uint32_t i = 0; i + 1 < length; i += 2) {
    // Each header's handles go at once, so that a server's hundred thousand headers do not pile up.
    Napi::HandleScope scope(env);
    napi_value name_value = nullptr;
    napi_value value_value = nullptr;
    napi_get_element(env, info[2], i, &name_value);
    napi_get_element(env, info[2], i + 1, &value_value);
    Bytes name;
    Bytes value;
    if (!read_bytes({env, name_value}, "the name of a header", name)) return env.Undefined();
    if (!read_bytes({env, value_value}, "the value of a header", value)) return env.Undefined();
    const hlid_status status = hlid_flow_give_header(flow_, name.view(), value.view(), &error);
    if (status != HLID_OK) return given(env, status, error);
  }
  const hlid_status status =
      hlid_flow_give_response(flow_, static_cast<int32_t>(http_status), static_cast<int32_t>(http_version), body.view(), &error);
  return given(env, status, error);
}

Napi::Value Flow::give_no_response(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  int64_t sent = 0;
  if (!read_int64(info[0], "sent", sent)) return env.Undefined();
  Bytes why;
  if (!read_bytes(info[1], "why", why)) return env.Undefined();
  Bytes reason;
  if (!read_bytes(info[2], "reason", reason)) return env.Undefined();
  hlid_error* error = nullptr;
  const int32_t how = static_cast<int32_t>(sent);
  const hlid_status status = info[2].IsUndefined() ? hlid_flow_give_no_response(flow_, how, why.view(), &error)
                                                   : hlid_flow_give_fault(flow_, how, reason.view(), why.view(), &error);
  return given(env, status, error);
}

Napi::Value Flow::ask(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Napi::Object wanted = Napi::Object::New(env);
  put(wanted, "name", to_text(env, hlid_flow_ask_name(flow_)));
  put(wanted, "secret", to_boolean(env, hlid_flow_ask_secret(flow_) != 0));
  put(wanted, "problem", error_fields(env, hlid_flow_ask_problem(flow_)));
  put(wanted, "url", to_text(env, hlid_flow_show_url(flow_)));
  put(wanted, "code", to_text(env, hlid_flow_show_code(flow_)));
  put(wanted, "verificationUri", to_text(env, hlid_flow_show_verification_uri(flow_)));
  return wanted;
}

Napi::Value Flow::give_value(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Bytes name;
  Bytes value;
  if (!read_bytes(info[0], "the name of the value", name)) return env.Undefined();
  if (!read_bytes(info[1], "the value", value)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_give_value(flow_, name.view(), value.view(), &error);
  return outcome(env, status, error);
}

Napi::Value Flow::offer(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Bytes name;
  Bytes value;
  if (!read_bytes(info[0], "the name of the value", name)) return env.Undefined();
  if (!read_bytes(info[1], "the value", value)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_offer(flow_, name.view(), value.view(), &error);
  return outcome(env, status, error);
}

Napi::Value Flow::give_nothing(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Bytes why;
  if (!read_bytes(info[0], "why", why)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_give_nothing(flow_, why.view(), &error);
  return given(env, status, error);
}

Napi::Value Flow::resend(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_resend(flow_, &error);
  return outcome(env, status, error);
}

Napi::Value Flow::seal(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Bytes binding;
  int64_t now = 0;
  if (!read_bytes(info[0], "the binding", binding) || !read_int64(info[1], "now", now)) return env.Undefined();
  hlid_view ticket{nullptr, 0};
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_seal(flow_, binding.view(), now, &ticket, &error);
  if (status != HLID_OK) return outcome(env, status, error);
  return to_text(env, ticket);
}

Napi::Value Flow::ticket_id(const Napi::CallbackInfo& info) {
  if (in_client_ || flow_ == nullptr) return info.Env().Undefined();
  return to_text(info.Env(), hlid_flow_ticket_id(flow_));
}

Napi::Value Flow::sign(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Napi::Object wanted = Napi::Object::New(env);
  put(wanted, "algorithm", to_text(env, hlid_flow_sign_algorithm(flow_)));
  put(wanted, "input", to_bytes(env, hlid_flow_sign_input(flow_)));
  return wanted;
}

Napi::Value Flow::store(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Napi::Object wanted = Napi::Object::New(env);
  put(wanted, "operation", to_number(env, hlid_flow_store_operation(flow_)));
  put(wanted, "key", to_bytes(env, hlid_flow_store_key(flow_)));
  put(wanted, "version", to_text(env, hlid_flow_store_version(flow_)));
  put(wanted, "newVersion", to_text(env, hlid_flow_store_new_version(flow_)));
  if (const hlid_view value = hlid_flow_store_value(flow_); value.data != nullptr) put(wanted, "value", to_bytes(env, value));
  put(wanted, "ttlMs", to_integer(env, hlid_flow_store_ttl_ms(flow_)));
  put(wanted, "owner", to_text(env, hlid_flow_store_owner(flow_)));
  return wanted;
}

Napi::Value Flow::give_stored(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Bytes version;
  Bytes value;
  if (!read_bytes(info[0], "version", version) || !read_bytes(info[1], "value", value)) return env.Undefined();
  const int32_t found = info[0].IsUndefined() ? 0 : 1;
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_give_stored(flow_, found, version.view(), value.view(), &error);
  return given(env, status, error);
}

Napi::Value Flow::give_store_done(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  bool done = false;
  napi_get_value_bool(env, info[0], &done);
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_give_store_done(flow_, done ? 1 : 0, &error);
  return given(env, status, error);
}

Napi::Value Flow::give_store_fault(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  Bytes why;
  if (!read_bytes(info[0], "why", why)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_give_store_fault(flow_, why.view(), &error);
  return given(env, status, error);
}

Napi::Value Flow::wait_until_ms(const Napi::CallbackInfo& info) {
  if (Napi::Value wrong = unusable(info.Env()); !wrong.IsUndefined()) return wrong;
  return to_integer(info.Env(), hlid_flow_wait_until_ms(flow_));
}

Napi::Value Flow::deadline_ms(const Napi::CallbackInfo& info) {
  if (Napi::Value wrong = unusable(info.Env()); !wrong.IsUndefined()) return wrong;
  return to_integer(info.Env(), hlid_flow_deadline_ms(flow_));
}

// Also while a client runs the flow.
Napi::Value Flow::cancel(const Napi::CallbackInfo& info) {
  if (flow_ == nullptr) return unusable(info.Env());
  hlid_error* error = nullptr;
  const hlid_status status = hlid_flow_cancel(flow_, &error);
  return outcome(info.Env(), status, error);
}

Napi::Value Flow::result(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (in_client_ || flow_ == nullptr) return env.Undefined();
  const hlid_result* result = hlid_flow_result(flow_);
  if (result == nullptr) return env.Undefined();
  const size_t count = hlid_result_count(result);
  Napi::Array fields = Napi::Array::New(env, count * 2);
  for (size_t i = 0; i < count; ++i) {
    put(fields, static_cast<uint32_t>(i * 2), to_text(env, hlid_result_name(result, i)));
    put(fields, static_cast<uint32_t>(i * 2 + 1), to_text(env, hlid_result_value(result, i)));
  }
  return fields;
}

Napi::Value Flow::error(const Napi::CallbackInfo& info) {
  if (in_client_ || flow_ == nullptr) return info.Env().Undefined();
  return error_fields(info.Env(), hlid_flow_error(flow_));
}

// Also while a client runs the flow: the client then frees it when it lets go.
Napi::Value Flow::close(const Napi::CallbackInfo& info) {
  hlid_flow_free(std::exchange(flow_, nullptr));
  opened_ = true;  // so that a later call says "closed"
  return info.Env().Undefined();
}

}  // namespace hlid_node
