// What the server's words mean: one table of codes and texts, by endpoint and by who asked.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "oauth/oauth_error.h"

namespace hlid {

// One row a diagnosis. Empty texts match everything.
struct Diagnosis {
  std::string_view code;
  std::string_view text;  // part of the description, in any case
  std::optional<Endpoint> endpoint;
  const char* reason;
  Advice advice;
  std::string_view message;
  std::string_view hint;
  std::optional<Asker> asker = {};
};

// What the server's words mean; null if nobody knows. An outage and too many requests count before all else; then a row
// that knows the text, then who asked, then the endpoint, then the code alone. Codes are compared without case, and
// with '-' as '_'.
const Diagnosis* find_diagnosis(std::string_view code, std::string_view text, Refusal about);

// Whether a text that is no code's, or a short page, is what a gateway or a maintenance page says; null if not.
const Diagnosis* find_outage(std::string_view text);

}  // namespace hlid
