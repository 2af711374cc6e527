// What the server's words mean: one table of codes and texts, by endpoint and by who asked.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "oauth/oauth_error.h"

namespace hlid {

// One row a diagnosis, tried in order. Empty texts match everything.
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

// The first row that says something about these words; null if none does.
const Diagnosis* find_diagnosis(std::string_view code, std::string_view text, Refusal about);

}  // namespace hlid
