#include "flows/registry.h"

#include <algorithm>

namespace hlid {
namespace {

const FlowSpec* const kFlows[] = {
    &kGuestFlow,
    &kLoginFlow,
    &kRegistrationFlow,
    &kPasswordlessLoginFlow,
    &kPasswordResetFlow,
    &kFirstPartyLoginFlow,
    &kFirstPartyPasswordlessFlow,
    &kFirstPartyRegistrationFlow,
    &kNativeSsoFlow,
    &kRefreshFlow,
    &kIntrospectionFlow,
    &kSingleAccessFlow,
    &kUserinfoFlow,
    &kRevocationFlow,
    &kLogoutFlow,
};

}  // namespace

std::span<const FlowSpec* const> all_flows() { return kFlows; }

const FlowSpec* find_flow(std::string_view name) {
  const auto* found =
      std::find_if(std::begin(kFlows), std::end(kFlows), [&](const FlowSpec* flow) { return name == flow->name; });
  return found == std::end(kFlows) ? nullptr : *found;
}

Error unknown_flow() { return Error::argument("name", "is not a flow of this library's catalogue"); }

}  // namespace hlid
