#include "oauth/settings.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/text.h"
#include "codec/json.h"
#include "oauth/app.h"
#include "oauth/setting_values.h"
#include "oauth/typed_text.h"

namespace hlid {
namespace {

constexpr size_t kMaxMemberName = 40;
// What `headlessid org probe` recorded in a profile, for people: not a setting.
constexpr std::string_view kProbed = "probed";

// A PEM may end with a line, as files do.
std::string_view trimmed_of_lines(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
  while (text.starts_with('\n') || text.starts_with('\r') || text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

// A value is copied from somewhere, by an env file or by hand. JSON and PEM say themselves where they begin and end.
Result<void> check_copied(const ValueSpec& spec, std::string_view value) {
  if (spec.kind == ValueKind::json || spec.charset == Charset::utf8) {
    const bool key = spec.charset == Charset::utf8 && spec.secret;
    if (key && value.find("\\n") != std::string_view::npos)
      return Error::argument(spec.name, "contains \\n as two characters instead of line breaks");
    if (!key && spec.kind != ValueKind::integer && spec.kind != ValueKind::flag && spec.choices.empty()) return {};
  }
  const bool lines = spec.charset == Charset::utf8 && spec.secret;
  // Where a space is a character like any other (RFC 6749 VSCHAR), it is one at the ends, too.
  const bool spaces = spec.charset == Charset::printable;
  const size_t first = spaces ? std::min(value.find_first_not_of(' '), value.size()) : 0;
  const size_t last = spaces ? value.find_last_not_of(' ') + 1 : value.size();
  value = value.substr(first, std::max(last, first) - first);
  const std::string wrapping = wrapping_of(lines ? trimmed_of_lines(value) : value);
  return wrapping.empty() ? Result<void>() : Error::argument(spec.name, join({"is not the value alone: ", wrapping}));
}

const SettingRow* find_setting(std::string_view name) {
  const auto rows = setting_rows();
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const SettingRow& row) { return name == row.spec.name; });
  return found == rows.end() ? nullptr : &*found;
}

Result<const SettingRow*> row_of(std::string_view name, std::string_view value) {
  const SettingRow* row = find_setting(name);
  if (row != nullptr) return row;
  // A value in the name's place may be a secret that is much like a name.
  const ValueSpec* meant = find_setting(value) == nullptr ? nearest_name(name, app_settings()) : nullptr;
  return unknown_name(
      name, value, app_settings(),
      meant == nullptr ? "is not a setting of an app" : join({"is not a setting of an app; did you mean ", meant->name, "?"}));
}

// A profile's member has a name of its author's: told if it looks like one, because a secret seldom does.
Error unknown_member(std::string_view name, std::string_view value, Error error) {
  const bool word = name.size() >= 2 && name.size() <= kMaxMemberName && find_setting(value) == nullptr &&
                    std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  if (!word) return error;
  constexpr std::string_view kFile = "_file";
  const bool of_file = name.ends_with(kFile) && find_setting(name.substr(0, name.size() - kFile.size())) != nullptr;
  if (of_file)
    return Error::argument(name, join({"is not a setting of an app; did you mean ", name.substr(0, name.size() - kFile.size()),
                                       ", with the text of the file?"}));
  return error.data().field == name ? std::move(error) : Error::argument(name, "is not a setting of an app");
}

Result<void> check(const SettingRow& row, std::string_view value) {
  if (auto good = check_copied(row.spec, value); !good) return good;
  if (auto good = check_value(row.spec, value); !good) return good;
  App scratch;
  return row.take(scratch, row.spec, value);
}

// The texts of an object's values, as they are written, in order. The object has been parsed: nothing in it is out of place.
std::vector<std::string_view> written_values(std::string_view object) {
  std::vector<std::string_view> out;
  bool in_text = false;
  size_t depth = 0;
  size_t start = 0;  // of a value of the object's own; 0: none has begun
  for (size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    if (in_text) {
      if (c == '\\') ++i;
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (depth == 1 && c == ':') {
      start = i + 1;
    } else if (depth == 1 && start != 0 && (c == ',' || c == '}')) {
      out.push_back(trimmed(object.substr(start, i - start)));
      start = 0;
    }
    if (in_text) continue;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
  }
  return out;
}

std::optional<Secret> joined(const JsonValue& list) {
  Secret out;
  for (const JsonValue& word : list.items()) {
    const auto text = word.as_text();
    if (!text) return std::nullopt;
    if (!out.empty()) out.append(' ');
    out.append(*text);
  }
  return out;
}

// A member of a profile as the text that set() reads; absent where its type is not one that the setting has.
std::optional<Secret> text_of(const ValueSpec& spec, const JsonValue& value, std::string_view written) {
  switch (value.type()) {
    case JsonValue::Type::string: return Secret(*value.as_text());
    case JsonValue::Type::boolean:
      if (spec.kind == ValueKind::flag) return Secret(written);
      break;
    case JsonValue::Type::number:
      if (spec.kind == ValueKind::integer && value.as_integer()) return Secret(std::to_string(*value.as_integer()));
      break;
    case JsonValue::Type::object:
      if (spec.kind == ValueKind::json) return Secret(written);
      break;
    case JsonValue::Type::array:
      if (spec.kind == ValueKind::list) return joined(value);
      break;
    case JsonValue::Type::null: break;
  }
  return std::nullopt;
}

const char* type_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::list: return "must be a string or an array of strings";
    case ValueKind::integer: return "must be a whole number";
    case ValueKind::flag: return "must be true or false";
    case ValueKind::json: return "must be a JSON object";
    case ValueKind::text:
    case ValueKind::url: break;
  }
  return "must be a string";
}

}  // namespace

