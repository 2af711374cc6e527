// Flows that ask a server what it makes of a request that is incomplete or wrong on purpose. Each sends one request and is DONE
// with whatever response came. They are not in the catalogue: `headlessid org doctor` alone runs them (doctor.h).
#pragma once

#include <span>
#include <string_view>

#include "engine/spec.h"

namespace hlid::org {

std::span<const FlowSpec* const> all_inquiries();
const FlowSpec* find_inquiry(std::string_view name);

// What Salesforce's endpoints say at the place of a code: other words there are a page's own.
bool is_known_code(std::string_view word);

// What a page or an address shows of an error: "error=x&error_description=y", also with &amp; between them. Views into the text.
struct ShownError {
  std::string_view code;    // a known one
  std::string_view text;    // percent-encoded, as shown
  std::string_view before;  // of a code in a query or a fragment, what stands before it; empty: the words of a page
  bool is_in_query = false;
};
ShownError error_shown_in(std::string_view text);

}  // namespace hlid::org
