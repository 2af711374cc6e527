// A flow's description and its state table: all that a flow is.
#pragma once

#include <cstdint>
#include <span>

#include "engine/work.h"
#include "oauth/description.h"

namespace hlid {

// The numbers are those of the C header.
enum class Step : int32_t { send = 1, ask = 2, show = 3, sign = 4, wait = 5, done = 6, failed = 7 };

// What comes into a state from outside. `time`: the time that a WAIT state waits for has come. `resend`: the
// host asks for a new message to the person. `no_response`: no complete response came, and nothing is repeated; where
// a state has no such row the flow fails.
enum class Event : uint8_t { response, value, time, resend, no_response };

// Where a row leads: to `then`, to `otherwise`, or back into its own state.
enum class Branch : uint8_t { then, otherwise, stay };

// Entering a state prepares its step: a request, a question. Entered anew for each repetition, so that a
// repeated authorize call has a new verifier and a new state.
struct StateSpec {
  const char* name;
  Step step;
  Result<void> (*enter)(Work&);
};

// state x event -> action, next state. Indices into the table of states. No action: on to `then`.
struct Row {
  uint8_t state;
  Event event;
  Result<Branch> (*action)(Work&);
  uint8_t then;
  uint8_t otherwise;
};

struct RequestSpec {
  const char* name;
  const char* method;
  const char* path;
  bool retry_safe;
};

struct FlowSpec {
  const char* name;
  const char* summary;      // one sentence
  const char* description;  // more, for the docs
  const char* source;
  bool accepts_guest;           // typed languages take a Guest, which fills the parameters that say from_guest
  bool accepts_tokens = false;  // and a TokenSet, which fills the parameters that have a token's name
  std::span<const ValueSpec> parameters;
  std::span<const RequestSpec> requests;
  std::span<const ValueSpec> asks;
  std::span<const OrgSetting> org_settings;
  const ResultSpec* result;
  // Checks the parameters as a whole, before anything is sent; null: nothing beyond each one's own.
  Result<void> (*check)(Work&);
  std::span<const StateSpec> states;
  std::span<const Row> rows;
  bool shows = false;  // has a SHOW step
  // Looks at a value that is given, beyond what its ValueSpec says; one that it refuses leaves the flow waiting.
  Result<void> (*check_given)(const Work&, std::string_view name, std::string_view value) = nullptr;
  // The state in which a flow begins; null: the first.
  Result<uint8_t> (*start)(Work&) = nullptr;

  [[nodiscard]] bool resends() const {
    for (const Row& row : rows) {
      if (row.event == Event::resend) return true;
    }
    return false;
  }
};

}  // namespace hlid
