#include "oauth/description.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "codec/json.h"
#include "crypto/uuid.h"
#include "oauth/typed_text.h"

namespace hlid {
namespace {

const char* fault_of(const ValueSpec& spec, std::string_view value) {
  if (!is_valid_utf8(value)) return "is not valid UTF-8";
  if (value.find('\0') != std::string_view::npos) return "holds a NUL byte";
  switch (spec.form) {
    case Form::utf8: return nullptr;
    case Form::one_line: return has_control(value) ? "contains a control character" : nullptr;
    case Form::visible: return is_visible_ascii(value) ? nullptr : "contains white space, control or non-ASCII characters";
    case Form::printable: return is_printable_ascii(value) ? nullptr : "contains control or non-ASCII characters";
    case Form::scopes: {
      const bool words =
          value.front() != ' ' && value.back() != ' ' && value.find("  ") == std::string_view::npos &&
          std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 0x7F && c != '"' && c != '\\'; });
      if (!words) return "is not a list of words with one space between them";
      return value.find(',') == std::string_view::npos ? nullptr : "has a comma: scopes are separated by spaces";
    }
    case Form::uuid_v4:
      return is_uuid_v4(value) ? nullptr : "is not a lowercase version 4 UUID, such as 3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";
  }
  return nullptr;
}

constexpr size_t kShortestSecret = 4;

// The same but for case and hyphens, or one the beginning of the other.
bool is_like(std::string_view name, std::string_view known) {
  constexpr size_t kMostMore = 4;
  const size_t both = std::min(name.size(), known.size());
  if (both < kShortestSecret || std::max(name.size(), known.size()) - both > kMostMore) return false;
  for (size_t i = 0; i < both; ++i) {
    if (to_lower(name[i] == '-' ? '_' : name[i]) != known[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view name_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::text: return "text";
    case ValueKind::url: return "url";
    case ValueKind::list: return "list";
    case ValueKind::integer: return "integer";
    case ValueKind::flag: return "flag";
    case ValueKind::json: return "json";
  }
  return "";
}

Result<void> check_value(const ValueSpec& spec, std::string_view value) {
  if (spec.kind == ValueKind::integer) {
    const auto number = read_decimal(value);
    if (!number || *number < spec.min || *number > spec.max) {
      return Error::argument(spec.name,
                             join({"must be a number from ", std::to_string(spec.min), " to ", std::to_string(spec.max)}));
    }
    return {};
  }
  if (spec.kind == ValueKind::flag) {
    if (value != "true" && value != "false") return Error::argument(spec.name, "must be true or false");
    return {};
  }
  if (value.empty()) return Error::argument(spec.name, "is empty");
  if (!spec.choices.empty()) {
    if (std::find(spec.choices.begin(), spec.choices.end(), value) != spec.choices.end()) return {};
    std::string what = "must be one of:";
    for (const char* choice : spec.choices) what += join({" ", choice});
    return Error::argument(spec.name, what);
  }
  if (value.size() > spec.max_bytes) {
    return Error::argument(spec.name, join({"is longer than ", std::to_string(spec.max_bytes), " bytes"}));
  }
  if (const char* fault = fault_of(spec, value)) {
    const bool ascii =
        spec.form == Form::visible || spec.form == Form::scopes || spec.form == Form::printable || spec.form == Form::uuid_v4;
    const std::string oddity = ascii || !is_valid_utf8(value) || value.find('\0') != std::string_view::npos
                                   ? oddity_of(value, spec.secret)
                                   : std::string();
    // These may contain spaces.
    const bool spaces = spec.form == Form::scopes || spec.form == Form::printable;
    const bool says = !oddity.empty() && !(spaces && oddity == "it has a space in it");
    return Error::argument(spec.name, says ? join({fault, ": ", oddity}) : std::string(fault));
  }
  if (spec.kind == ValueKind::json) {
    JsonDocument document;
    if (document.parse(value) != JsonFault::none || !document.root().is_object())
      return Error::argument(spec.name, "must be a JSON object without duplicate names");
  }
  return {};
}

Error unknown_name(std::string_view name, std::string_view value, std::span<const ValueSpec> known, std::string_view what) {
  const bool words = std::all_of(name.begin(), name.end(),
                                 [](char c) { return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '_' || c == '-'; });
  const bool swapped = std::any_of(known.begin(), known.end(), [&](const ValueSpec& row) { return value == row.name; });
  const bool like = name.size() < kShortestSecret ||
                    std::any_of(known.begin(), known.end(), [&](const ValueSpec& row) { return is_like(name, row.name); });
  return Error::argument(words && like && !swapped ? name : "name", what);
}

}  // namespace hlid
