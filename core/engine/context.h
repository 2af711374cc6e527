// What a flow's actions see: its parameters, what it remembers, what came in, and the step they prepare.
#pragma once

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
#include "oauth/oauth_error.h"
#include "oauth/response.h"

namespace hlid {

struct RequestSpec;
class SessionCache;

// A place where a flow remembers something from step to step, wiped with the flow. It belongs to the flow or the part of
// a flow that declares it.
struct SlotSpec {
  const char* name;
  InTicket in_ticket = InTicket::never;
  bool is_public = false;  // no secret: a number, an address, a list of scopes
};

struct Ask {
  const char* name = "";
  bool secret = false;
  std::optional<Error> problem;
};

struct Show {
  Secret url;                      // with the state of the sign-in, or the code, in it
  std::string code;                // for a person to type at verification_uri
  std::string verification_uri{};  // the address without the code; empty where there is no code
};

struct Sign {
  const char* algorithm = "";
  Secret input;
};

// One operation of the host's store. Each replaces, moves or reads one record, or holds its lock.
enum class StoreOperation : uint8_t { load, save, erase, lock, unlock };
const char* name_of(StoreOperation operation);

struct StoreRequest {
  StoreOperation operation = StoreOperation::load;
  std::string key{};
  std::string version{};      // save, erase: only if this one is there; empty: only if there is none
  std::string new_version{};  // save
  Secret value{};             // save: sealed
  int64_t ttl_ms = 0;         // save, lock; 0: without an end
  std::string owner{};        // lock, unlock
};

// What the store has under a key.
struct Stored {
  bool found = false;
  std::string version{};
  Secret value{};
};

class Context {
 public:
  Context(const App& settings, const ErrorSpec& own_errors) : app(settings), errors(own_errors) { slots_.reserve(kUsualSecrets); }

  const App& app;
  const ErrorSpec& errors;
  int64_t now_ms = 0;
  bool tracing = false;

  // The parameter's value; absent if the caller gave none. The name must be of the flow's own table.
  [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
  // The scopes that are asked for, in a flow with that parameter: it, else the setting; empty: whatever the app has.
  [[nodiscard]] std::string_view scope() const { return parameter("scope").value_or(app.scope); }

  [[nodiscard]] std::string_view slot(const SlotSpec& which) const;
  [[nodiscard]] bool has(const SlotSpec& which) const { return !slot(which).empty(); }
  void keep(const SlotSpec& which, Secret value);
  void keep(const SlotSpec& which, std::string_view value) { keep(which, Secret(value)); }
  // A slot that counts: 0 where nothing is kept.
  [[nodiscard]] int64_t number(const SlotSpec& which) const;
  void keep_number(const SlotSpec& which, int64_t value);
  [[nodiscard]] std::span<const std::pair<const SlotSpec*, Secret>> slots() const { return slots_; }
  [[nodiscard]] std::span<const std::pair<const ValueSpec*, Secret>> parameters() const { return parameters_; }
  // It is wiped when the flow ends: until then the server's words are searched for it.
  void forget(const SlotSpec& which);
  // Searched for in the same way: another form of what was sent.
  void hide(std::string_view sent) { forgotten_.emplace_back(sent); }
  [[nodiscard]] std::span<const Secret> forgotten() const { return forgotten_; }

  // Drops the parameters that must not be sent twice (a reCAPTCHA token): call it when their request got a response.
  void drop_single_use();

  // Wipes everything but the result: a flow at its end needs none of its secrets.
  void forget_all();

  // In: what was given back.
  Response response;
  bool repeated = false;         // the present request has been sent before
  Secret given;                  // the value that was asked for
  std::optional<Error> failure;  // with no_response and failed: what the flow fails with, unless the action has something better
  std::unique_ptr<Stored> stored;  // with loaded
  // The request that is prepared, or whose response came; what a refusal means depends on it, and on the flow.
  const RequestSpec* request_spec = nullptr;
  [[nodiscard]] Refusal refusal() const;

  // Whether the request carried a token of the integration user, given or fetched.
  [[nodiscard]] bool has_integration_token() const;
  // After the site refused it: true where the token was kept from before, so that a new one is worth another try.
  bool renew_integration_token();

  // Out: what an action prepares for the step that its state announces.
  Request request;
  Ask ask;
  // Null outside their own step: most flows come to none of them.
  std::unique_ptr<Show> show;
  std::unique_ptr<Sign> sign;
  std::unique_ptr<StoreRequest> store;
  int64_t wait_until_ms = 0;
  FlowResult result;
  // What the flow will end with once it has put back what it began.
  std::optional<Error> verdict;
  int64_t timeout_ms = 0;  // the flow's own
  // What this process keeps of the session that the flow is about; null: nothing.
  std::shared_ptr<SessionCache> session_cache;
  // Of the sessions' own; null: the app's.
  std::shared_ptr<const SealKeys> session_keys;
  [[nodiscard]] const SealKeys& sealing_keys() const { return session_keys ? *session_keys : app.session_keys; }
  // Of a session whose token was due: "this" where this flow refreshed it, "another" where it took what another one got.
  const char* refreshed_by = "";

 private:
  friend class Flow;
  // Room for the parameters of most flows, for what they keep, and for what they forget.
  static constexpr size_t kUsualSecrets = 4;
  // This flow fetched the integration user's token itself: a refusal has nothing to do with its age.
  bool token_is_new_ = false;
  // Held while this flow fetches the token that others wait for; released with the flow, whatever the outcome.
  std::shared_ptr<void> lease_;
  std::vector<std::pair<const ValueSpec*, Secret>> parameters_;
  std::vector<const ValueSpec*> spent_;  // single-use parameters that were sent
  std::vector<std::pair<const SlotSpec*, Secret>> slots_;
  std::vector<Secret> forgotten_;
};

}  // namespace hlid
