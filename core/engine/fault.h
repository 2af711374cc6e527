// What may go wrong between a host and a server, by the words that errors of kind TRANSPORT have: whether it passes by
// itself, and what can be done about it. The client and a host's own HTTP stack say which it was.
#pragma once

#include <string_view>

#include "base/error.h"

namespace hlid {

struct Fault {
  const char* reason;
  const char* text;  // for people, unless the reporter of the fault provides a better text
  // No byte of the request can have been sent.
  bool before_sending = false;
  // The same again would come of another attempt: none is made.
  bool lasting = false;
  Advice advice = Advice::retry_later;
  const char* field = "";  // the setting to look at
  const char* hint = "";
};

// Null for any other word.
const Fault* find_fault(std::string_view reason);

}  // namespace hlid
