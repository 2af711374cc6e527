// A flow's result, field by field.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace hlid {

// The catalogue's field names, and their values as text.
class FlowResult {
 public:
  void set(const char* name, std::string_view value) { values_.emplace_back(name, Secret(value)); }
  void remove(std::string_view name) {
    std::erase_if(values_, [&](const auto& own) { return own.first == name; });
  }
  void replace(const char* name, std::string_view value) {
    remove(name);
    set(name, value);
  }
  void set_if(const char* name, std::optional<std::string_view> value) {
    if (value && !value->empty()) set(name, *value);
  }
  [[nodiscard]] const std::vector<std::pair<const char*, Secret>>& values() const { return values_; }
  [[nodiscard]] std::string_view get(std::string_view name) const {
    for (const auto& [own, value] : values_) {
      if (own == name) return value.view();
    }
    return {};
  }

 private:
  std::vector<std::pair<const char*, Secret>> values_;
};

}  // namespace hlid
