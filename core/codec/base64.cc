#include "codec/base64.h"

#include <array>
#include <cstdint>

namespace hlid {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t kNone = 0xFF;

constexpr std::array<uint8_t, 256> reversed(std::string_view alphabet) {
  std::array<uint8_t, 256> table{};
  for (auto& entry : table) entry = kNone;
  for (size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<uint8_t>(i);
  }
  return table;
}

constexpr auto kFromStandard = reversed(kStandard);
constexpr auto kFromUrl = reversed(kUrl);

}  // namespace

void append_base64(Secret& out, std::string_view bytes, Base64 alphabet) {
  const std::string_view digits = alphabet == Base64::standard ? kStandard : kUrl;
  const bool padded = alphabet == Base64::standard;
  const size_t start = out.size();
  const size_t rest = bytes.size() % 3;
  const size_t tail = rest == 0 ? 0 : (padded ? 4 : rest + 1);
  out.resize(start + bytes.size() / 3 * 4 + tail);
  char* to = out.data() + start;
  const auto at = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])); };
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = at(i) << 16U | at(i + 1) << 8U | at(i + 2);
    *to++ = digits[group >> 18U];
    *to++ = digits[group >> 12U & 63U];
    *to++ = digits[group >> 6U & 63U];
    *to++ = digits[group & 63U];
  }
  if (rest == 0) return;
  const uint32_t group = at(i) << 16U | (rest == 2 ? at(i + 1) << 8U : 0U);
  *to++ = digits[group >> 18U];
  *to++ = digits[group >> 12U & 63U];
  if (rest == 2) *to++ = digits[group >> 6U & 63U];
  if (padded) {
    if (rest == 1) *to++ = '=';
    *to++ = '=';
  }
}

Secret to_base64(std::string_view bytes, Base64 alphabet) {
  Secret out;
  append_base64(out, bytes, alphabet);
  return out;
}

std::optional<Secret> from_base64(std::string_view text, Base64 alphabet) {
  if (alphabet == Base64::standard) {
    if (text.size() % 4 != 0) return std::nullopt;
    if (text.ends_with("==")) {
      text.remove_suffix(2);
    } else if (text.ends_with('=')) {
      text.remove_suffix(1);
    }
    if (text.ends_with('=')) return std::nullopt;
  }
  if (text.size() % 4 == 1) return std::nullopt;
  const auto& table = alphabet == Base64::standard ? kFromStandard : kFromUrl;
  Secret out;
  out.resize(text.size() / 4 * 3 + (text.size() % 4 == 0 ? 0 : text.size() % 4 - 1));
  char* to = out.data();
  const char* from = text.data();
  const auto digit = [&](size_t i) { return static_cast<uint32_t>(table[static_cast<unsigned char>(from[i])]); };
  // Every text is read to its end: the time reveals its length, but not where it is malformed. The table's cache lines are not
  // hidden: code that shares the processor's core could see which were used.
  uint32_t bad = 0;
  size_t left = text.size();
  for (; left >= 4; left -= 4, from += 4) {
    const uint32_t a = digit(0), b = digit(1), c = digit(2), d = digit(3);
    bad |= a | b | c | d;
    *to++ = static_cast<char>(a << 2U | b >> 4U);
    *to++ = static_cast<char>(b << 4U | c >> 2U);
    *to++ = static_cast<char>(c << 6U | d);
  }
  // Spare bits that are not zero would let many texts decode to the same bytes.
  bool spare = false;
  if (left != 0) {
    const uint32_t a = digit(0), b = digit(1), c = left == 3 ? digit(2) : 0;
    bad |= a | b | c;
    *to++ = static_cast<char>(a << 2U | b >> 4U);
    if (left == 3) *to++ = static_cast<char>(b << 4U | c >> 2U);
    spare = ((left == 3 ? c & 3U : b & 15U)) != 0;
  }
  if (bad >= 64 || spare) return std::nullopt;
  return out;
}

}  // namespace hlid
