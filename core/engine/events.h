// What a flow did, for logs, metrics and spans: one JSON object a line, with nothing in it that is secret or a person's. Times
// are the host's clock, as it gives it with each step.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/context.h"

namespace hlid {

// What each line begins with.
struct EventTime {
  std::string_view flow;  // its name
  int64_t started_ms;
  int64_t ended_ms;
};

// A request, sent for the time `attempt`; status 0: no response, and `reason` says why.
void note_request_event(std::string& out, const EventTime& when, const Context& work, int32_t status, int attempt,
                        std::string_view reason);
void note_store_event(std::string& out, const EventTime& when, StoreOperation operation, std::string_view outcome);
// Its end; error null: DONE.
void note_flow_event(std::string& out, const EventTime& when, const Error* error, std::string_view refreshed_by);

}  // namespace hlid
