#include "cli/json_line.h"

#include <algorithm>
#include <cstdio>

#include "cli/words.h"

namespace hlid_cli {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

// The line may end up on a terminal: characters that must not reach one are escaped. Removes the character from the text.
void JsonLine::shown(std::string_view& text) {
  const Character c = read_character(text);
  char escaped[16];
  if (!c.sound) {
    out_ += "\\ufffd";
  } else if (is_plain(c.code)) {
    out_ += text.substr(0, c.size);
  } else if (c.code < 0x10000) {
    (void)std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c.code));
    out_ += escaped;
  } else {
    const uint32_t rest = c.code - 0x10000;
    (void)std::snprintf(escaped, sizeof escaped, "\\u%04x\\u%04x", static_cast<unsigned>(0xD800 + (rest >> 10)),
                        static_cast<unsigned>(0xDC00 + (rest & 0x3FF)));
    out_ += escaped;
  }
  text.remove_prefix(c.size);
}

void JsonLine::quoted(std::string_view text) {
  out_ += '"';
  while (!text.empty()) {
    if (text.front() != '"' && text.front() != '\\') {
      shown(text);
      continue;
    }
    out_ += '\\';
    out_ += text.front();
    text.remove_prefix(1);
  }
  out_ += '"';
}

void JsonLine::key(std::string_view name) {
  if (out_.back() != '{') out_ += ',';
  quoted(name);
  out_ += ':';
}

JsonLine& JsonLine::text(std::string_view name, std::string_view value) {
  key(name);
  quoted(value);
  return *this;
}

JsonLine& JsonLine::text_if_any(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}

JsonLine& JsonLine::number(std::string_view name, int64_t value) {
  key(name);
  out_ += std::to_string(value);
  return *this;
}

JsonLine& JsonLine::flag(std::string_view name, bool value) {
  key(name);
  out_ += value ? "true" : "false";
  return *this;
}

JsonLine& JsonLine::json(std::string_view name, std::string_view value) {
  key(name);
  bool in_string = false;
  while (!value.empty()) {
    const char c = value.front();
    if (in_string && c == '\\') {
      out_ += value.substr(0, 2);
      value.remove_prefix(std::min<size_t>(2, value.size()));
    } else if (in_string && c != '"') {
      shown(value);
    } else {
      if (c == '"') in_string = !in_string;
      if (in_string || !is_space(c)) out_ += c;
      value.remove_prefix(1);
    }
  }
  return *this;
}

JsonLine& JsonLine::begin(std::string_view name) {
  key(name);
  out_ += '{';
  return *this;
}

JsonLine& JsonLine::end() {
  out_ += '}';
  return *this;
}

std::string JsonLine::finish() {
  out_ += "}\n";
  return std::move(out_);
}

}  // namespace hlid_cli
