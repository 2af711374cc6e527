#include "cli/words.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <numeric>

namespace hlid_cli {
namespace {

constexpr int64_t kLastMs = 253'402'300'799'999;  // the end of the year 9999

size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t above = row[j + 1];
      row[j + 1] = a[i] == b[j] ? diagonal : 1 + std::min({diagonal, above, row[j]});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Character read_character(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t first = byte(0);
  const size_t size = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (size == 0 || size > text.size()) return {};
  if (size == 1) return {first, 1, true};
  uint32_t code = first & (0xFFU >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  const bool too_long = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (too_long || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, size, true};
}

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const Character one = read_character(text.substr(at));
    if (!one.sound) return false;
    at += one.size;
  }
  return true;
}

bool is_plain(uint32_t code) {
  // Control characters of both sets, and what is a line end or nothing at all.
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return false;
  if (code == 0x2028 || code == 0x2029 || code == 0xFEFF || (code >= 0xFFF9 && code <= 0xFFFB)) return false;
  // What turns the direction of writing, and tags, which show nothing.
  if (code == 0x061C || code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E)) return false;
  return !((code >= 0x2066 && code <= 0x206F) || (code >= 0xE0000 && code <= 0xE007F));
}

std::string hyphened(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '_', '-');
  return out;
}

std::string environment_name(std::string_view name) {
  std::string out = "HEADLESSID_";
  for (const char c : name) out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = read_character(text);
    char shown[16];
    if (!c.sound) {
      (void)std::snprintf(shown, sizeof shown, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(text[0])));
      out += shown;
    } else if (is_plain(c.code)) {
      out += text.substr(0, c.size);
    } else {
      (void)std::snprintf(shown, sizeof shown, "\\u{%X}", static_cast<unsigned>(c.code));
      out += shown;
    }
    text.remove_prefix(c.size);
  }
  return out;
}

size_t columns(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string wrapped(std::string_view text, size_t indent, size_t width, size_t at) {
  std::string out;
  size_t column = at;
  bool first = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!first && column + 1 + columns(word) > width) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += columns(word);
    first = false;
  }
  out += '\n';
  return out;
}

std::string closest(std::string_view name, const std::vector<std::string>& candidates) {
  std::string best;
  size_t least = std::max<size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const size_t apart = distance(name, candidate);
    if (apart < least) {
      least = apart;
      best = candidate;
    }
  }
  return best;
}

std::string date_of(int64_t ms) {
  if (ms < 0 || ms > kLastMs) return {};
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return {};
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts)};
}

}  // namespace hlid_cli
