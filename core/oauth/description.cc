#include "oauth/description.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "codec/json.h"
#include "crypto/uuid.h"
#include "oauth/typed_text.h"

namespace hlid {
namespace {

const char* fault_of(const ValueSpec& spec, std::string_view value) {
  if (spec.charset == Charset::bytes) return nullptr;
  if (!is_valid_utf8(value)) return "is not valid UTF-8";
  if (value.find('\0') != std::string_view::npos) return "holds a NUL byte";
  switch (spec.charset) {
    case Charset::bytes:
    case Charset::utf8: return nullptr;
    case Charset::one_line: return has_control(value) ? "contains a control character" : nullptr;
    case Charset::visible: return is_visible_ascii(value) ? nullptr : "contains white space, control or non-ASCII characters";
    case Charset::printable: return is_printable_ascii(value) ? nullptr : "contains control or non-ASCII characters";
    case Charset::scopes: {
      const bool words =
          value.front() != ' ' && value.back() != ' ' && value.find("  ") == std::string_view::npos &&
          std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 0x7F && c != '"' && c != '\\'; });
      if (!words) return "is not a list of words with one space between them";
      return value.find(',') == std::string_view::npos ? nullptr : "has a comma: scopes are separated by spaces";
    }
    case Charset::uuid_v4:
      return is_uuid_v4(value) ? nullptr : "is not a lowercase version 4 UUID, such as 3f6f1c1e-5d0b-4b57-9b0e-2f8f6a8f3c11";
  }
  return nullptr;
}

// What was copied with more around it than the token.
const char* around_token(std::string_view value) {
  constexpr std::string_view kScheme = "bearer ";
  value = trimmed(value);
  if (value.starts_with('{')) return "is JSON: give the token that it holds, alone";
  if (equals_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return "begins with Bearer: give the token alone";
  return nullptr;
}

constexpr size_t kShortestSecret = 4;

constexpr size_t kLongestName = 40;

// How many letters must be changed, left out, put in or swapped with the next to make one of the other.
size_t distance(std::string_view a, std::string_view b) {
  std::array<std::array<size_t, kLongestName + 1>, 3> rows{};
  for (size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    auto& now = rows[i % 3];
    const auto& last = rows[(i + 2) % 3];
    now[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], rows[(i + 1) % 3][j - 2] + 1);
    }
  }
  return rows[a.size() % 3][b.size()];
}

// The same but for case and hyphens, one the beginning of the other, or with one or two slips of the finger. A secret that is
// given in a name's place is not one of these.
bool is_like(std::string_view name, std::string_view known) {
  constexpr size_t kMostMore = 4;
  const size_t both = std::min(name.size(), known.size());
  if (both < kShortestSecret || std::max(name.size(), known.size()) - both > kMostMore) return false;
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return to_lower(c == '-' ? '_' : c); });
  if (std::string_view(lower).substr(0, both) == known.substr(0, both)) return true;
  return std::max(lower.size(), known.size()) <= kLongestName && distance(lower, known) <= 1 + known.size() / 8;
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
    // urn:ietf:params:oauth:token-type:id_token
    const std::string_view last = value.substr(value.rfind(':') + 1);
    if (value.starts_with("urn:") && std::find(spec.choices.begin(), spec.choices.end(), last) != spec.choices.end())
      what += join({"; give the URN's last part, ", last});
    return Error::argument(spec.name, what);
  }
  if (value.size() > spec.max_bytes) {
    return Error::argument(spec.name, join({"is longer than ", std::to_string(spec.max_bytes), " bytes"}));
  }
  if (const char* fault = spec.is_token ? around_token(value) : nullptr) return Error::argument(spec.name, fault);
  if (const char* fault = fault_of(spec, value)) {
    const bool ascii = spec.charset == Charset::visible || spec.charset == Charset::scopes ||
                       spec.charset == Charset::printable || spec.charset == Charset::uuid_v4;
    const std::string oddity = ascii || !is_valid_utf8(value) || value.find('\0') != std::string_view::npos
                                   ? oddity_of(value, spec.secret)
                                   : std::string();
    // These may contain spaces.
    const bool spaces = spec.charset == Charset::scopes || spec.charset == Charset::printable;
    const bool says = !oddity.empty() && !(spaces && oddity == "it has a space in it");
    // What is forbidden would only repeat what was found.
    constexpr std::string_view kIt = "it ";
    if (says && (spec.charset == Charset::visible || spec.charset == Charset::printable))
      return Error::argument(spec.name, std::string_view(oddity).substr(kIt.size()));
    return Error::argument(spec.name, says ? join({fault, ": ", oddity}) : std::string(fault));
  }
  if (spec.kind == ValueKind::json) {
    JsonDocument document;
    if (document.parse(value) != JsonFault::none || !document.root().is_object())
      return Error::argument(spec.name, "must be a JSON object without duplicate names");
  }
  return {};
}

const ValueSpec* nearest_name(std::string_view name, std::span<const ValueSpec> known) {
  if (name.size() < kShortestSecret) return nullptr;
  const auto found = std::find_if(known.begin(), known.end(), [&](const ValueSpec& row) { return is_like(name, row.name); });
  return found == known.end() ? nullptr : &*found;
}

Error unknown_name(std::string_view name, std::string_view value, std::span<const ValueSpec> known, std::string_view what) {
  const bool words = std::all_of(name.begin(), name.end(),
                                 [](char c) { return (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '_' || c == '-'; });
  const bool swapped = std::any_of(known.begin(), known.end(), [&](const ValueSpec& row) { return value == row.name; });
  const bool like = name.size() < kShortestSecret || nearest_name(name, known) != nullptr;
  return Error::argument(words && like && !swapped ? name : "name", what);
}

}  // namespace hlid
