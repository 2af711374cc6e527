// app.h: the settings of one app at one site, as an object of JavaScript.
#pragma once

#include <napi.h>

#include "headlessid/headlessid.h"

namespace hlid_node {

// Every native object carries a tag of its own, so that an object of another class, or of another addon, is
// never mistaken for it.
inline constexpr napi_type_tag kAppTag = {0x6865616c65737369, 0x6465617070000001};
inline constexpr napi_type_tag kFlowTag = {0x6865616c65737369, 0x64666c6f77000001};
inline constexpr napi_type_tag kClientTag = {0x6865616c65737369, 0x64636c6e74000001};
inline constexpr napi_type_tag kSessionsTag = {0x6865616c65737369, 0x6473657373000001};
inline constexpr napi_type_tag kSessionTag = {0x6865616c65737369, 0x6473657373000002};

// The native half of `value` if it bears the tag, else NULL.
template <typename T>
T* unwrap(const Napi::Value& value, const napi_type_tag& tag) {
  bool same = false;
  if (!value.IsObject()) return nullptr;
  if (napi_check_object_type_tag(value.Env(), value, &tag, &same) != napi_ok || !same) return nullptr;
  return T::Unwrap(value.As<Napi::Object>());
}

class App : public Napi::ObjectWrap<App> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit App(const Napi::CallbackInfo& info);
  ~App() override;

  // NULL before open() has succeeded.
  [[nodiscard]] const hlid_app* handle() const { return app_; }

 private:
  // Both: undefined, or the fields of an error.
  Napi::Value set_profile(const Napi::CallbackInfo& info);  // (json), before open
  Napi::Value open(const Napi::CallbackInfo& info);         // ([name, value, name, value, ...]), once

  hlid_settings* settings_;  // until open
  hlid_app* app_ = nullptr;
};

}  // namespace hlid_node
