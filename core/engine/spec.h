// A flow's description and its state table: all that a flow is.
//
// Two rules. Everything that decides what a flow does next appears in its table: an action looks at what came in and
// names the next state, and does nothing else that outlives it but through the Context. And an action can only name
// states that its type lists, so that the table, the docs' diagrams and the code cannot disagree.
#pragma once

#include <cstdint>
#include <span>

#include "engine/context.h"
#include "engine/next.h"
#include "oauth/description.h"
#include "oauth/site_address.h"

namespace hlid {

// The numbers are those of the C header.
enum class Step : int32_t { send = 1, ask = 2, show = 3, sign = 4, wait = 5, done = 6, failed = 7, store = 8 };

// What comes into a state from outside.
enum class Event : uint8_t {
  response,
  value,        // what was asked for, or a signature
  shown,        // the host has shown a page that asks for nothing
  time,         // the time that a WAIT state waits for has come
  resend,       // the host asks for a new message to the person
  no_response,  // no complete response came, and nothing is repeated; where a state has no such row the flow fails
  loaded,       // the host's store gave what it has
  stored,       // it did what it was asked
  not_stored,   // it did not: another version is there, or another owner holds the lock
  failed,       // the flow would fail in this state: what has been begun can be put back first. What a response's action or the
                // engine fails with, and a store's fault; the error of any other action ends the flow
};

// Where a request goes: the site with its path prefix; the site's origin without it; the address that an authorize
// response named, where the settings believe it, else the site; the integration user's own, else the site.
enum class Base : uint8_t { site, org, named, integration };
enum class Body : uint8_t { none, form, json };
// How the client authenticates: not at all, or by the setting token_endpoint_auth_method.
enum class Auth : uint8_t { none, client };
// What of extra_headers and extra_parameters goes along.
enum class Extras : uint8_t { none, headers, all };

// One request, stated once: the engine begins it, the state's function adds its own fields, the engine finishes it.
struct RequestSpec {
  const char* name;
  Endpoint endpoint;
  const char* method = "POST";
  const char* path;
  Base base = Base::site;
  Body body = Body::form;
  const char* accept = "application/json";
  bool retry_safe = false;  // may be sent again after it may have been sent
  Auth auth = Auth::none;
  Extras extras = Extras::none;
  // Of the integration user's token, which the engine gets before it begins the request; empty: none goes along.
  const char* integration_scope = "";
  bool prefers_http2 = false;
  // Looks at the finished request and may add headers: a signature over all of it. Called for each repetition.
  Result<void> (*sign)(Context&) = nullptr;
  // What its refusals mean, where that is not the flow's own: a request of another flow.
  const ErrorSpec* errors = nullptr;
};

// One state. Entering it prepares its step; again for each repetition, so that a repeated authorize call has a new
// verifier and a new state. An ASK is data: what it asks for, and where the value goes.
struct StateSpec {
  const char* name;
  Step step;
  // SEND: adds the request's own fields. SHOW, SIGN, WAIT: fills show, sign, wait_until_ms. A SIGN without an input has
  // nothing to sign, and leads on at once.
  Result<void> (*enter)(Context&) = nullptr;
  const RequestSpec* request = nullptr;             // SEND: the request. SIGN: the one it signs for, whose token is fetched first
  const ValueSpec* ask = nullptr;                   // ASK, and a SHOW that waits for a callback
  const SlotSpec* slot = nullptr;                   // where the value goes; null: the action takes it
  StoreOperation operation = StoreOperation::load;  // STORE: the operation; entering fills the rest
};

constexpr StateSpec send_state(const char* name, const RequestSpec& request, Result<void> (*fill)(Context&)) {
  return {name, Step::send, fill, &request};
}
constexpr StateSpec ask_state(const char* name, const ValueSpec& ask, const SlotSpec& slot) {
  return {name, Step::ask, nullptr, nullptr, &ask, &slot};
}
constexpr StateSpec show_state(const char* name, Result<void> (*show)(Context&)) { return {name, Step::show, show}; }
constexpr StateSpec show_state(const char* name, Result<void> (*show)(Context&), const ValueSpec& ask) {
  return {name, Step::show, show, nullptr, &ask};
}
constexpr StateSpec sign_state(const char* name, Result<void> (*sign)(Context&), const RequestSpec& request) {
  return {name, Step::sign, sign, &request};
}
constexpr StateSpec wait_state(const char* name, Result<void> (*wait)(Context&)) { return {name, Step::wait, wait}; }
constexpr StateSpec store_state(const char* name, StoreOperation operation, Result<void> (*fill)(Context&)) {
  return {name, Step::store, fill, nullptr, nullptr, nullptr, operation};
}
constexpr StateSpec done_state() { return {"done", Step::done}; }

// Headless requests are answered by Experience Cloud sites only; what concerns tokens by every host of Salesforce's.
inline constexpr HostKind kSitesOnly[] = {HostKind::site};
inline constexpr HostKind kOrgHosts[] = {HostKind::my_domain, HostKind::login};
inline constexpr HostKind kEveryHost[] = {HostKind::site, HostKind::my_domain, HostKind::login};

// Whether a flow is one to choose. `discouraged`: Salesforce advises against it; Java and Node mark it as deprecated, and
// Python's docstring says so. `experimental`: the wire is not documented in full, so that names in its result may still change.
enum class Status : uint8_t { current, discouraged, experimental };

struct FlowSpec {
  const char* name;
  const char* verb;         // the method of the typed languages
  const char* summary;      // one sentence
  const char* description;  // more, for the docs
  const char* source;
  Status status = Status::current;
  const char* retires = "";      // the day from which Salesforce no longer serves it, YYYY-MM-DD; empty: none is known
  const char* status_note = "";  // sentences: why, and what to use instead
  std::span<const ValueSpec> parameters{};
  // Of the optional parameters, those that an example gives: one way out of each "this or that".
  std::span<const std::string_view> example{};
  std::span<const OrgSetting> org_settings{};
  // Settings of the app without which it cannot run, and the kinds of host that `site` may name.
  std::span<const std::string_view> needs{};
  std::span<const HostKind> hosts = kSitesOnly;
  const ResultSpec* result;
  std::span<const std::string_view> lacks{};  // the fields of it that this flow never brings
  const ErrorSpec* errors;
  // Checks the parameters as a whole, before anything is sent; null: nothing beyond each one's own.
  Result<void> (*check)(Context&) = nullptr;
  // Looks at a value that is given, beyond what its ValueSpec says; one that it refuses leaves the flow waiting.
  Result<void> (*check_given)(const Context&, std::string_view name, std::string_view value) = nullptr;
  // A browser brings the tokens: what ties an ID token to the flow, and its signature, are then always checked.
  bool browser_brings_tokens = false;
  // It trades a session's last proof for new tokens: a bad ID token among them costs no more than itself, and where they are lost
  // the person has to sign in again.
  bool renews_session = false;
  // The tokens are in the host's store before they are checked: one that does not pass costs no more than this call.
  bool stores_tokens = false;
  // The result is a token: the engine checks its signature where the settings say so, and then calls this.
  Result<void> (*finish)(Context&, bool verified) = nullptr;
  std::span<const SlotSpec* const> slots{};  // those that a ticket may hold
  std::span<const StateSpec> states;
  std::span<const Row> rows;

  // ARGUMENT names the setting that is missing, or says why `site` will not do. Before anything is sent.
  [[nodiscard]] Result<void> check_app(const App& app) const;
  [[nodiscard]] bool resends() const;
  [[nodiscard]] bool shows() const;
  // What it may ask for, by name; null if it never asks for that.
  [[nodiscard]] const ValueSpec* find_ask(std::string_view name) const;
  // In the order of the states, each once.
  [[nodiscard]] std::vector<ValueSpec> asks() const;
  // Whether a request that brings the tokens is not sent again once it may have been sent.
  [[nodiscard]] bool is_single_use() const;
  // In the order in which they are sent, those of the engine too.
  [[nodiscard]] std::vector<const RequestSpec*> requests() const;
};

// Whether a table is whole: each state reached from the first, each with the rows that its step needs and no others,
// no row twice, no name twice. For static_assert next to the table.
constexpr bool well_formed(std::span<const StateSpec> states, std::span<const Row> rows);

}  // namespace hlid

#include "engine/well_formed.h"
