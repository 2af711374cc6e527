// What may go wrong between a host and a server, by the words that errors of kind TRANSPORT have: whether it passes by
// itself, and what somebody can do about it. The client and a host's own HTTP stack say which it was.
#pragma once

#include <string_view>

#include "base/error.h"

namespace hlid {

struct Fault {
  const char* reason;
  const char* text;  // for people, where who saw the fault says nothing better
  // Nothing of the request can have left.
  bool before_sending = false;
  // The same again would come of another attempt: none is made.
  bool lasting = false;
  Advice advice = Advice::retry_later;
  const char* field = "";  // the setting to look at
  const char* hint = "";
};

// Null for a word that is none of them.
const Fault* find_fault(std::string_view reason);

}  // namespace hlid
