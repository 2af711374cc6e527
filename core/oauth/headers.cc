#include "oauth/headers.h"

namespace hlid {

void Headers::add(std::string_view name, std::string_view value, bool secret) {
  if (list_.empty()) list_.reserve(count_);
  list_.push_back({text_.keep(name), text_.keep(value), secret});
  bytes_ += name.size() + value.size();
}

void Headers::clear() {
  list_.clear();
  text_.clear();
  bytes_ = 0;
}

}  // namespace hlid
