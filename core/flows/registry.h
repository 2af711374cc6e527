// Every flow: one file in this folder, and one line in flows.list.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "engine/spec.h"

namespace hlid {

namespace flows {
#define HLID_FLOW(name) extern const FlowSpec name;
#include "flows/flows.list"
#undef HLID_FLOW
}  // namespace flows

std::span<const FlowSpec* const> all_flows();
const FlowSpec* find_flow(std::string_view name);
Error unknown_flow();  // what `find_flow` did not find, without saying what it was

}  // namespace hlid
