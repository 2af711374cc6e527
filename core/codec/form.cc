#include "codec/form.h"

#include <array>

#include "base/text.h"

namespace hlid {
namespace {

constexpr std::array<bool, 256> unreserved() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}

constexpr auto kUnreserved = unreserved();
constexpr std::string_view kHex = "0123456789ABCDEF";

}  // namespace

void append_form_encoded(Secret& out, std::string_view text) {
  size_t size = 0;
  for (const char c : text) size += kUnreserved[static_cast<unsigned char>(c)] || c == ' ' ? size_t{1} : size_t{3};
  const size_t start = out.size();
  out.resize(start + size);
  char* to = out.data() + start;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUnreserved[byte]) {
      *to++ = c;
    } else if (c == ' ') {
      *to++ = '+';
    } else {
      *to++ = '%';
      *to++ = kHex[byte >> 4U];
      *to++ = kHex[byte & 15U];
    }
  }
}

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
