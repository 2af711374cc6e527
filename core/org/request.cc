#include "org/request.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace hlid::org {

namespace {

// The file of a site comes along, escaped.
constexpr size_t kMaxRequest = 2 * kMaxOrgFile;

}  // namespace

std::string_view why_no_request(JsonFault fault) {
  switch (fault) {
    case JsonFault::too_deep: return "has more than 32 levels";
    case JsonFault::too_large: return "is larger than the org's side reads";
    case JsonFault::duplicate: return "has a member twice";
    default: return "is not a JSON object in UTF-8";
  }
}

RequestReader::RequestReader(std::string_view json, std::initializer_list<std::string_view> known) {
  const JsonFault fault = json_.parse(json, kMaxRequest, kMaxJsonArray);
  if (fault != JsonFault::none || !json_.root().is_object()) {
    refuse("request", why_no_request(fault));
    return;
  }
  for (const auto& [name, value] : json_.root().members()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) refuse(name, "is not a member of this request");
  }
}

void RequestReader::refuse(std::string_view name, std::string_view what) {
  if (!fault_) fault_ = Error::argument(name, what);
}

std::optional<JsonValue> RequestReader::value(std::string_view name) {
  if (fault_) return std::nullopt;
  const auto found = json_.root().find(name);
  return found && found->type() != JsonValue::Type::null ? found : std::nullopt;
}

std::string_view RequestReader::text(std::string_view name) {
  const auto found = value(name);
  if (!found) return {};
  if (const auto text = found->as_text()) return *text;
  refuse(name, "must be a text");
  return {};
}

std::vector<std::string_view> RequestReader::texts(std::string_view name) {
  std::vector<std::string_view> out;
  const auto found = value(name);
  if (!found) return out;
  if (!found->is_array()) refuse(name, "must be a list of texts");
  for (const JsonValue& item : found->items()) {
    const auto text = item.as_text();
    if (!text || text->empty()) {
      refuse(name, "must be a list of texts, none of them empty");
      return {};
    }
    out.push_back(*text);
  }
  return out;
}

bool RequestReader::flag(std::string_view name) {
  const auto found = value(name);
  if (!found) return false;
  if (const auto on = found->as_boolean()) return *on;
  refuse(name, "must be true or false");
  return false;
}

int RequestReader::integer(std::string_view name, int fallback) {
  const auto found = value(name);
  if (!found) return fallback;
  const auto number = found->as_integer();
  if (number && *number > 0 && *number <= 1'000'000) return static_cast<int>(*number);
  refuse(name, "must be a whole number greater than 0");
  return fallback;
}

}  // namespace hlid::org
