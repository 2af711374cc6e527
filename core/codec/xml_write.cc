#include "codec/xml_write.h"

namespace hlid {
namespace {

std::string_view escape_in_text(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '\r': return "&#xD;";
    default: return {};
  }
}

std::string_view escape_in_attribute(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '"': return "&quot;";
    case '\t': return "&#x9;";
    case '\n': return "&#xA;";
    case '\r': return "&#xD;";
    default: return {};
  }
}

void append_escaped(Secret& out, std::string_view text, std::string_view (*escape)(char)) {
  size_t done = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string_view escaped = escape(text[at]);
    if (escaped.empty()) continue;
    out.append(text.substr(done, at - done));
    out.append(escaped);
    done = at + 1;
  }
  out.append(text.substr(done));
}

}  // namespace

bool is_xml_text(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
  }
  // U+FFFE and U+FFFF in UTF-8.
  return text.find("\xEF\xBF\xBE") == std::string_view::npos && text.find("\xEF\xBF\xBF") == std::string_view::npos;
}

void append_xml_text(Secret& out, std::string_view text) { append_escaped(out, text, escape_in_text); }
void append_xml_attribute(Secret& out, std::string_view value) { append_escaped(out, value, escape_in_attribute); }

}  // namespace hlid
