#include "oauth/typed_text.h"

#include <array>

#include "base/text.h"

namespace hlid {
namespace {

constexpr char32_t kByteOrderMark = 0xFEFF;

std::string number_of(char32_t c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out = "U+";
  for (unsigned shift = c > 0xFFFF ? 20 : 12;; shift -= 4) {
    out += kDigits[(c >> shift) & 0xFU];
    if (shift == 0) return out;
  }
}

bool is_quotation_mark(char32_t c) {
  return c == '"' || c == '\'' || c == '`' || (c >= 0x2018 && c <= 0x201F) || c == 0xAB || c == 0xBB;
}

std::string kind_of(char32_t c, bool secret) {
  const std::string number = secret ? std::string() : join({", ", number_of(c)});
  if (c == kByteOrderMark) return "a byte order mark (U+FEFF), which an editor left there";
  if (c == ' ') return "a space";
  if (c == '\t') return "a tab";
  if (c == '\r' || c == '\n') return "a line end";
  if (is_unseen(c)) return join({"an invisible character", number});
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return "a control character";
  if (c >= 0xFF01 && c <= 0xFF5E) return join({"a full-width character", number, ": type it in ASCII"});
  if (is_quotation_mark(c)) return join({"a typographic quotation mark", number});
  if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212) return join({"a dash that is not the ASCII hyphen", number});
  return join({"a character beyond ASCII", number});
}

bool is_odd(char32_t c) { return c <= 0x20 || c >= 0x7F; }

bool looks_like_utf16(std::string_view value) {
  if (value.starts_with("\xFF\xFE") || value.starts_with("\xFE\xFF")) return true;
  return value.size() >= 2 && (value[0] == 0) != (value[1] == 0);
}

}  // namespace

std::string oddity_of(std::string_view value, bool secret) {
  if (looks_like_utf16(value)) return "it looks like UTF-16: save it as UTF-8";
  const auto first = first_code_point(value);
  if (first && is_odd(first->value) && is_unseen(first->value)) return join({"it begins with ", kind_of(first->value, secret)});
  const auto last = last_code_point(value);
  if (last && is_odd(last->value) && is_unseen(last->value)) return join({"it ends with ", kind_of(last->value, secret)});
  while (const auto next = first_code_point(value)) {
    if (is_odd(next->value)) return join({"it has ", kind_of(next->value, secret), " in it"});
    value.remove_prefix(next->size);
  }
  return {};
}

std::string wrapping_of(std::string_view value) {
  if (looks_like_utf16(value)) return oddity_of(value, true);
  const auto first = first_code_point(value);
  const auto last = last_code_point(value);
  if (!first || !last) return {};
  if (is_unseen(first->value)) return join({"it begins with ", kind_of(first->value, false)});
  if (is_unseen(last->value)) return join({"it ends with ", kind_of(last->value, false)});
  if (value.size() >= 2 && is_quotation_mark(first->value)) {
    // "abc" and also "abc", with a comma: a value copied from JSON may include it.
    const bool closed =
        is_quotation_mark(last->value) || value.find(value.substr(0, first->size), first->size) != std::string_view::npos;
    if (closed) return "it is in quotation marks, which belong to the file or shell it comes from: leave them out";
  }
  if ((value.starts_with("${") && value.ends_with('}')) || (value.starts_with("{{") && value.ends_with("}}"))) {
    return "it is a variable without its value";
  }
  if (value.starts_with("HEADLESSID_") && value.find('=') != std::string_view::npos)
    return "it is a whole line of an env file: give only the part after the =";
  return {};
}

}  // namespace hlid
