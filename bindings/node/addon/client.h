// client.h: a client of the library as an object of JavaScript.
#pragma once

#include <napi.h>

#include <memory>

#include "headlessid/headlessid.h"
#include "hub.h"
#include "runner.h"

namespace hlid_node {

class Client : public Napi::ObjectWrap<Client> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit Client(const Napi::CallbackInfo& info);
  ~Client() override;

 private:
  struct Opening;
  struct Closing;

  Napi::Value open(
      const Napi::CallbackInfo& info);  // (app, maxInFlight or undefined) -> promise of undefined or fields of an error
  Napi::Value start(const Napi::CallbackInfo& info);      // (flow) -> promise of the step, or fields of an error
  Napi::Value in_flight(const Napi::CallbackInfo& info);  // number
  Napi::Value close(const Napi::CallbackInfo& info);      // promise

  std::shared_ptr<Hub> hub_;
  // The error of a call that needs an open client, or undefined.
  Napi::Value unusable(Napi::Env env) const;

  std::unique_ptr<Runner> runner_;
  bool opened_ = false;
  bool closing_ = false;
};

}  // namespace hlid_node
