#include "org.h"

#include <memory>
#include <utility>

#include "convert.h"
#include "headlessid/org.h"
#include "work.h"

namespace hlid_node {
namespace {

using Call = hlid_status (*)(hlid_view, hlid_text**, hlid_error**);

// Many files take long, so not on the event loop.
struct Calling {
  Call call;
  Bytes request;
  napi_async_work work;
  napi_deferred deferred;
  hlid_text* out;
  hlid_error* error;

  static void execute(napi_env, void* data) {
    auto* self = static_cast<Calling*>(data);
    (void)self->call(self->request.view(), &self->out, &self->error);
  }

  static void complete(napi_env env, napi_status, void* data) {
    const std::unique_ptr<Calling> self(static_cast<Calling*>(data));
    Napi::HandleScope scope(env);
    napi_value result = nullptr;
    if (self->out != nullptr) {
      result = to_text(env, hlid_text_get(self->out));
      hlid_text_free(self->out);
    } else if (self->error != nullptr) {
      result = error_fields(env, self->error);
      hlid_error_free(self->error);
    } else {
      result = state_error(env, "closed", "the environment is at its end");
    }
    napi_resolve_deferred(env, self->deferred, result);
    napi_delete_async_work(env, self->work);
  }
};

template <Call kCall>
Napi::Value start(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  // A Uint8Array could be changed meanwhile.
  if (!info[0].IsString()) {
    Napi::TypeError::New(env, "the request must be a string").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  auto calling = std::make_unique<Calling>();
  calling->call = kCall;
  if (!read_bytes(info[0], "the request", calling->request)) return env.Undefined();
  Napi::Value promise = queue(env, "headlessid org", *calling);
  if (!promise.IsUndefined()) (void)calling.release();
  return promise;
}

Napi::Value has_org(const Napi::CallbackInfo& info) { return to_boolean(info.Env(), hlid_has_org() != 0); }

}  // namespace

Napi::Value define_org(Napi::Env env) {
  Napi::Object org = Napi::Object::New(env);
  put(org, "hasOrg", Napi::Function::New<has_org>(env));
  put(org, "lint", Napi::Function::New<start<hlid_org_lint>>(env));
  put(org, "generate", Napi::Function::New<start<hlid_org_generate>>(env));
  put(org, "explain", Napi::Function::New<start<hlid_org_explain>>(env));
  return org;
}

}  // namespace hlid_node
