#include "oauth/headers.h"

namespace hlid {

void Headers::add(std::string_view name, std::string_view value, bool secret) {
  put({text_.keep(name), text_.keep(value), secret});
}

void Headers::add_lasting(std::string_view name, std::string_view value) { put({name, value, false}); }

void Headers::put(const Header& header) {
  if (list_.empty()) list_.reserve(count_);
  list_.push_back(header);
  bytes_ += header.name.size() + header.value.size();
}

void Headers::clear() {
  list_.clear();
  text_.clear();
  bytes_ = 0;
}

}  // namespace hlid
