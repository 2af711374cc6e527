#include "codec/xml_entity.h"

#include <cstdint>
#include <optional>

#include "base/text.h"

namespace hlid {
namespace {

// What XML may hold (XML 1.0 2.2), and what a text of ours may hold: no NUL, no other control characters.
bool is_character(uint32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) ||
         (c >= 0x10000 && c < 0x110000);
}

void append_utf8(Secret& out, uint32_t c) {
  const auto tail = [&](unsigned shift) { out.append(static_cast<char>(0x80U | (c >> shift & 0x3FU))); };
  if (c < 0x80) return out.append(static_cast<char>(c));
  if (c < 0x800) {
    out.append(static_cast<char>(0xC0U | c >> 6U));
  } else if (c < 0x10000) {
    out.append(static_cast<char>(0xE0U | c >> 12U));
    tail(6);
  } else {
    out.append(static_cast<char>(0xF0U | c >> 18U));
    tail(12);
    tail(6);
  }
  tail(0);
}

// "#60" and "#x3C".
std::optional<uint32_t> numbered(std::string_view entity) {
  entity.remove_prefix(1);
  const bool hex = entity.starts_with('x');
  if (hex) entity.remove_prefix(1);
  if (entity.empty() || entity.size() > 8) return std::nullopt;
  uint32_t value = 0;
  for (const char c : entity) {
    const int digit = hex ? hex_digit(c) : c >= '0' && c <= '9' ? c - '0' : -1;
    if (digit < 0) return std::nullopt;
    value = value * (hex ? 16U : 10U) + static_cast<uint32_t>(digit);
  }
  return value;
}

struct Named {
  std::string_view name;
  char c;
};
// The only ones that XML knows without a document type.
constexpr Named kNamed[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};

}  // namespace

bool append_xml_entity(Secret& out, std::string_view entity) {
  if (entity.starts_with('#')) {
    const auto value = numbered(entity);
    if (!value || !is_character(*value)) return false;
    append_utf8(out, *value);
    return true;
  }
  for (const Named& known : kNamed) {
    if (entity != known.name) continue;
    out.append(known.c);
    return true;
  }
  return false;
}

}  // namespace hlid
