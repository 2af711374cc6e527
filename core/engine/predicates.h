// Questions that a program asks of an error: one table, from which every language has its methods.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"

namespace hlid {

// True of an error with one of the reasons, or with the advice, or with an HTTP status from that number on.
struct Predicate {
  const char* name;
  // Fields of an error appear in backticks; each language spells them in its way.
  const char* doc;
  std::span<const char* const> reasons = {};
  Advice advice = Advice::none;
  int32_t http_status_from = 0;
};

std::span<const Predicate> predicates();

}  // namespace hlid
