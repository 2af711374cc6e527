#include "addon.h"

#include "app.h"
#include "client.h"
#include "convert.h"
#include "flow.h"
#include "org.h"
#include "session.h"

namespace hlid_node {

Addon::Addon(Napi::Env env, Napi::Object exports) : hub_(std::make_shared<Hub>(env)) {
  DefineAddon(exports, {
                           InstanceMethod<&Addon::abi_version>("abiVersion"),
                           InstanceMethod<&Addon::version>("version"),
                           InstanceMethod<&Addon::has_client>("hasClient"),
                           InstanceMethod<&Addon::catalogue>("catalogue"),
                           InstanceMethod<&Addon::shut_down>("shutDown"),
                       });
  put(exports, "org", define_org(env));
  put(exports, "App", App::define(env));
  put(exports, "Flow", Flow::define(env));
  put(exports, "Client", Client::define(env));
  put(exports, "Sessions", Sessions::define(env));
  put(exports, "Session", Session::define(env));
}

Napi::Value Addon::abi_version(const Napi::CallbackInfo& info) { return to_number(info.Env(), hlid_abi_version()); }

Napi::Value Addon::version(const Napi::CallbackInfo& info) { return to_text(info.Env(), hlid_version()); }

Napi::Value Addon::has_client(const Napi::CallbackInfo& info) { return to_boolean(info.Env(), hlid_has_client() != 0); }

Napi::Value Addon::catalogue(const Napi::CallbackInfo& info) { return to_text(info.Env(), hlid_catalogue()); }

Napi::Value Addon::shut_down(const Napi::CallbackInfo& info) {
  hub_->shut_down();
  return info.Env().Undefined();
}

}  // namespace hlid_node

using HeadlessIdAddon = hlid_node::Addon;
NODE_API_ADDON(HeadlessIdAddon)
