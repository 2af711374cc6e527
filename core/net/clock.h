// The only clock of the library. Deadlines go by the steady one; the wall clock is read once for each flow.
#pragma once

#include <chrono>
#include <cstdint>

namespace hlid {

// Milliseconds on a clock that cannot be set.
inline int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

inline int64_t steady_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

// The time as a flow sees it: the wall clock at its start, and from there the steady clock.
class FlowClock {
 public:
  FlowClock() {
    using namespace std::chrono;
    const int64_t wall = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    ahead_ = wall - steady_ms();
  }
  [[nodiscard]] int64_t now_ms() const { return steady_ms() + ahead_; }
  // The steady clock's reading at that time of the flow; bounded, so that no later sum can overflow.
  [[nodiscard]] int64_t steady_at(int64_t flow_ms) const {
    constexpr int64_t kFar = int64_t{1} << 60;
    if (flow_ms > kFar) return kFar;
    if (flow_ms < -kFar) return -kFar;
    return flow_ms - ahead_;
  }

 private:
  int64_t ahead_;
};

}  // namespace hlid
