// What calls of the C interface are asked for: JSON in, JSON out. docs/org.md describes both. lint.h has its own.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace hlid::org {

Result<std::string> generate_request(std::string_view json);
Result<std::string> explain_request(std::string_view json);

// Why a text is not a request: "has a member twice".
std::string_view why_no_request(JsonFault fault);

// Reads a request's members. The first fault is kept, and what is read after it is empty: ask for it once, at the end.
class RequestReader {
 public:
  // A member that is not among `known` is a fault: a word that is spelt wrongly must not be ignored.
  RequestReader(std::string_view json, std::initializer_list<std::string_view> known);

  [[nodiscard]] std::optional<JsonValue> value(std::string_view name);
  // Empty if absent or null. Valid while this lives.
  std::string_view text(std::string_view name);
  std::vector<std::string_view> texts(std::string_view name);
  bool flag(std::string_view name);
  int integer(std::string_view name, int fallback);

  [[nodiscard]] bool good() const { return !fault_; }
  void refuse(std::string_view name, std::string_view what);
  // Only where it is not good.
  Error take_fault() { return std::move(*fault_); }

 private:
  JsonDocument json_;
  std::optional<Error> fault_;
};

}  // namespace hlid::org
