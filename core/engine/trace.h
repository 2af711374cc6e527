// The transcript of a flow: what really went over the wire, secrets as dots. Made where the values are
// known, not by searching a finished text.
#pragma once

#include <string>
#include <string_view>

#include "engine/context.h"

namespace hlid {

void trace_request(std::string& out, const Request& request);
// The response that the flow has just been given. Its words go through the flow's own secrets first, and through those
// in the response itself.
void trace_response(std::string& out, const Context& work);
// An operation of the host's store. What was stored is sealed, and its key may be a browser's session: neither is shown.
void trace_store(std::string& out, StoreOperation operation, std::string_view outcome);
void trace_no_response(std::string& out, std::string_view why);

}  // namespace hlid
