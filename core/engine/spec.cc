#include "engine/spec.h"

#include <algorithm>

#include "engine/integration_token.h"
#include "engine/keys.h"

namespace hlid {

Result<void> FlowSpec::check_app(const App& app) const {
  if (auto good = app.check_host(hosts); !good) return good;
  return app.check_needs(name, needs);
}

bool FlowSpec::resends() const {
  return std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.event == Event::resend; });
}

bool FlowSpec::shows() const {
  return std::any_of(states.begin(), states.end(), [](const StateSpec& state) { return state.step == Step::show; });
}

const ValueSpec* FlowSpec::find_ask(std::string_view wanted) const {
  for (const StateSpec& state : states) {
    if (state.ask != nullptr && wanted == state.ask->name) return state.ask;
  }
  return nullptr;
}

std::vector<ValueSpec> FlowSpec::asks() const {
  std::vector<ValueSpec> out;
  for (const StateSpec& state : states) {
    if (state.ask == nullptr) continue;
    const auto is_same = [&](const ValueSpec& own) { return std::string_view(own.name) == state.ask->name; };
    if (std::none_of(out.begin(), out.end(), is_same)) out.push_back(*state.ask);
  }
  return out;
}

bool FlowSpec::is_single_use() const {
  return std::any_of(states.begin(), states.end(),
                     [](const StateSpec& state) { return state.step == Step::send && !state.request->retry_safe; });
}

std::vector<const RequestSpec*> FlowSpec::requests() const {
  std::vector<const RequestSpec*> out;
  const auto add = [&](const RequestSpec& request) {
    const auto is_same = [&](const RequestSpec* own) { return std::string_view(own->name) == request.name; };
    if (std::none_of(out.begin(), out.end(), is_same)) out.push_back(&request);
  };
  if (finish != nullptr && is_single_use()) add(kKeysRequest);
  for (const StateSpec& state : states) {
    if (state.request != nullptr && *state.request->integration_scope != '\0') add(kIntegrationTokenRequest);
  }
  for (const StateSpec& state : states) {
    if (state.step == Step::send) add(*state.request);
  }
  if (finish != nullptr) add(kKeysRequest);
  return out;
}

}  // namespace hlid
