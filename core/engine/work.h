// What a flow's actions see: its parameters, what it remembers, the response, and the step they prepare.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "oauth/app.h"
#include "oauth/description.h"
#include "oauth/flow_result.h"
#include "oauth/response.h"

namespace hlid {

// What a flow remembers from step to step. Everything in a slot is wiped with the flow.
enum class Slot : uint8_t {
  verifier,
  state,
  code,
  base_url,
  uvid,
  uvid_hint,
  identifier,  // of an init, for the authorize call that brings the OTP
  otp,
  password,      // one that was asked for
  bearer,        // the integration user's token
  bearer_scope,  // what it was granted, where the server said so
  auth_session,  // first-party: the newest
  assertion,     // first-party: signed, or what is to be signed
  count
};

struct Ask {
  const char* name = "";
  bool secret = false;
  std::optional<Error> problem;
};

struct Show {
  Secret url;  // with the state of the sign-in in it
  std::string code;
};

struct Sign {
  const char* algorithm = "";
  Secret input;
};

class Work {
 public:
  explicit Work(const App& settings) : app(settings) {}

  const App& app;
  int64_t now_ms = 0;
  bool tracing = false;

  // The parameter's value; absent if the caller gave none. The name must be of the flow's own table.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;

  [[nodiscard]] std::string_view slot(Slot which) const { return slots_[static_cast<size_t>(which)].view(); }
  void keep(Slot which, Secret value) { slots_[static_cast<size_t>(which)] = std::move(value); }
  void keep(Slot which, std::string_view value) { keep(which, Secret(value)); }
  [[nodiscard]] std::span<const Secret> slots() const { return slots_; }
  [[nodiscard]] std::span<const std::pair<const ValueSpec*, Secret>> parameters() const { return parameters_; }
  // It is wiped when the flow ends: until then the server's words are searched for it.
  void forget(Slot which) { forgotten_.push_back(std::exchange(slots_[static_cast<size_t>(which)], Secret())); }
  // Searched for in the same way: another form of what was sent.
  void hide(std::string_view sent) { forgotten_.emplace_back(sent); }
  [[nodiscard]] std::span<const Secret> forgotten() const { return forgotten_; }

  // Drops the parameters that must not be sent twice (a reCAPTCHA token): call it when their request was answered.
  void drop_single_use();

  // Wipes everything but the result: a flow that has ended needs none of its secrets.
  void forget_all();

  // In: what was given back.
  Response response;
  bool repeated = false;  // the present request has been sent before
  Secret given;           // the value that was asked for
  int rounds = 0;         // how often a flow has gone round its own loop, for those that count it: challenges, wrong codes
  int64_t waiting_since_ms = 0;
  bool bearer_is_new = false;  // fetched by this flow: a refusal of it is no matter of age
  // Kept while this flow fetches what others wait for; let go with the flow, whatever becomes of it.
  std::shared_ptr<void> lease;

  // Out: what an action prepares for the step that its state announces.
  Request request;
  Ask ask;
  Show show;
  Sign sign;
  int64_t wait_until_ms = 0;
  FlowResult result;

 private:
  friend class Flow;
  std::vector<std::pair<const ValueSpec*, Secret>> parameters_;
  std::vector<const ValueSpec*> spent_;  // single-use parameters that were sent
  std::array<Secret, static_cast<size_t>(Slot::count)> slots_;
  std::vector<Secret> forgotten_;
};

}  // namespace hlid
