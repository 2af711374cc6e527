// Small rules about text that more than one layer needs.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace hlid {

std::string join(std::initializer_list<std::string_view> parts);

// ASCII only, whatever the locale says.
bool equals_ignoring_case(std::string_view a, std::string_view b);
bool contains_ignoring_case(std::string_view text, std::string_view part);
char to_lower(char c);
constexpr bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
// 0 to 15, or -1.
int hex_digit(char c);

bool is_valid_utf8(std::string_view text);
// Printable ASCII without the space.
bool is_visible_ascii(std::string_view text);
// Printable ASCII, spaces as well: VSCHAR of RFC 6749.
bool is_printable_ascii(std::string_view text);
// Refuses NUL, CR, LF, the other C0 codes and DEL.
bool has_control(std::string_view text);

// Foreign text made safe for a log line or a terminal: one line, printable, at most `max` bytes
// (with "..." at a cut). Control characters, bidi marks and bytes that are not UTF-8 become \xNN.
std::string escape_for_display(std::string_view text, size_t max);

// The first or the last character and its size in bytes; absent if the text is empty or not UTF-8 there.
struct CodePoint {
  char32_t value = 0;
  size_t size = 0;
};
std::optional<CodePoint> first_code_point(std::string_view text);
std::optional<CodePoint> last_code_point(std::string_view text);

// Unicode white space, and what Unicode renders as nothing (Default_Ignorable_Code_Point): zero-width spaces, byte
// order marks, direction marks.
bool is_unseen(char32_t c);

// Without is_unseen characters at both ends; those inside stay.
std::string_view trimmed(std::string_view text);
// Whether the word is one of those that spaces separate.
bool lists(std::string_view words, std::string_view word);

// Decimal digits only, the whole text, in range; no sign, no space.
std::optional<int64_t> read_decimal(std::string_view text);

// "2026-01-01T00:00:00Z": whole seconds in UTC (RFC 3339), of a time from 1970 to 9999; any other is the nearest of these.
std::string utc_time(int64_t ms);

// Seconds since 1970 of an HTTP date (IMF-fixdate only, RFC 9110 5.6.7).
std::optional<int64_t> read_http_date(std::string_view text);

}  // namespace hlid
