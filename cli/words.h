// words.h: names, wrapping and escaping of what people read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hlid_cli {

struct Character {
  uint32_t code = 0;
  size_t size = 1;
  bool sound = false;
};
// The first character of a text of UTF-8, in its shortest form; not sound: one byte that is not a character.
Character read_character(std::string_view text);
// Whether it can be part of JSON.
bool is_utf8(std::string_view text);
// Whether a terminal may get it as it is: no control character, and nothing that turns the direction of writing.
bool is_plain(uint32_t code);

// "guest_token" as it is written in an option ("guest-token") and in the environment ("HEADLESSID_GUEST_TOKEN").
std::string hyphened(std::string_view name);
std::string environment_name(std::string_view name);

// Text that came from elsewhere, safe for a terminal: control characters, and those that turn the direction of
// writing, are shown as numbers, and so are bytes that are not UTF-8.
std::string printable(std::string_view text);

// How many columns it takes, counted as one for each character.
size_t columns(std::string_view text);

// Breaks a paragraph at spaces; every line but the first begins with `indent` spaces. `at` is the column in which
// the first line starts. Ends with a newline.
std::string wrapped(std::string_view text, size_t indent, size_t width, size_t at);

// The candidate that was probably meant, or nothing.
std::string closest(std::string_view name, const std::vector<std::string>& candidates);

// "2026-11-22 02:29:58 UTC"; nothing outside the years 1970 to 9999.
std::string date_of(int64_t ms);

}  // namespace hlid_cli
