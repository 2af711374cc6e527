#include "cli/json_line.h"

#include <cstdio>

namespace hlid_cli {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

// What is written comes from the library, which has checked that it is UTF-8. Control characters are escaped, DEL and
// those above 0x7F (C1, as UTF-8 0xC2 0x80 to 0x9F) too: somebody will print it on a terminal.
void JsonLine::quoted(std::string_view text) {
  out_ += '"';
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (text[i] == '"' || text[i] == '\\') {
      out_ += '\\';
      out_ += text[i];
    } else if (byte < 0x20 || byte == 0x7F || is_c1) {
      const unsigned code = is_c1 ? static_cast<unsigned char>(text[++i]) : byte;
      char escaped[8];
      (void)std::snprintf(escaped, sizeof escaped, "\\u%04x", code);
      out_ += escaped;
    } else {
      out_ += text[i];
    }
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
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (!in_string && is_space(c)) continue;
    out_ += c;
    if (in_string && c == '\\' && i + 1 < value.size()) {
      out_ += value[++i];
    } else if (c == '"') {
      in_string = !in_string;
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
