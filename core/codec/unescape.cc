#include "codec/unescape.h"

#include "base/text.h"
#include "codec/entities.h"

namespace hlid {
namespace {

constexpr size_t kLongestEntity = kLongestEntityName + 2;  // with '&' and ';'
constexpr size_t kLongestBraces = 12;                      // "\u{0010FFFF}"
constexpr size_t kLongestTag = 256;
constexpr char32_t kLastCodePoint = 0x10FFFF;

char32_t byte_at(const char* at) { return static_cast<unsigned char>(*at); }
bool is_continuation(char32_t byte) { return byte >= 0x80 && byte <= 0xBF; }

// At most four bytes; also of half a surrogate pair, which the other half completes.
size_t put_utf8(char32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0U | c >> 6U);
    out[1] = static_cast<char>(0x80U | (c & 0x3FU));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0U | c >> 12U);
    out[1] = static_cast<char>(0x80U | (c >> 6U & 0x3FU));
    out[2] = static_cast<char>(0x80U | (c & 0x3FU));
    return 3;
  }
  out[0] = static_cast<char>(0xF0U | c >> 18U);
  out[1] = static_cast<char>(0x80U | (c >> 12U & 0x3FU));
  out[2] = static_cast<char>(0x80U | (c >> 6U & 0x3FU));
  out[3] = static_cast<char>(0x80U | (c & 0x3FU));
  return 4;
}

// Absent (above every code point) if there are no digits, or their value is too large.
char32_t number_of(std::string_view digits, unsigned base) {
  if (digits.empty()) return kLastCodePoint + 1;
  char32_t value = 0;
  for (const char c : digits) {
    const int digit = hex_digit(c);
    if (digit < 0 || static_cast<unsigned>(digit) >= base) return kLastCodePoint + 1;
    value = value * base + static_cast<char32_t>(digit);
    if (value > kLastCodePoint) return kLastCodePoint + 1;
  }
  return value;
}

// White space that is not ASCII, and what has no width: U+2000 to U+200F, U+2028 to U+202F, U+2060, U+3000, U+FEFF.
bool ends_with_blank(std::string_view text) {
  if (text.size() < 3) return false;
  const char32_t a = byte_at(text.data() + text.size() - 3);
  const char32_t b = byte_at(text.data() + text.size() - 2);
  const char32_t c = byte_at(text.data() + text.size() - 1);
  if (a == 0xE2 && b == 0x80) return (c >= 0x80 && c <= 0x8F) || (c >= 0xA8 && c <= 0xAF);
  return (a == 0xE2 && b == 0x81 && c == 0xA0) || (a == 0xE3 && b == 0x80 && c == 0x80) || (a == 0xEF && b == 0xBB && c == 0xBF);
}

}  // namespace

Unescaped::Unescaped(std::string_view text) : begin_(text.size()), end_(text.size()) {
  bytes_.resize(text.size());  // a decoded escape is never longer than the escape itself
  for (uint32_t i = 0; i < text.size(); ++i) push(text[i], i, i + 1);
  bytes_.resize(size_);
}

void Unescaped::keep(char c, uint32_t begin, uint32_t end) {
  bytes_.data()[size_] = c;
  begin_[size_] = begin;
  end_[size_] = end;
  ++size_;
}

void Unescaped::push(char c, uint32_t begin, uint32_t end) {
  ++steps_;
  keep(c, begin, end);
  while (reduce()) {
  }
}

// Escaping an escape adds more backslashes in front, written in the same way; they would separate the decoded characters.
size_t Unescaped::without_backslashes(size_t from) const {
  if (bytes_.view()[from] != '\\') return from;
  const uint32_t width = end_[from] - begin_[from];
  while (from > 0 && bytes_.view()[from - 1] == '\\' && end_[from - 1] - begin_[from - 1] == width) --from;
  return from;
}

// Replaces all from there on. True if that is one ASCII character: it may end an escape in its turn.
bool Unescaped::replace(size_t from, char32_t code_point) {
  changed_ = true;
  from = without_backslashes(from);
  const uint32_t end = end_[size_ - 1];
  uint32_t begin = begin_[from];
  size_ = from;
  const char* text = bytes_.data();
  if (code_point >= 0xDC00 && code_point <= 0xDFFF && size_ >= 3 && byte_at(text + size_ - 3) == 0xED &&
      byte_at(text + size_ - 2) >= 0xA0 && byte_at(text + size_ - 2) <= 0xAF) {
    const char32_t high = (byte_at(text + size_ - 2) & 0x0FU) << 6U | (byte_at(text + size_ - 1) & 0x3FU);
    code_point = 0x10000 + (high << 10U | (code_point & 0x3FFU));
    size_ -= 3;
    begin = begin_[size_];
  }
  char utf8[4];
  const size_t count = put_utf8(code_point, utf8);
  for (size_t i = 0; i < count; ++i) keep(utf8[i], begin, end);
  wipe(utf8, sizeof utf8);
  return count == 1;
}

// "...NN" after a marker of that many characters, which the caller has seen.
bool Unescaped::hex_escape(size_t marker, size_t digits) {
  const size_t from = size_ - marker - digits;
  const char32_t value = number_of(bytes_.view().substr(from + marker, digits), 16);
  if (value > kLastCodePoint) return false;
  return digits == 2 ? replace_with_byte(from, value) : replace(from, value);
}

