#include "codec/form.h"

#include <array>
#include <cstdint>

#include "base/text.h"

namespace hlid {
namespace {

constexpr std::array<uint8_t, 256> unreserved() {
  std::array<uint8_t, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = 1;
  }
  return table;
}

constexpr auto kUnreserved = unreserved();
constexpr std::string_view kHex = "0123456789ABCDEF";

// The length of the prefix that needs no encoding; reads eight bytes at a time as long as none of them needs it.
size_t unreserved_prefix(std::string_view text) {
  const auto at = [&](size_t i) { return kUnreserved[static_cast<unsigned char>(text[i])]; };
  size_t i = 0;
  while (i + 8 <= text.size() &&
         (at(i) & at(i + 1) & at(i + 2) & at(i + 3) & at(i + 4) & at(i + 5) & at(i + 6) & at(i + 7)) != 0) {
    i += 8;
  }
  while (i < text.size() && at(i) != 0) ++i;
  return i;
}

// The time reveals how many bytes need encoding, as does the length of the body on the wire.
void append_encoded(Secret& out, std::string_view text, bool plus) {
  out.reserve(out.size() + text.size());
  while (true) {
    const size_t plain = unreserved_prefix(text);
    out.append(text.substr(0, plain));
    if (plain == text.size()) return;
    const auto byte = static_cast<unsigned char>(text[plain]);
    if (plus && byte == ' ') {
      out.append('+');
    } else {
      const char encoded[] = {'%', kHex[byte >> 4U], kHex[byte & 15U]};
      out.append({encoded, sizeof encoded});
    }
    text.remove_prefix(plain + 1);
  }
}

}  // namespace

void append_form_encoded(Secret& out, std::string_view text) { append_encoded(out, text, true); }
void append_percent_encoded(Secret& out, std::string_view text) { append_encoded(out, text, false); }

void FormWriter::write(std::string_view name, std::string_view value, bool secret) {
  if (!body_.empty()) body_.append('&');
  append_form_encoded(body_, name);
  body_.append('=');
  const size_t start = body_.size();
  append_form_encoded(body_, value);
  if (shown_ == nullptr) return;
  if (!shown_->empty()) *shown_ += '&';
  *shown_ += name;
  *shown_ += '=';
  *shown_ += secret ? kHidden : body_.view().substr(start);
}

std::optional<Secret> form_decoded(std::string_view text) {
  if (text.find('%') == std::string_view::npos && text.find('+') == std::string_view::npos) return Secret(text);
  Secret out;
  out.resize(text.size());
  size_t size = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    out.data()[size++] = c;
  }
  out.resize(size);
  return out;
}

bool FormReader::next() {
  while (!rest_.empty()) {
    const size_t end = rest_.find('&');
    const std::string_view pair = rest_.substr(0, end);
    rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    name_ = pair.substr(0, equals);
    value_ = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    return true;
  }
  return false;
}

}  // namespace hlid
