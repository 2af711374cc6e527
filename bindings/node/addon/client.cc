#include "client.h"

#include <memory>
#include <optional>
#include <utility>

#include "addon.h"
#include "app.h"
#include "convert.h"
#include "flow.h"
#include "work.h"

namespace hlid_node {

Napi::Function Client::define(Napi::Env env) {
  return DefineClass(env, "NativeClient",
                     {
                         InstanceMethod<&Client::open>("open"),
                         InstanceMethod<&Client::start>("start"),
                         InstanceMethod<&Client::in_flight>("inFlight"),
                         InstanceMethod<&Client::close>("close"),
                     });
}

Client::Client(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Client>(info) {
  napi_type_tag_object(info.Env(), info.This(), &kClientTag);
  hub_ = info.Env().GetInstanceData<Addon>()->hub();
}

// The collector comes here only when no flow is in flight and no opening or closing is under way: each of them
// holds its client.
Client::~Client() {
  if (runner_ == nullptr) return;
  runner_->end();
  hub_->remove(runner_.get());
}

Napi::Value Client::unusable(Napi::Env env) const {
  if (runner_ != nullptr) return env.Undefined();
  return opened_ ? state_error(env, "closed", "the client is closed")
                 : state_error(env, "not_open", "the client is not open yet");
}

// Making a client reads and checks the certificates that it trusts: tens of milliseconds, so not on the event loop.
struct Client::Opening {
  Client* client;
  App* app;
  int64_t max_in_flight;  // 0: the library's default
  napi_async_work work;
  napi_deferred deferred;
  std::unique_ptr<Runner> made;
  hlid_error* error;

  static void execute(napi_env, void* data) {
    auto* self = static_cast<Opening*>(data);
    Hub& hub = *self->client->hub_;
    if (!hub.begin_open()) return;
    hlid_client* client = nullptr;
    (void)hlid_client_new(self->app->handle(), self->max_in_flight, &client, &self->error);
    if (client != nullptr) self->made = std::make_unique<Runner>(hub, client);
    if (!hub.end_open(self->made.get())) self->made.reset();
  }

  static void complete(napi_env env, napi_status, void* data) {
    const std::unique_ptr<Opening> self(static_cast<Opening*>(data));
    Napi::HandleScope scope(env);
    const bool is_made = self->made != nullptr;
    self->client->runner_ = std::move(self->made);
    napi_value outcome = nullptr;
    if (self->error != nullptr) {
      outcome = error_fields(env, self->error);
      hlid_error_free(self->error);
    } else if (!is_made) {
      outcome = state_error(env, "closed", "the environment is at its end");
    } else {
      napi_get_undefined(env, &outcome);
    }
    if (outcome != nullptr) napi_resolve_deferred(env, self->deferred, outcome);
    napi_delete_async_work(env, self->work);
    self->app->Unref();
    self->client->Unref();
  }
};

Napi::Value Client::open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (opened_) return state_error(env, "already_open", "the client was opened before");
  App* app = unwrap<App>(info[0], kAppTag);
  if (app == nullptr || app->handle() == nullptr) {
    Napi::TypeError::New(env, "the app must be an open NativeApp").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto opening = std::make_unique<Opening>();
  if (!info[1].IsUndefined() && !read_int64(info[1], "maxInFlight", opening->max_in_flight)) return env.Undefined();
  if (!hub_->start()) return state_error(env, "no_client", "the system gave no memory for the client", "RETRY_LATER");
  opening->client = this;
  opening->app = app;
  Napi::Value promise = queue(env, "headlessid open", *opening);
  if (promise.IsUndefined()) return promise;
  opened_ = true;
  app->Ref();
  Ref();
  opening.release();
  return promise;
}

Napi::Value Client::start(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Flow* flow = unwrap<Flow>(info[0], kFlowTag);
  if (flow == nullptr) {
    Napi::TypeError::New(env, "the flow must be a NativeFlow").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (Napi::Value wrong = unusable(env); !wrong.IsUndefined()) return wrong;
  if (Napi::Value wrong = flow->unusable(env); !wrong.IsUndefined()) return wrong;
  const uint64_t tag = hub_->next_tag();
  hlid_error* error = nullptr;
  const std::optional<hlid_status> status = runner_->start(flow->handle(), tag, &error);
  if (!status) return state_error(env, "no_client", "the client's thread could not be made", "RETRY_LATER");
  if (*status != HLID_OK) return outcome(env, *status, error);
  // Finished flows come back on this thread only, so there is time to note this one.
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  napi_create_promise(env, &deferred, &promise);
  hub_->sent(tag, flow, this, deferred);
  return {env, promise};
}

Napi::Value Client::in_flight(const Napi::CallbackInfo& info) {
  return to_number(info.Env(), runner_ == nullptr ? 0 : static_cast<double>(hlid_client_in_flight(runner_->client())));
}

// Closing waits for the client's thread, which may be in the middle of something: not on the event loop either.
struct Client::Closing {
  Client* client;
  napi_async_work work;
  napi_deferred deferred;

  static void execute(napi_env, void* data) { static_cast<Closing*>(data)->client->runner_->end(); }

  static void complete(napi_env env, napi_status, void* data) {
    const std::unique_ptr<Closing> self(static_cast<Closing*>(data));
    Napi::HandleScope scope(env);
    Client& client = *self->client;
    client.hub_->deliver_all();
    client.hub_->remove(client.runner_.get());
    client.runner_.reset();
    napi_value undefined = nullptr;
    if (napi_get_undefined(env, &undefined) == napi_ok) napi_resolve_deferred(env, self->deferred, undefined);
    napi_delete_async_work(env, self->work);
    client.closing_ = false;
    client.Unref();
  }
};

Napi::Value Client::close(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (runner_ == nullptr || closing_) return env.Undefined();
  auto closing = std::make_unique<Closing>();
  closing->client = this;
  Napi::Value promise = queue(env, "headlessid close", *closing);
  if (promise.IsUndefined()) return promise;
  closing_ = true;
  Ref();
  closing.release();
  return promise;
}

}  // namespace hlid_node
