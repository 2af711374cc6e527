// The flows that send one request and are done with its response.
#pragma once

#include "engine/request.h"
#include "engine/spec.h"

namespace hlid {

template <const RequestSpec& kRequest, Result<void> (*kFill)(Context&), Result<void> (*kRead)(Context&)>
struct OneRequest {
  enum State : uint8_t { request, done };
  static Next<done> read(Context& flow) {
    if (auto result = kRead(flow); !result) return std::move(result).error();
    return to<done>;
  }
  static constexpr StateSpec kStates[] = {send_state(kRequest.name, kRequest, kFill), done_state()};
  static constexpr Row kRows[] = {on<read>(request, Event::response)};
};

}  // namespace hlid
