// A flow's description and its state table: all that a flow is.
#pragma once

#include <cstdint>
#include <span>

#include "engine/work.h"
#include "oauth/description.h"

namespace hlid {

// The numbers are those of the C header.
enum class Step : int32_t { send = 1, ask = 2, show = 3, sign = 4, wait = 5, done = 6, failed = 7 };

// What comes into a state from outside. `time`: the time that a WAIT state waits for has come.
enum class Event : uint8_t { answer, value, time };

// Where a row leads: to `then`, or to `otherwise`.
enum class Branch : uint8_t { then, otherwise };

// Entering a state prepares its step: a request, a question. Entered anew for each repetition, so that a
// repeated authorize call has a new verifier and a new state.
struct StateSpec {
  const char* name;
  Step step;
  Result<void> (*enter)(Work&);
};

// state x event -> action, next state. Indices into the table of states.
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
  bool repeatable;
};

struct AskSpec {
  const char* name;
  bool secret;
  const char* doc;
};

struct FlowSpec {
  const char* name;
  const char* summary;      // one sentence
  const char* description;  // more, for the docs
  const char* source;
  bool accepts_guest;
  std::span<const ValueSpec> parameters;
  std::span<const RequestSpec> requests;
  std::span<const AskSpec> asks;
  std::span<const OrgSetting> org_settings;
  const ResultSpec* result;
  // Checks the parameters as a whole, before anything is sent; null: nothing beyond each one's own.
  Result<void> (*check)(Work&);
  std::span<const StateSpec> states;  // the first is where a flow begins
  std::span<const Row> rows;
};

}  // namespace hlid
