// A flow's result, field by field.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"

namespace hlid {

// The catalogue's field names, and their values as text.
class FlowResult {
 public:
  // Makes room for values of this many bytes together.
  void reserve(size_t bytes) { text_.reserve(bytes + kUsualCount); }
  // A value stays where it is until it is removed.
  void set(const char* name, std::string_view value) {
    if (values_.empty()) values_.reserve(kUsualCount);
    values_.emplace_back(name, text_.keep(value));
  }
  void remove(std::string_view name) {
    std::erase_if(values_, [&](const auto& own) {
      const bool removed = own.first == name;
      if (removed) Arena::wipe_kept(own.second);
      return removed;
    });
  }
  void replace(const char* name, std::string_view value) {
    const std::string_view kept = text_.keep(value);  // before the old one is wiped, which it may be a part of
    remove(name);
    values_.emplace_back(name, kept);
  }
  void set_if(const char* name, std::optional<std::string_view> value) {
    if (value && !value->empty()) set(name, *value);
  }
  [[nodiscard]] const std::vector<std::pair<const char*, std::string_view>>& values() const { return values_; }
  [[nodiscard]] std::string_view get(std::string_view name) const {
    for (const auto& [own, value] : values_) {
      if (own == name) return value;
    }
    return {};
  }

 private:
  // Room for what a token response usually brings.
  static constexpr size_t kUsualBytes = 2000;
  static constexpr size_t kUsualCount = 20;

  Arena text_{kUsualBytes};
  std::vector<std::pair<const char*, std::string_view>> values_;
};

}  // namespace hlid
