// JSON in, on simdjson's DOM: the whole text is checked before a member is read.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace hlid {

class JsonDocument;

// A value inside a document, valid while the document lives. Cheap to copy.
class JsonValue {
 public:
  enum class Type { object, array, string, number, boolean, null };

  [[nodiscard]] Type type() const;
  [[nodiscard]] bool is_object() const { return type() == Type::object; }
  [[nodiscard]] bool is_array() const { return type() == Type::array; }

  // A member of an object; absent if this is not an object or has no such member. Names are compared exactly.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view name) const;
  // The same, if it is a string; otherwise absent.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;

  [[nodiscard]] std::optional<std::string_view> as_text() const;
  // A whole number, also one that is written 3600.0.
  [[nodiscard]] std::optional<int64_t> as_integer() const;
  [[nodiscard]] std::optional<bool> as_boolean() const;

  struct Member;
  [[nodiscard]] std::vector<Member> members() const;   // empty unless this is an object
  [[nodiscard]] std::vector<JsonValue> items() const;  // empty unless this is an array

 private:
  friend class JsonDocument;
  friend class JsonMembers;
  using Element = std::array<uint64_t, 2>;  // simdjson's own, kept out of this header
  explicit JsonValue(Element element) : element_(element) {}
  friend struct JsonAccess;
  Element element_;
};

struct JsonValue::Member {
  std::string_view name;
  JsonValue value;
};

// The members of an object that is asked for many of them: found in the document once. As JsonValue's find and text; without
// members where it is something else.
class JsonMembers {
 public:
  explicit JsonMembers(const JsonValue& object);
  [[nodiscard]] std::optional<JsonValue> find(std::string_view name) const;
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const;

 private:
  static constexpr size_t kFew = 24;  // an object with more is searched itself
  JsonValue object_;
  size_t count_ = 0;
  std::array<std::string_view, kFew> names_;
  std::array<JsonValue::Element, kFew> values_;
};

// cut: it ends inside a string or before a bracket is closed, like a truncated response.
enum class JsonFault { none, syntax, cut, too_deep, too_large, duplicate };

// Memory in which one document after another is read: wiped after each, and kept. Safe from every thread; a document that finds
// none of it free gets its own.
class JsonMemory {
 public:
  JsonMemory() = default;
  ~JsonMemory();
  JsonMemory(const JsonMemory&) = delete;
  JsonMemory& operator=(const JsonMemory&) = delete;

 private:
  friend class JsonDocument;
  struct Parsed;
  std::unique_ptr<Parsed> take();
  void give_back(std::unique_ptr<Parsed> parsed);

  std::array<std::atomic<Parsed*>, 2> spare_{};  // two: a token's header is read while the response that brought it is open
};

// Owns the parsed text, and wipes it. Rejects anything that is not exactly one JSON value in UTF-8, an
// object with a duplicate name anywhere, more levels, members or items than base/limits.h allows. Numbers
// that fit neither 64 bits nor a double are read as null, so that an unused one does no harm.
class JsonDocument {
 public:
  JsonDocument();
  // The memory must outlive it.
  explicit JsonDocument(JsonMemory& memory);
  ~JsonDocument();
  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  // The text is copied, because the parser needs padding. A document may parse one text after another, in the same memory;
  // the values of the one before end with that.
  JsonFault parse(std::string_view text);
  // For what a caller gives, not a server: other maxima than those of a response.
  JsonFault parse(std::string_view text, size_t max_bytes, size_t max_items);
  // An object in base64url, decoded where it is parsed. Absent if it is not base64url.
  std::optional<JsonFault> parse_base64url(std::string_view text);
  // Makes room for texts of up to this many bytes.
  void reserve(size_t bytes);
  [[nodiscard]] JsonValue root() const;

 private:
  JsonFault parse_text(bool alone, size_t max_items);
  JsonMemory* memory_ = nullptr;
  std::unique_ptr<JsonMemory::Parsed> parsed_;
};

}  // namespace hlid
