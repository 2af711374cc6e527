#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "base/limits.h"

namespace hlid {
namespace {

// Bytes of the valid UTF-8 sequence that text begins with, or 0 (Unicode 15, table 3-7).
size_t utf8_sequence(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && at(1) < 0xA0) return 0;  // overlong
    if (lead == 0xED && at(1) > 0x9F) return 0;  // a surrogate
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && at(1) < 0x90) return 0;
    if (lead == 0xF4 && at(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

// Marks that change the direction or hide text: U+200B-200F, U+2028-202E, U+2066-2069, U+FEFF, and
// the C1 codes U+0080-009F, which some terminals obey.
bool is_deceptive(std::string_view sequence) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 2) return at(0) == 0xC2 && at(1) < 0xA0;
  if (sequence.size() != 3) return false;
  if (at(0) == 0xEF) return at(1) == 0xBB && at(2) == 0xBF;
  if (at(0) != 0xE2) return false;
  if (at(1) == 0x80) return (at(2) >= 0x8B && at(2) <= 0x8F) || (at(2) >= 0xA8 && at(2) <= 0xAE);
  return at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9;
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += "\\x";
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
}

// Whether every byte lies between low and high, both ASCII. Reads eight bytes at a time and always the whole text: the time
// depends on a secret's length, not on its content.
bool is_within(std::string_view text, unsigned char low, unsigned char high) {
  constexpr uint64_t kEach = 0x0101010101010101U;
  constexpr uint64_t kTop = 0x80 * kEach;
  // Sets a byte's top bit if the byte lies outside. Only a byte that lies outside itself can carry into the next.
  const auto outside = [&](uint64_t bytes) {
    return (((bytes - low * kEach) & ~bytes) | (bytes + (0x7FU - high) * kEach) | bytes) & kTop;
  };
  uint64_t found = 0;
  for (; text.size() >= sizeof(uint64_t); text.remove_prefix(sizeof(uint64_t))) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    found |= outside(bytes);
  }
  if (text.empty()) return found == 0;
  uint64_t rest = low * kEach;
  std::memcpy(&rest, text.data(), text.size());
  return (found | outside(rest)) == 0;
}

std::optional<int64_t> read_digits(std::string_view text, size_t from, size_t count) {
  if (text.size() < from + count) return std::nullopt;
  return read_decimal(text.substr(from, count));
}

// Days since 1970 of a date in the Gregorian calendar (H. Hinnant's civil calendar arithmetic).
int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = year / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

}  // namespace

std::string join(std::initializer_list<std::string_view> parts) {
  size_t size = 0;
  for (const auto part : parts) size += part.size();
  std::string out;
  out.reserve(size);
  for (const auto part : parts) out += part;
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return x == y || to_lower(x) == to_lower(y); });
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  const auto found =
      std::search(text.begin(), text.end(), part.begin(), part.end(), [](char x, char y) { return to_lower(x) == to_lower(y); });
  return found != text.end() || part.empty();
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t size = utf8_sequence(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool is_visible_ascii(std::string_view text) { return is_within(text, '!', '~'); }

bool is_printable_ascii(std::string_view text) { return is_within(text, ' ', '~'); }

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::string escape_for_display(std::string_view text, size_t max) {
  std::string out;
  while (!text.empty()) {
    const size_t size = utf8_sequence(text);
    const std::string_view piece = text.substr(0, size == 0 ? 1 : size);
    const size_t before = out.size();
    if (size == 0 || has_control(piece) || is_deceptive(piece)) {
      append_escaped(out, piece);
    } else {
      out += piece;
    }
    if (out.size() > max) {
      out.resize(before);
      while (out.size() + 3 > max && !out.empty()) {  // never cut inside a character
        size_t end = out.size() - 1;
        while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
        out.resize(end);
      }
      return out + "...";
    }
    text.remove_prefix(piece.size());
  }
  return out;
}

std::optional<CodePoint> first_code_point(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t size = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size == 0 || size > text.size() || !is_valid_utf8(text.substr(0, size))) return std::nullopt;
  char32_t value = size == 1 ? lead : lead & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) value = (value << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return CodePoint{value, size};
}

std::optional<CodePoint> last_code_point(std::string_view text) {
  for (size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    const auto found = first_code_point(text.substr(text.size() - size));
    if (found && found->size == size) return found;
  }
  return std::nullopt;
}

bool is_unseen(char32_t c) {
  struct Range {
    char32_t first, last;
  };
  constexpr Range kRanges[] = {{0x09, 0x0D},       {0x20, 0x20},       {0x85, 0x85},      {0xA0, 0xA0},     {0xAD, 0xAD},
                               {0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160},  {0x1680, 0x1680}, {0x17B4, 0x17B5},
                               {0x180B, 0x180F},   {0x2000, 0x200F},   {0x2028, 0x202F},  {0x205F, 0x206F}, {0x3000, 0x3000},
                               {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8},
                               {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};
  return std::any_of(std::begin(kRanges), std::end(kRanges),
                     [&](const Range& range) { return c >= range.first && c <= range.last; });
}

bool lists(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

std::string_view trimmed(std::string_view text) {
  for (auto c = first_code_point(text); c && is_unseen(c->value); c = first_code_point(text)) text.remove_prefix(c->size);
  for (auto c = last_code_point(text); c && is_unseen(c->value); c = last_code_point(text)) text.remove_suffix(c->size);
  return text;
}

std::optional<int64_t> read_decimal(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;  // 18 digits always fit
  int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::string utc_time(int64_t ms) {
  const int64_t seconds = std::clamp<int64_t>(ms, 0, kLastTimeMs) / 1000;
  // The inverse of days_since_1970: eras of 400 years that begin on the first of March.
  const int64_t days = seconds / 86'400 + 719'468;
  const int64_t day_of_era = days % 146'097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t month = month_from_march + (month_from_march < 10 ? 3 : -9);
  const int64_t year = days / 146'097 * 400 + year_of_era + (month <= 2 ? 1 : 0);
  const auto digits = [](int64_t number, size_t count) {
    std::string text = std::to_string(number);
    return std::string(count - text.size(), '0') + text;
  };
  return join({digits(year, 4), "-", digits(month, 2), "-", digits(day_of_year - (153 * month_from_march + 2) / 5 + 1, 2), "T",
               digits(seconds % 86'400 / 3600, 2), ":", digits(seconds % 3600 / 60, 2), ":", digits(seconds % 60, 2), "Z"});
}

std::optional<int64_t> read_http_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || text.substr(25) != " GMT") return std::nullopt;
  const auto day = read_digits(text, 5, 2);
  const auto* month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const auto year = read_digits(text, 12, 4);
  const auto hour = read_digits(text, 17, 2);
  const auto minute = read_digits(text, 20, 2);
  const auto second = read_digits(text, 23, 2);
  if (!day || month == kMonths.end() || !year || !hour || !minute || !second) return std::nullopt;
  if (*day < 1 || *day > 31 || *year < 1970 || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return days_since_1970(*year, month - kMonths.begin() + 1, *day) * 86'400 + *hour * 3'600 + *minute * 60 + *second;
}

}  // namespace hlid