// A byte of UTF-8 or of Latin-1; the escape does not say which.
bool Unescaped::replace_with_byte(size_t from, char32_t value) {
  changed_ = true;
  from = without_backslashes(from);
  const uint32_t end = end_[size_ - 1];
  size_ = from;
  keep(static_cast<char>(value), begin_[from], end);
  return value < 0x80;
}

// Checks whether the last character ends an escape. True if it did and the result may end another.
bool Unescaped::reduce() {
  const char* end = bytes_.data() + size_;
  const char last = end[-1];
  if (last == ';') return ends_with_entity();
  if (last == '}') return ends_with_braces();
  if (hex_digit(last) < 0) return false;
  if (size_ >= 3 && end[-3] == '%') return hex_escape(1, 2);
  if (size_ >= 4 && end[-4] == '\\' && (end[-3] == 'x' || end[-3] == 'X')) return hex_escape(2, 2);
  if (size_ >= 4 && end[-4] == '\\' && end[-3] >= '0' && end[-3] <= '3') {
    const char32_t value = number_of({end - 3, 3}, 8);
    return value <= kLastCodePoint && replace_with_byte(size_ - 4, value);
  }
  if (size_ >= 6 && end[-5] == 'u' && (end[-6] == '\\' || end[-6] == '%')) return hex_escape(2, 4);
  if (size_ >= 10 && end[-9] == 'U' && end[-10] == '\\') return hex_escape(2, 8);
  return false;
}

bool Unescaped::ends_with_entity() {
  const std::string_view text(bytes_.data(), size_);
  size_t at = size_ - 1;
  const size_t first = size_ > kLongestEntity ? size_ - kLongestEntity : 0;
  while (at > first && (is_letter_or_digit(text[at - 1]) || text[at - 1] == '#')) {
    --at;
    ++steps_;
  }
  if (at == first || text[at - 1] != '&') return false;
  const size_t from = at - 1;
  const std::string_view name = text.substr(at, size_ - 1 - at);
  char32_t code_point = 0;
  if (name.starts_with("#x") || name.starts_with("#X")) {
    code_point = number_of(name.substr(2), 16);
  } else if (name.starts_with('#')) {
    code_point = number_of(name.substr(1), 10);
  } else {
    code_point = html_entity(name);
    if (code_point == 0) return false;
  }
  return code_point <= kLastCodePoint && replace(from, code_point);
}

// "\u{1F600}"
bool Unescaped::ends_with_braces() {
  const std::string_view text(bytes_.data(), size_);
  const size_t first = size_ > kLongestBraces ? size_ - kLongestBraces : 0;
  size_t at = size_ - 1;
  while (at > first && hex_digit(text[at - 1]) >= 0) {
    --at;
    ++steps_;
  }
  if (at < first + 3 || text.substr(at - 3, 3) != "\\u{") return false;
  const char32_t code_point = number_of(text.substr(at, size_ - 1 - at), 16);
  return code_point <= kLastCodePoint && replace(at - 3, code_point);
}

void Unescaped::fold() {
  const size_t before = size_;
  char* text = bytes_.data();
  size_ = 0;
  for (size_t i = 0; i < before; ++i) {
    ++steps_;
    const char c = text[i];
    char32_t byte = byte_at(text + i);
    if (byte < 0x80) {
      if (byte > 0x20 && byte != 0x7F && c != '+' && c != '\\') keep(c, begin_[i], end_[i]);
      continue;
    }
    // UTF-8 of Latin-1 becomes its one byte; so does UTF-8 that was made of UTF-8.
    uint32_t begin = begin_[i];
    bool joined = false;
    while (size_ > 0 && is_continuation(byte) && (byte_at(text + size_ - 1) == 0xC2 || byte_at(text + size_ - 1) == 0xC3)) {
      if (byte_at(text + size_ - 1) == 0xC3) byte += 0x40;
      --size_;
      begin = begin_[size_];
      joined = true;
    }
    const bool alone = joined || size_ == 0 || byte_at(text + size_ - 1) < 0x80;
    if (alone && (byte == 0xA0 || byte == 0xAD)) continue;  // no-break space, soft hyphen
    keep(static_cast<char>(byte), begin, end_[i]);
    if (ends_with_blank({text, size_})) size_ -= 3;
  }
  bytes_.resize(size_);
}

bool Unescaped::drop_tags() {
  const size_t before = size_;
  const char* text = bytes_.data();
  size_t open = before;  // where "<" is in what is kept
  bool found = false;
  size_ = 0;
  for (size_t i = 0; i < before; ++i) {
    ++steps_;
    keep(text[i], begin_[i], end_[i]);
    if (text[i] == '<') open = size_ - 1;
    if (text[i] != '>' || open == before || size_ - open > kLongestTag) continue;
    const char first = text[open + 1];
    if (is_letter_or_digit(first) || first == '/' || first == '!') {
      size_ = open;
      found = true;
    }
    open = before;
  }
  bytes_.resize(size_);
  return found;
}

}  // namespace hlid
