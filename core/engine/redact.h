// Text that a server or a host wrote, made fit for an error or a trace: it may say back what it was sent.
#pragma once

#include <string>
#include <string_view>

#include "engine/work.h"

namespace hlid {

// The text on one line, escaped, at most `max` bytes; without the flow's own secrets (also percent-encoded,
// JSON-escaped, broken over lines, or cut after their first eight bytes), and without anything that has the
// shape of a Salesforce token or a JWT. Each becomes three dots. It is cut after that, never before: half a
// secret would not be known again.
std::string shown(std::string_view text, const Work& work, size_t max);

}  // namespace hlid
