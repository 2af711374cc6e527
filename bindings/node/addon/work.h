// work.h: what takes too long for the event loop.
#pragma once

#include <napi.h>

namespace hlid_node {

// Queues work for Node's pool of threads: a promise for its end, or undefined where the engine refuses.
template <typename Work>
Napi::Value queue(Napi::Env env, const char* name, Work& work) {
  napi_value promise = nullptr;
  napi_value text = nullptr;
  if (napi_create_promise(env, &work.deferred, &promise) != napi_ok ||
      napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text) != napi_ok ||
      napi_create_async_work(env, nullptr, text, Work::execute, Work::complete, &work, &work.work) != napi_ok ||
      napi_queue_async_work(env, work.work) != napi_ok) {
    return env.Undefined();
  }
  return {env, promise};
}

}  // namespace hlid_node
