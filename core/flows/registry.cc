#include "flows/registry.h"

#include <algorithm>

#include "flows/parts/session_store.h"

namespace hlid {
namespace {

#define HLID_FLOW(name) &flows::name,
const FlowSpec* const kFlows[] = {
#include "flows/flows.list"
};
const FlowSpec* const kUnlisted[] = {
#include "flows/unlisted.list"
};
#undef HLID_FLOW

const FlowSpec* find_in(std::span<const FlowSpec* const> flows, std::string_view name) {
  const auto found = std::find_if(flows.begin(), flows.end(), [&](const FlowSpec* flow) { return name == flow->name; });
  return found == flows.end() ? nullptr : *found;
}

}  // namespace

std::span<const FlowSpec* const> all_flows() { return kFlows; }

std::span<const ResultSpec* const> more_results() {
  static constexpr const ResultSpec* kResults[] = {&kSessionToken};
  return kResults;
}

const FlowSpec* find_flow(std::string_view name) {
  const FlowSpec* listed = find_in(kFlows, name);
  return listed != nullptr ? listed : find_in(kUnlisted, name);
}

Error unknown_flow() { return Error::argument("name", "is not a flow of this library's catalogue"); }

}  // namespace hlid
