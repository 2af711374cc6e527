// The last net under text that a server wrote: it may say back what it was sent.
#pragma once

#include <string>

#include "engine/work.h"

namespace hlid {

// The text without the flow's own secrets (parameters and what it remembers, also percent-encoded), and
// without anything that has the shape of a Salesforce token or a JWT. Each becomes three dots.
std::string redacted(std::string text, const Work& work);

}  // namespace hlid
