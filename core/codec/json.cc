#include "codec/json.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <bitset>
#include <cmath>
#include <string>
#include <utility>

#include "base/limits.h"
#include "codec/base64.h"

namespace hlid {

namespace dom = simdjson::dom;

static_assert(sizeof(dom::element) == 2 * sizeof(uint64_t), "JsonValue holds an element of simdjson's");

struct JsonAccess {
  static dom::element element(const JsonValue& value) { return std::bit_cast<dom::element>(value.element_); }
  static JsonValue value(dom::element element) { return JsonValue(std::bit_cast<JsonValue::Element>(element)); }
};

namespace {

// simdjson copies what is left over after the last whole block (64 or 128 bytes, depending on the processor) onto its
// stack, which is never wiped. That many trailing spaces make sure that the remainder is spaces.
constexpr size_t kBlock = 128;
constexpr std::string_view kSpaces =
    "                                                                "
    "                                                                ";
static_assert(kSpaces.size() == kBlock);

bool is_number_char(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

// Of a text that is a number, or begins like one, simdjson makes a copy on the heap, which is never wiped. As an array's only
// item it is read where it is.
bool begins_like_a_number(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (text[first] == '-' || (text[first] >= '0' && text[first] <= '9'));
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_json_number(std::string_view text) {
  size_t i = 0;
  const auto digits = [&] {
    const size_t start = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const size_t whole = i;
  const size_t count = digits();
  if (count == 0 || (count > 1 && text[whole] == '0')) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

// simdjson refuses a whole text for one number that no double or 64-bit integer holds. Such a number is
// valid JSON, and usually in an unused member: it becomes null. Other faults are reported.
void null_unreadable_numbers(char* text, size_t size) {
  bool in_string = false;
  for (size_t i = 0; i < size; ++i) {
    if (in_string) {
      if (text[i] == '\\') {
        ++i;
      } else if (text[i] == '"') {
        in_string = false;
      }
      continue;
    }
    if (text[i] == '"') {
      in_string = true;
      continue;
    }
    if (text[i] != '-' && (text[i] < '0' || text[i] > '9')) continue;
    size_t end = i;
    while (end < size && is_number_char(text[end])) ++end;
    const std::string_view number(text + i, end - i);
    // Shorter ones always fit; so four characters are always there for the word.
    if (number.size() >= 5 && is_json_number(number)) {
      const bool long_digits = number.size() > 18;
      if (long_digits || number.find_first_of("eE") != std::string_view::npos) {
        std::fill(text + i, text + end, ' ');
        std::copy_n("null", 4, text + i);
      }
    }
    i = end - 1;
  }
}

// Whether the text ends too early: in a string, or with a bracket open. An empty text does too.
bool is_cut(std::string_view text) {
  bool in_string = false;
  bool empty = true;
  size_t depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') empty = false;
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return empty || in_string || depth > 0;
}

// Of few names each leaves a mark, of its size and both its ends, and is compared with the others only where that is there
// already. Many are sorted.
bool has_duplicate(const dom::object& object) {
  constexpr size_t kFew = 24;
  if (object.size() > kFew) {
    std::vector<std::string_view> names;
    names.reserve(object.size());
    for (const dom::key_value_pair member : object) names.push_back(member.key);
    std::sort(names.begin(), names.end());
    return std::adjacent_find(names.begin(), names.end()) != names.end();
  }
  std::array<std::string_view, kFew> names;
  size_t count = 0;
  std::bitset<256> marks;
  for (auto member = object.begin(); member != object.end(); ++member) {
    const std::string_view name = member.key();
    const size_t first = name.empty() ? 0 : static_cast<unsigned char>(name.front());
    const size_t last = name.empty() ? 0 : static_cast<unsigned char>(name.back());
    const size_t mark = (37 * name.size() + 5 * first + last) % marks.size();
    if (marks[mark] && std::find(names.begin(), names.begin() + count, name) != names.begin() + count) return true;
    marks.set(mark);
    names[count++] = name;
  }
  return false;
}

bool has_inside(dom::element element) { return element.is_array() || element.is_object(); }

JsonFault check(dom::element element, size_t max_items) {
  // simdjson has bounded the depth, so this recursion is bounded too.
  if (element.is_array()) {
    size_t count = 0;
    for (const dom::element item : dom::array(element.get_array().value_unsafe())) {
      if (++count > max_items) return JsonFault::too_large;
      if (const JsonFault fault = check(item, max_items); fault != JsonFault::none) return fault;
    }
  } else if (element.is_object()) {
    const dom::object object(element.get_object().value_unsafe());
    if (object.size() > kMaxJsonMembers) return JsonFault::too_large;
    if (has_duplicate(object)) return JsonFault::duplicate;
    for (auto member = object.begin(); member != object.end(); ++member) {
      const dom::element value = member.value();
      if (!has_inside(value)) continue;
      if (const JsonFault fault = check(value, max_items); fault != JsonFault::none) return fault;
    }
  }
  return JsonFault::none;
}

}  // namespace

JsonValue::Type JsonValue::type() const {
  switch (JsonAccess::element(*this).type()) {
    case dom::element_type::OBJECT: return Type::object;
    case dom::element_type::ARRAY: return Type::array;
    case dom::element_type::STRING: return Type::string;
    case dom::element_type::BOOL: return Type::boolean;
    case dom::element_type::NULL_VALUE: return Type::null;
    default: return Type::number;
  }
}

std::optional<JsonValue> JsonValue::find(std::string_view name) const {
  dom::object object;
  if (JsonAccess::element(*this).get_object().get(object) != simdjson::SUCCESS) return std::nullopt;
  // Sizes and first letters tell most names apart: simdjson's own look-up calls memcmp for each name of the same size.
  for (auto member = object.begin(); member != object.end(); ++member) {
    if (member.key_length() != name.size() || (!name.empty() && member.key_c_str()[0] != name.front())) continue;
    if (member.key() == name) return JsonAccess::value(member.value());
  }
  return std::nullopt;
}

std::optional<std::string_view> JsonValue::text(std::string_view name) const {
  const auto member = find(name);
  return member ? member->as_text() : std::nullopt;
}

std::optional<std::string_view> JsonValue::as_text() const {
  std::string_view text;
  if (JsonAccess::element(*this).get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<int64_t> JsonValue::as_integer() const {
  int64_t whole = 0;
  if (JsonAccess::element(*this).get_int64().get(whole) == simdjson::SUCCESS) return whole;
  double number = 0;
  if (!JsonAccess::element(*this).is_double() || JsonAccess::element(*this).get_double().get(number) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  // Up to 2^53 a double is exact; anything beyond is not a time.
  if (std::floor(number) != number || std::fabs(number) > 9007199254740992.0) return std::nullopt;
  return static_cast<int64_t>(number);
}

std::optional<bool> JsonValue::as_boolean() const {
  bool truth = false;
  if (JsonAccess::element(*this).get_bool().get(truth) != simdjson::SUCCESS) return std::nullopt;
  return truth;
}

std::vector<JsonValue::Member> JsonValue::members() const {
  std::vector<Member> out;
  dom::object object;
  if (JsonAccess::element(*this).get_object().get(object) != simdjson::SUCCESS) return out;
  out.reserve(object.size());
  for (const dom::key_value_pair member : object) out.push_back({member.key, JsonAccess::value(member.value)});
  return out;
}

std::vector<JsonValue> JsonValue::items() const {
  std::vector<JsonValue> out;
  dom::array array;
  if (JsonAccess::element(*this).get_array().get(array) != simdjson::SUCCESS) return out;
  for (const dom::element item : array) out.push_back(JsonAccess::value(item));
  return out;
}

struct JsonMemory::Parsed {
  explicit Parsed(size_t bytes) : room(bytes) { text.reserve(bytes + 2 + kBlock + simdjson::SIMDJSON_PADDING); }
  ~Parsed() { forget(); }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  // False if memory runs out.
  bool allocate() {
    const size_t capacity = room + 2 + kBlock;
    return parser.doc.capacity() >= capacity ||
           (parser.allocate(capacity, kMaxJsonDepth) == simdjson::SUCCESS && parser.doc.allocate(capacity) == simdjson::SUCCESS);
  }

  void forget() {
    // The parser's copy of the strings holds tokens: 5/3 of a text at most, and the padding, into which the parser copies
    // some bytes too many.
    if (parser.doc.string_buf) wipe(parser.doc.string_buf.get(), 5 * longest / 3 + simdjson::SIMDJSON_PADDING);
    text.resize(0);
    longest = 0;
  }

  size_t room;         // the longest text that it has memory for
  size_t longest = 0;  // that was read since it was wiped, with what follows it
  Secret text;         // and what follows it
  dom::parser parser;
  dom::element root;
};

JsonMembers::JsonMembers(const JsonValue& object) : object_(object) {
  dom::object members;
  if (JsonAccess::element(object).get_object().get(members) != simdjson::SUCCESS || members.size() > kFew) return;
  for (auto member = members.begin(); member != members.end(); ++member) {
    names_[count_] = member.key();
    values_[count_++] = JsonAccess::value(member.value()).element_;
  }
}

std::optional<JsonValue> JsonMembers::find(std::string_view name) const {
  if (count_ == 0) return object_.find(name);
  for (size_t i = 0; i < count_; ++i) {
    const std::string_view own = names_[i];
    if (own.size() != name.size() || (!name.empty() && own.front() != name.front())) continue;
    if (own == name) return JsonValue(values_[i]);
  }
  return std::nullopt;
}

std::optional<std::string_view> JsonMembers::text(std::string_view name) const {
  const auto member = find(name);
  return member ? member->as_text() : std::nullopt;
}

namespace {

// simdjson's takes fifteen times a text's size: what is kept has room for a token response, and not for a key set.
constexpr size_t kMostKept = 8192;

}  // namespace

JsonMemory::~JsonMemory() {
  for (auto& spare : spare_) std::unique_ptr<Parsed>(spare.load(std::memory_order_acquire)).reset();
}

std::unique_ptr<JsonMemory::Parsed> JsonMemory::take() {
  for (auto& spare : spare_) {
    if (Parsed* free = spare.exchange(nullptr, std::memory_order_acquire)) return std::unique_ptr<Parsed>(free);
  }
  return nullptr;
}

void JsonMemory::give_back(std::unique_ptr<Parsed> parsed) {
  if (parsed->room > kMostKept) return;
  parsed->forget();
  for (auto& spare : spare_) {
    parsed.reset(spare.exchange(parsed.release(), std::memory_order_acq_rel));
    if (parsed == nullptr) return;
  }
}

JsonDocument::JsonDocument() = default;
JsonDocument::JsonDocument(JsonMemory& memory) : memory_(&memory) {}
JsonDocument::~JsonDocument() {
  if (memory_ != nullptr && parsed_ != nullptr) memory_->give_back(std::move(parsed_));
}

void JsonDocument::reserve(size_t bytes) {
  if (parsed_ == nullptr && memory_ != nullptr) parsed_ = memory_->take();
  if (parsed_ == nullptr || parsed_->room < bytes) parsed_ = std::make_unique<JsonMemory::Parsed>(bytes);
  parsed_->text.resize(0);
}

JsonFault JsonDocument::parse(std::string_view text) { return parse(text, kMaxResponseBody, kMaxJsonArray); }

JsonFault JsonDocument::parse(std::string_view text, size_t max_bytes, size_t max_items) {
  if (text.size() > max_bytes) return JsonFault::too_large;
  reserve(text.size());
  const bool alone = begins_like_a_number(text);
  if (alone) parsed_->text.append('[');
  parsed_->text.append(text);
  if (alone) parsed_->text.append(']');
  return parse_text(alone, max_items);
}

std::optional<JsonFault> JsonDocument::parse_base64url(std::string_view text) {
  reserve(text.size());
  if (!append_from_base64(parsed_->text, text, Base64::url_unpadded)) return std::nullopt;
  if (parsed_->text.size() > kMaxResponseBody) return JsonFault::too_large;
  if (begins_like_a_number(parsed_->text.view())) return JsonFault::syntax;
  return parse_text(false, kMaxJsonArray);
}

// What is in `text`; `alone`: in brackets of ours.
JsonFault JsonDocument::parse_text(bool alone, size_t max_items) {
  JsonMemory::Parsed& p = *parsed_;
  const size_t read = p.text.size();
  const size_t size = read + kBlock;
  p.longest = std::max(p.longest, size);
  p.text.append(kSpaces);
  p.text.resize(size + simdjson::SIMDJSON_PADDING);
  if (!p.allocate()) return JsonFault::too_large;
  auto fault = p.parser.parse(p.text.data(), size, false).get(p.root);
  if (fault == simdjson::NUMBER_ERROR) {
    null_unreadable_numbers(p.text.data(), read);
    fault = p.parser.parse(p.text.data(), size, false).get(p.root);
  }
  if (fault == simdjson::DEPTH_ERROR) return JsonFault::too_deep;
  if (fault == simdjson::MEMALLOC || fault == simdjson::CAPACITY) return JsonFault::too_large;
  if (fault == simdjson::UTF8_ERROR) return JsonFault::syntax;
  if (fault != simdjson::SUCCESS) {
    const std::string_view given = p.text.view().substr(alone ? 1 : 0, alone ? read - 2 : read);
    return is_cut(given) ? JsonFault::cut : JsonFault::syntax;
  }
  if (alone) {
    const dom::array items = p.root.get_array().value_unsafe();
    if (items.size() != 1) return JsonFault::syntax;
    p.root = items.at(0).value_unsafe();
  }
  return check(p.root, max_items);
}

JsonValue JsonDocument::root() const { return JsonAccess::value(parsed_->root); }

}  // namespace hlid
