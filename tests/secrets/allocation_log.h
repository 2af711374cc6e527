// Every C++ allocation of this process, in order, while it is written down.
#pragma once

#include <vector>

namespace secrets {

struct Allocation {
  enum class Kind { taken, freed, freed_wiped } kind;
  unsigned long size;
  bool operator==(const Allocation&) const = default;
};

void begin_allocation_log();
std::vector<Allocation> end_allocation_log();

}  // namespace secrets