void Settings::put(const SettingRow& row, std::optional<Secret> value) {
  std::erase_if(held_, [&](const Held& held) { return held.row == &row; });
  if (value) held_.push_back({&row, std::move(*value)});
}

Result<void> Settings::set(std::string_view name, std::optional<std::string_view> value) {
  auto row = row_of(name, value.value_or(std::string_view()));
  if (!row) return std::move(row).error();
  if (value) {
    if (auto good = check(**row, *value); !good) return good;
  }
  put(**row, value ? std::optional<Secret>(Secret(*value)) : std::nullopt);
  return {};
}

Result<void> Settings::set_json(std::string_view json) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (json.starts_with(kByteOrderMark)) json.remove_prefix(kByteOrderMark.size());
  JsonDocument document;
  const JsonFault fault = document.parse(json);
  if (fault == JsonFault::duplicate) return Error::argument("json", "has a duplicate name");
  if (fault != JsonFault::none || !document.root().is_object()) {
    const std::string oddity = wrapping_of(json.substr(0, 2));
    const bool utf16 = oddity.starts_with("it looks like UTF-16");
    return Error::argument("json",
                           utf16 ? join({"must be a JSON object of settings: ", oddity}) : "must be a JSON object of settings");
  }
  const std::vector<std::string_view> written = written_values(json);
  std::vector<std::pair<const SettingRow*, std::optional<Secret>>> all;
  size_t next = 0;
  for (const auto& member : document.root().members()) {
    const std::string_view text = written[next++];
    if (member.name == kProbed) continue;
    const std::string_view given = member.value.as_text().value_or(std::string_view());
    auto row = row_of(member.name, given);
    if (!row) return unknown_member(member.name, given, std::move(row).error());
    std::optional<Secret> value = text_of((*row)->spec, member.value, text);
    if (!value && text != "null") return Error::argument((*row)->spec.name, type_of((*row)->spec.kind));
    if (value) {
      if (auto good = check(**row, value->view()); !good) return good;
    }
    all.emplace_back(*row, std::move(value));
  }
  for (auto& [row, value] : all) put(*row, std::move(value));
  return {};
}

Result<SealKeys> read_session_keys(std::string_view value) {
  const SettingRow& row = *find_setting("session_keys");
  if (auto good = check(row, value); !good) return std::move(good).error();
  return read_seal_keys(row.spec, value);
}

}  // namespace hlid
