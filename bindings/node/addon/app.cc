#include "app.h"

#include <string>
#include <vector>

#include "convert.h"

namespace hlid_node {

Napi::Function App::define(Napi::Env env) { return DefineClass(env, "NativeApp", {InstanceMethod<&App::open>("open")}); }

App::App(const Napi::CallbackInfo& info) : Napi::ObjectWrap<App>(info) {
  napi_type_tag_object(info.Env(), info.This(), &kAppTag);
}

App::~App() { hlid_app_free(app_); }

Napi::Value App::open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (app_ != nullptr) return state_error(env, "already_open", "these settings are in use already");
  if (!info[0].IsArray()) {
    Napi::TypeError::New(env, "the settings must be an array of names and values").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  uint32_t length = 0;
  napi_get_array_length(env, info[0], &length);

  hlid_app_settings settings;
  hlid_app_settings_init(&settings, sizeof settings);
  // The views in `settings` are borrowed until hlid_app_new has returned.
  std::vector<Bytes> held;
  held.reserve(length);
  for (uint32_t i = 0; i + 1 < length; i += 2) {
    napi_value name_value = nullptr;
    napi_value value = nullptr;
    if (napi_get_element(env, info[0], i, &name_value) != napi_ok || napi_get_element(env, info[0], i + 1, &value) != napi_ok) {
      return env.Undefined();
    }
    Bytes& name = held.emplace_back();
    if (!read_bytes({env, name_value}, "the name of a setting", name)) return env.Undefined();
    const std::string what(name.view().data == nullptr ? "" : name.view().data, name.view().size);
    Bytes& bytes = held.emplace_back();
    if (!read_bytes({env, value}, what, bytes)) return env.Undefined();
    hlid_error* error = nullptr;
    const hlid_status status = hlid_app_settings_set(&settings, name.view(), bytes.view(), &error);
    if (status != HLID_OK) return outcome(env, status, error);
  }
  hlid_error* error = nullptr;
  const hlid_status status = hlid_app_new(&settings, &app_, &error);
  return outcome(env, status, error);
}

}  // namespace hlid_node
