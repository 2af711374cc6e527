#include "codec/base64.h"

#include <array>
#include <cstdint>

namespace hlid {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// What a character is worth at each of the four places of a group, so that four look-ups make 24 bits; above them, what is
// wrong with it.
constexpr uint32_t kOfNone = 1U << 24U;
constexpr uint32_t kOfStandardOnly = 1U << 25U;
constexpr uint32_t kOfUrlOnly = 1U << 26U;
using Worth = std::array<std::array<uint32_t, 256>, 4>;

constexpr Worth worth() {
  Worth table{};
  for (unsigned place = 0; place < 4; ++place) {
    for (auto& entry : table[place]) entry = kOfNone;
    for (uint32_t digit = 0; digit < 64; ++digit) {
      const uint32_t value = digit << (18U - 6U * place);
      const uint32_t one_only = kStandard[digit] == kUrl[digit] ? 0 : ~uint32_t{0};
      table[place][static_cast<unsigned char>(kStandard[digit])] = value | (kOfStandardOnly & one_only);
      table[place][static_cast<unsigned char>(kUrl[digit])] = value | (kOfUrlOnly & one_only);
    }
  }
  return table;
}

constexpr Worth kWorth = worth();

}  // namespace

char* write_base64(char* to, std::string_view bytes, Base64 alphabet) {
  const std::string_view digits = alphabet == Base64::standard ? kStandard : kUrl;
  const size_t rest = bytes.size() % 3;
  const auto at = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])); };
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = at(i) << 16U | at(i + 1) << 8U | at(i + 2);
    *to++ = digits[group >> 18U];
    *to++ = digits[group >> 12U & 63U];
    *to++ = digits[group >> 6U & 63U];
    *to++ = digits[group & 63U];
  }
  if (rest == 0) return to;
  const uint32_t group = at(i) << 16U | (rest == 2 ? at(i + 1) << 8U : 0U);
  *to++ = digits[group >> 18U];
  *to++ = digits[group >> 12U & 63U];
  if (rest == 2) *to++ = digits[group >> 6U & 63U];
  if (alphabet == Base64::standard) {
    if (rest == 1) *to++ = '=';
    *to++ = '=';
  }
  return to;
}

void append_base64(Secret& out, std::string_view bytes, Base64 alphabet) {
  const size_t start = out.size();
  out.resize(start + base64_size(bytes.size(), alphabet));
  write_base64(out.data() + start, bytes, alphabet);
}

Secret to_base64(std::string_view bytes, Base64 alphabet) {
  Secret out;
  append_base64(out, bytes, alphabet);
  return out;
}

bool append_from_base64(Secret& out, std::string_view text, Base64 alphabet) {
  if (alphabet == Base64::standard) {
    if (text.size() % 4 != 0) return false;
    if (text.ends_with("==")) {
      text.remove_suffix(2);
    } else if (text.ends_with('=')) {
      text.remove_suffix(1);
    }
    if (text.ends_with('=')) return false;
  }
  if (text.size() % 4 == 1) return false;
  const size_t start = out.size();
  out.resize(start + text.size() / 4 * 3 + (text.size() % 4 == 0 ? 0 : text.size() % 4 - 1));
  char* to = out.data() + start;
  const char* from = text.data();
  const auto at = [&](size_t place) { return kWorth[place][static_cast<unsigned char>(from[place])]; };
  // Every text is read to its end: the time reveals its length, but not where it is malformed. The table's cache lines are not
  // hidden: code that shares the processor's core could see which were used.
  uint32_t seen = 0;
  size_t left = text.size();
  for (; left >= 4; left -= 4, from += 4, to += 3) {
    const uint32_t group = at(0) | at(1) | at(2) | at(3);
    seen |= group;
    to[0] = static_cast<char>(group >> 16U);
    to[1] = static_cast<char>(group >> 8U);
    to[2] = static_cast<char>(group);
  }
  // Spare bits that are not zero would let many texts decode to the same bytes.
  uint32_t spare = 0;
  if (left != 0) {
    const uint32_t group = at(0) | at(1) | (left == 3 ? at(2) : 0U);
    seen |= group;
    to[0] = static_cast<char>(group >> 16U);
    if (left == 3) to[1] = static_cast<char>(group >> 8U);
    spare = group & (left == 3 ? 0xFFU : 0xFFFFU);
  }
  const uint32_t bad = kOfNone | (alphabet == Base64::standard ? kOfUrlOnly : kOfStandardOnly);
  return (seen & bad) == 0 && spare == 0;
}

bool is_base64url(std::string_view text) {
  const auto& worth = kWorth[3];  // the six bits as they are
  const auto at = [&](size_t i) { return worth[static_cast<unsigned char>(text[i])]; };
  const size_t left = text.size() % 4;
  const size_t whole = text.size() - left;
  uint32_t seen = 0;
  for (size_t i = 0; i < whole; i += 4) seen |= at(i) | at(i + 1) | at(i + 2) | at(i + 3);
  uint32_t last = 0;
  for (size_t i = whole; i < text.size(); ++i) seen |= last = at(i);
  const uint32_t spare = left == 0 ? 0 : last & (left == 3 ? 0x3U : 0xFU);
  return left != 1 && (seen & (kOfNone | kOfStandardOnly)) == 0 && spare == 0;
}

std::optional<Secret> from_base64(std::string_view text, Base64 alphabet) {
  Secret out;
  if (!append_from_base64(out, text, alphabet)) return std::nullopt;
  return out;
}

}  // namespace hlid
