// addon.h: one instance for each environment that loads the addon; there is no state anywhere else.
#pragma once

#include <napi.h>

#include <memory>

#include "hub.h"

namespace hlid_node {

class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

  // Shared with the clients: at the end of an environment they may be collected after this instance.
  [[nodiscard]] const std::shared_ptr<Hub>& hub() const { return hub_; }

 private:
  Napi::Value abi_version(const Napi::CallbackInfo& info);
  Napi::Value version(const Napi::CallbackInfo& info);
  Napi::Value has_client(const Napi::CallbackInfo& info);
  Napi::Value catalogue(const Napi::CallbackInfo& info);
  Napi::Value shut_down(const Napi::CallbackInfo& info);

  std::shared_ptr<Hub> hub_;
};

}  // namespace hlid_node
