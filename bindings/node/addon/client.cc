#include "client.h"

#include <memory>

#include "addon.h"
#include "app.h"
#include "convert.h"
#include "flow.h"

namespace hlid_node {

Napi::Function Client::define(Napi::Env env) {
  return DefineClass(env, "NativeClient",
                     {
                         InstanceMethod<&Client::open>("open"),
                         InstanceMethod<&Client::start>("start"),
                         InstanceMethod<&Client::cancel>("cancel"),
                         InstanceMethod<&Client::in_flight>("inFlight"),
                         InstanceMethod<&Client::close>("close"),
                     });
}

Client::Client(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Client>(info) {
  napi_type_tag_object(info.Env(), info.This(), &kClientTag);
  hub_ = info.Env().GetInstanceData<Addon>()->hub();
}

// The collector comes here only when no flow is in flight (each holds its client) and no close is under way.
Client::~Client() {
  if (client_ == nullptr) return;
  hub_->remove(this);
  hlid_client_free(client_);
}

Napi::Value Client::open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (client_ != nullptr) return state_error(env, "already_open", "the client was opened before");
  App* app = unwrap<App>(info[0], kAppTag);
  if (app == nullptr || app->handle() == nullptr) {
    Napi::TypeError::New(env, "the app must be an open NativeApp").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  hlid_client_options options;
  hlid_client_options_init(&options, sizeof options);
  if (!info[1].IsUndefined() && !read_int64(info[1], "maxInFlight", options.max_in_flight)) return env.Undefined();
  if (!hub_->start()) return state_error(env, "no_resources", "the system gave no thread or no descriptor to wait with");
  hlid_error* error = nullptr;
  const hlid_status status = hlid_client_new(app->handle(), &options, &client_, &error);
  if (status == HLID_OK) hub_->add(this);
  return outcome(env, status, error);
}

Napi::Value Client::start(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Flow* flow = unwrap<Flow>(info[0], kFlowTag);
  if (flow == nullptr) {
    Napi::TypeError::New(env, "the flow must be a NativeFlow").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (client_ == nullptr) return state_error(env, "not_open", "the client was not opened");
  if (Napi::Value wrong = flow->unusable(env); !wrong.IsUndefined()) return wrong;
  const uint64_t tag = hub_->next_tag();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_client_start(client_, flow->handle(), tag, HLID_START_QUEUE, &error);
  if (status != HLID_OK) return outcome(env, status, error);
  // Finished flows come back on this thread only, so there is time to note this one.
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  napi_create_promise(env, &deferred, &promise);
  hub_->sent(tag, flow, this, deferred);
  return {env, promise};
}

Napi::Value Client::cancel(const Napi::CallbackInfo& info) {
  Flow* flow = unwrap<Flow>(info[0], kFlowTag);
  if (client_ != nullptr && flow != nullptr && flow->tag() != 0) hlid_client_cancel(client_, flow->tag());
  return info.Env().Undefined();
}

Napi::Value Client::in_flight(const Napi::CallbackInfo& info) {
  return to_number(info.Env(), client_ == nullptr ? 0 : static_cast<double>(hlid_client_in_flight(client_)));
}

// Closing waits for the I/O thread, which may be in the middle of something: not on the event loop.
struct Client::Closing {
  Client* client;
  napi_async_work work;
  napi_deferred deferred;

  static void execute(napi_env, void* data) { hlid_client_close(static_cast<Closing*>(data)->client->client_); }

  static void complete(napi_env env, napi_status, void* data) {
    const std::unique_ptr<Closing> self(static_cast<Closing*>(data));
    Napi::HandleScope scope(env);
    self->client->hub_->drain(self->client);
    self->client->hub_->remove(self->client);
    napi_value undefined = nullptr;
    if (napi_get_undefined(env, &undefined) == napi_ok) napi_resolve_deferred(env, self->deferred, undefined);
    napi_delete_async_work(env, self->work);
    self->client->Unref();
  }
};

// The handle stays until the object is collected, so that later calls get the library's own "closed".
Napi::Value Client::close(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (client_ == nullptr) return env.Undefined();
  auto closing = std::make_unique<Closing>();
  closing->client = this;
  napi_value promise = nullptr;
  napi_value name = nullptr;
  if (napi_create_promise(env, &closing->deferred, &promise) != napi_ok ||
      napi_create_string_utf8(env, "headlessid close", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_async_work(env, nullptr, name, Closing::execute, Closing::complete, closing.get(), &closing->work) != napi_ok ||
      napi_queue_async_work(env, closing->work) != napi_ok) {
    return env.Undefined();
  }
  Ref();
  closing.release();
  return {env, promise};
}

}  // namespace hlid_node
