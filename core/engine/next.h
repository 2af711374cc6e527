// How an action says where it leads, so that the compiler knows all the states it may name.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "base/result.h"

namespace hlid {

class Context;
enum class Event : uint8_t;

// One state, as a value to return: `return to<kToken>;`.
template <auto kState>
struct To {};
template <auto kState>
inline constexpr To<kState> to{};

inline constexpr size_t kMaxWays = 6;

// The states that a row may lead to.
struct Ways {
  std::array<uint8_t, kMaxWays> states{};
  uint8_t count = 0;
};

// What an action returns: one of the states it lists, or an error that ends the flow. Another state does not compile.
template <auto... kStates>
class Next {
  template <auto kState>
  static constexpr bool kIsAllowed = ((kState == kStates) || ...);

 public:
  template <auto kState>
    requires(kIsAllowed<kState>)
  Next(To<kState>) : state_(static_cast<uint8_t>(kState)) {}  // NOLINT: implicit on purpose
  Next(Error error) : state_(std::move(error)) {}             // NOLINT
  // What another action may lead to, if this one may, too.
  template <auto... kOther>
    requires(sizeof...(kOther) > 0 && (kIsAllowed<kOther> && ...))
  Next(Next<kOther...> other) : state_(std::move(other).take()) {}  // NOLINT

  [[nodiscard]] Result<uint8_t> take() && { return std::move(state_); }
  static constexpr Ways kWays{{static_cast<uint8_t>(kStates)...}, sizeof...(kStates)};

 private:
  static_assert(sizeof...(kStates) <= kMaxWays);
  Result<uint8_t> state_;
};

// state x event -> action, next state. Without an action there is one way.
struct Row {
  uint8_t state;
  Event event;
  Result<uint8_t> (*action)(Context&);
  Ways ways;
};

// A row whose action says which way it goes: on<exchanged>(kToken, Event::response).
template <auto kAction>
constexpr Row on(auto state, Event event) {
  using Where = decltype(kAction(std::declval<Context&>()));
  return {static_cast<uint8_t>(state), event, [](Context& flow) { return kAction(flow).take(); }, Where::kWays};
}

// A row that leads on without looking: go(kShow, Event::shown, kPause).
constexpr Row go(auto state, Event event, auto next) {
  return {static_cast<uint8_t>(state), event, nullptr, {{static_cast<uint8_t>(next)}, 1}};
}

}  // namespace hlid
