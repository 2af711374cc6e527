// JSON in and out: every value can be walked, and what is written reads back as what it was.
#include "codec/json.h"

#include "base/limits.h"
#include "base/text.h"
#include "codec/json_write.h"
#include "tests/fuzz/fuzz.h"

namespace {

using hlid::JsonValue;

void write(hlid::JsonWriter& out, const JsonValue& value, size_t depth) {
  MUST(depth <= hlid::kMaxJsonDepth);
  switch (value.type()) {
    case JsonValue::Type::object: {
      out.begin_object();
      const auto members = value.members();
      MUST(members.size() <= hlid::kMaxJsonMembers);
      for (const auto& member : members) {
        MUST(value.find(member.name).has_value());
        write(out.key(member.name), member.value, depth + 1);
      }
      out.end_object();
      break;
    }
    case JsonValue::Type::array: {
      out.begin_array();
      const auto items = value.items();
      MUST(items.size() <= hlid::kMaxJsonArray);
      for (const JsonValue& item : items) write(out, item, depth + 1);
      out.end_array();
      break;
    }
    case JsonValue::Type::string: out.text(*value.as_text()); break;
    case JsonValue::Type::boolean: out.boolean(*value.as_boolean()); break;
    case JsonValue::Type::number: out.integer(value.as_integer().value_or(0)); break;
    case JsonValue::Type::null: out.boolean(false); break;
  }
}

bool same(const JsonValue& a, const JsonValue& b) {
  switch (a.type()) {
    case JsonValue::Type::object: {
      const auto members = a.members();
      if (!b.is_object() || members.size() != b.members().size()) return false;
      for (const auto& member : members) {
        const auto twin = b.find(member.name);
        if (!twin || !same(member.value, *twin)) return false;
      }
      return true;
    }
    case JsonValue::Type::array: {
      const auto left = a.items();
      const auto right = b.items();
      if (!b.is_array() || left.size() != right.size()) return false;
      for (size_t i = 0; i < left.size(); ++i) {
        if (!same(left[i], right[i])) return false;
      }
      return true;
    }
    case JsonValue::Type::string: return a.as_text() == b.as_text();
    case JsonValue::Type::boolean: return a.as_boolean() == b.as_boolean();
    case JsonValue::Type::number: return a.as_integer().value_or(0) == b.as_integer();
    case JsonValue::Type::null: return b.as_boolean() == false;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  hlid::JsonDocument document;
  if (document.parse(text) == hlid::JsonFault::none) {
    const JsonValue root = document.root();
    std::string written;
    hlid::JsonWriter writer(written);
    write(writer, root, 0);
    hlid::JsonDocument again;
    // Escapes can make a text longer than the maximum.
    if (written.size() <= hlid::kMaxResponseBody) {
      MUST(again.parse(written) == hlid::JsonFault::none);
      MUST(same(root, again.root()));
    }
  }
  if (hlid::is_valid_utf8(text)) {
    std::string string;
    hlid::append_json_string(string, text);
    hlid::JsonDocument one;
    MUST(one.parse(string) == hlid::JsonFault::none || string.size() > hlid::kMaxResponseBody);
    MUST(string.size() > hlid::kMaxResponseBody || one.root().as_text() == text);
  }
  return 0;
}
