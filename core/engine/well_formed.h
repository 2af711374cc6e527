// What makes a table whole, checked when it is compiled. Part of engine/spec.h.
#pragma once

#include <span>
#include <string_view>

#include "engine/spec.h"

namespace hlid::table {

constexpr size_t kMaxStates = 64;

constexpr bool has_row(std::span<const Row> rows, size_t state, Event event) {
  for (const Row& row : rows) {
    if (row.state == state && row.event == event) return true;
  }
  return false;
}

// What a state needs: a request to send, something to ask, a function that fills the step; and a row to leave it by.
constexpr bool is_state_whole(std::span<const StateSpec> states, std::span<const Row> rows, size_t index) {
  const StateSpec& state = states[index];
  switch (state.step) {
    case Step::send:
      return state.request != nullptr && state.enter != nullptr && state.ask == nullptr && has_row(rows, index, Event::response);
    case Step::ask: return state.ask != nullptr && state.enter == nullptr && has_row(rows, index, Event::value);
    case Step::show: return state.enter != nullptr && has_row(rows, index, state.ask == nullptr ? Event::shown : Event::value);
    case Step::sign: return state.enter != nullptr && has_row(rows, index, Event::value);
    case Step::wait: return state.enter != nullptr && has_row(rows, index, Event::time);
    case Step::done: return state.enter == nullptr;
    case Step::store:
      if (state.enter == nullptr || !has_row(rows, index, Event::failed)) return false;
      if (state.operation == StoreOperation::load) return has_row(rows, index, Event::loaded);
      return has_row(rows, index, Event::stored) && has_row(rows, index, Event::not_stored);
    case Step::failed: return false;
  }
  return false;
}

constexpr bool may_meet(const StateSpec& state, Event event) {
  switch (event) {
    case Event::response:
    case Event::no_response: return state.step == Step::send;
    case Event::value: return state.step == Step::sign || state.ask != nullptr;
    case Event::shown: return state.step == Step::show && state.ask == nullptr;
    case Event::time: return state.step == Step::wait;
    case Event::resend: return state.step == Step::ask;
    case Event::loaded: return state.step == Step::store && state.operation == StoreOperation::load;
    case Event::stored:
    case Event::not_stored: return state.step == Step::store && state.operation != StoreOperation::load;
    case Event::failed: return state.step == Step::store || state.step == Step::send;
  }
  return false;
}

constexpr bool are_rows_whole(std::span<const StateSpec> states, std::span<const Row> rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (row.state >= states.size() || !may_meet(states[row.state], row.event)) return false;
    if (row.action == nullptr && row.ways.count != 1) return false;
    for (size_t way = 0; way < row.ways.count; ++way) {
      if (row.ways.states[way] >= states.size()) return false;
    }
    for (size_t j = 0; j < i; ++j) {
      if (rows[j].state == row.state && rows[j].event == row.event) return false;
    }
  }
  return true;
}

constexpr bool are_names_apart(std::span<const StateSpec> states) {
  for (size_t i = 0; i < states.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (std::string_view(states[i].name) == states[j].name) return false;
    }
  }
  return true;
}

constexpr bool is_each_reached(std::span<const StateSpec> states, std::span<const Row> rows) {
  bool reached[kMaxStates] = {true};
  for (size_t round = 0; round < states.size(); ++round) {
    for (const Row& row : rows) {
      for (size_t way = 0; reached[row.state] && way < row.ways.count; ++way) reached[row.ways.states[way]] = true;
    }
  }
  for (size_t i = 0; i < states.size(); ++i) {
    if (!reached[i]) return false;
  }
  return true;
}

}  // namespace hlid::table

namespace hlid {

constexpr bool well_formed(std::span<const StateSpec> states, std::span<const Row> rows) {
  if (states.empty() || states.size() > table::kMaxStates) return false;
  for (size_t i = 0; i < states.size(); ++i) {
    if (!table::is_state_whole(states, rows, i)) return false;
  }
  return table::are_rows_whole(states, rows) && table::are_names_apart(states) && table::is_each_reached(states, rows);
}

}  // namespace hlid
