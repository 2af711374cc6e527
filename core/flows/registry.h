// Every flow: one file in this folder, and one line in flows.list; or in unlisted.list, for one that calls nothing of
// Salesforce's by itself.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "engine/spec.h"

namespace hlid {

namespace flows {
#define HLID_FLOW(name) extern const FlowSpec name;
#include "flows/flows.list"
#include "flows/unlisted.list"
#undef HLID_FLOW
}  // namespace flows

std::span<const FlowSpec* const> all_flows();
// What flows of unlisted.list return, and the languages have a class for.
std::span<const ResultSpec* const> more_results();
// Of all flows, those of unlisted.list too.
const FlowSpec* find_flow(std::string_view name);
Error unknown_flow();  // what `find_flow` did not find, without saying what it was

}  // namespace hlid
