#include "app.h"

#include <memory>
#include <string>
#include <utility>

#include "convert.h"

namespace hlid_node {

namespace {

struct SettingsFree {
  void operator()(hlid_settings* settings) const { hlid_settings_free(settings); }
};

}  // namespace

Napi::Function App::define(Napi::Env env) {
  return DefineClass(env, "NativeApp", {InstanceMethod<&App::set_profile>("setProfile"), InstanceMethod<&App::open>("open")});
}

App::App(const Napi::CallbackInfo& info) : Napi::ObjectWrap<App>(info), settings_(hlid_settings_new()) {
  napi_type_tag_object(info.Env(), info.This(), &kAppTag);
}

App::~App() {
  hlid_settings_free(settings_);
  hlid_app_free(app_);
}

Napi::Value App::set_profile(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Bytes json;
  if (!read_bytes(info[0], "the profile", json)) return env.Undefined();
  hlid_error* error = nullptr;
  const hlid_status status = hlid_settings_set_json(settings_, json.view(), &error);
  return outcome(env, status, error);
}

Napi::Value App::open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  // The secrets in them go at the end of this call, whatever its outcome.
  const std::unique_ptr<hlid_settings, SettingsFree> settings(std::exchange(settings_, nullptr));
  if (!settings) return state_error(env, "already_open", "these settings are in use already");
  if (!info[0].IsArray()) {
    Napi::TypeError::New(env, "the settings must be an array of names and values").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  uint32_t length = 0;
  napi_get_array_length(env, info[0], &length);

  hlid_error* error = nullptr;
  for (uint32_t i = 0; i + 1 < length; i += 2) {
    napi_value name_value = nullptr;
    napi_value value = nullptr;
    if (napi_get_element(env, info[0], i, &name_value) != napi_ok || napi_get_element(env, info[0], i + 1, &value) != napi_ok) {
      return env.Undefined();
    }
    Bytes name;
    if (!read_bytes({env, name_value}, "the name of a setting", name)) return env.Undefined();
    const std::string what(name.view().data == nullptr ? "" : name.view().data, name.view().size);
    Bytes bytes;
    if (!read_bytes({env, value}, what, bytes)) return env.Undefined();
    const hlid_status status = hlid_settings_set(settings.get(), name.view(), bytes.view(), &error);
    if (status != HLID_OK) return outcome(env, status, error);
  }
  const hlid_status status = hlid_app_new(settings.get(), &app_, &error);
  return outcome(env, status, error);
}

}  // namespace hlid_node
