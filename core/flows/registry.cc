#include "flows/registry.h"

#include <algorithm>

namespace hlid {
namespace {

#define HLID_FLOW(name) &flows::name,
const FlowSpec* const kFlows[] = {
#include "flows/flows.list"
};
#undef HLID_FLOW

}  // namespace

std::span<const FlowSpec* const> all_flows() { return kFlows; }

const FlowSpec* find_flow(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kFlows), std::end(kFlows), [&](const FlowSpec* flow) { return name == flow->name; });
  return found == std::end(kFlows) ? nullptr : *found;
}

Error unknown_flow() { return Error::argument("name", "is not a flow of this library's catalogue"); }

}  // namespace hlid
