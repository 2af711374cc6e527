// Every flow that there is. A new flow is one file in this folder and one line here.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "engine/spec.h"

namespace hlid {

extern const FlowSpec kGuestFlow;
extern const FlowSpec kLoginFlow;
extern const FlowSpec kRegistrationFlow;
extern const FlowSpec kPasswordlessLoginFlow;
extern const FlowSpec kPasswordResetFlow;
extern const FlowSpec kFirstPartyLoginFlow;
extern const FlowSpec kFirstPartyPasswordlessFlow;
extern const FlowSpec kFirstPartyRegistrationFlow;
extern const FlowSpec kNativeSsoFlow;
extern const FlowSpec kRefreshFlow;
extern const FlowSpec kIntrospectionFlow;
extern const FlowSpec kSingleAccessFlow;
extern const FlowSpec kUserinfoFlow;
extern const FlowSpec kRevocationFlow;
extern const FlowSpec kLogoutFlow;

std::span<const FlowSpec* const> all_flows();
const FlowSpec* find_flow(std::string_view name);
Error unknown_flow();  // what `find_flow` did not find, without saying what it was

}  // namespace hlid
