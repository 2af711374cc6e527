// What is read by table or by eight bytes, against the plain form of the same rule, byte by byte: over every byte, every length
// up to some blocks, and texts with one or a few bytes that do not belong.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/form.h"
#include "jose/jwt.h"

namespace hlid {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kUrlDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStandardDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool plain_within(std::string_view text, char low) {
  return std::all_of(text.begin(), text.end(), [&](char c) { return c >= low && c < 0x7F; });
}

std::string plain_form(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kUrlDigits.find(c) != std::string_view::npos || c == '.' || c == '~') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return out;
}

std::optional<std::string> plain_base64(std::string_view text, Base64 alphabet) {
  const std::string_view digits = alphabet == Base64::standard ? kStandardDigits : kUrlDigits;
  if (alphabet == Base64::standard) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const size_t digit = digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> held & 0xFFU);
  }
  if ((bits & ((1U << held) - 1U)) != 0) return std::nullopt;
  return out;
}

bool plain_looks_like_jwt(std::string_view token) {
  const bool known =
      std::all_of(token.begin(), token.end(), [](char c) { return kUrlDigits.find(c) != std::string_view::npos || c == '.'; });
  return token.starts_with("eyJ") || (known && std::count(token.begin(), token.end(), '.') == 2);
}

void expect_the_same(std::string_view text) {
  EXPECT_EQ(is_visible_ascii(text), plain_within(text, '!')) << text;
  EXPECT_EQ(is_printable_ascii(text), plain_within(text, ' ')) << text;
  EXPECT_EQ(looks_like_jwt(text), plain_looks_like_jwt(text)) << text;
  Secret form("kept=");
  append_form_encoded(form, text);
  EXPECT_EQ(form.view(), "kept=" + plain_form(text)) << text;
  for (const Base64 alphabet : {Base64::standard, Base64::url_unpadded}) {
    const auto found = from_base64(text, alphabet);
    const auto wanted = plain_base64(text, alphabet);
    ASSERT_EQ(found.has_value(), wanted.has_value()) << text;
    if (found) {
      EXPECT_EQ(found->view(), *wanted) << text;
    }
  }
}

TEST(PlainForms, agree_where_one_byte_is_any_of_256) {
  for (const size_t size : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 12U, 16U, 17U, 24U, 31U}) {
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'Q');
        text[at] = static_cast<char>(byte);
        expect_the_same(text);
      }
    }
  }
}

TEST(PlainForms, agree_on_texts_of_neighbours_of_the_limits) {
  // Beside each limit of the ranges, so that a carry between bytes would show; and the bytes that only one alphabet has.
  constexpr std::string_view kEdges = "\x00\x01\x1F\x20\x21\x22\x7D\x7E\x7F\x80\x81\xA0\xA1\xFE\xFF=.-_+/~AZaz09"sv;
  std::mt19937 random(20261129);  // a fixed seed: the same texts in every run
  std::uniform_int_distribution<size_t> edge(0, kEdges.size() - 1), length(0, 70), one_in(0, 9), digit(0, kUrlDigits.size() - 1);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(length(random), '\0');
    const bool mostly_digits = round % 2 == 0;
    for (char& c : text) c = mostly_digits && one_in(random) != 0 ? kUrlDigits[digit(random)] : kEdges[edge(random)];
    expect_the_same(text);
    expect_the_same("eyJ" + text);
  }
}

TEST(PlainForms, agree_on_base64_of_every_length) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> any(0, 255);
  std::string bytes;
  for (int size = 0; size < 200; ++size) {
    for (const Base64 alphabet : {Base64::standard, Base64::url_unpadded}) {
      const Secret text = to_base64(bytes, alphabet);
      expect_the_same(text.view());
      // The last digit's spare bits, and one digit more or less.
      for (const char last : {'A', 'B', 'D', 'g', '_', '/', '='}) {
        std::string changed(text.view());
        if (!changed.empty()) changed.back() = last;
        expect_the_same(changed);
        expect_the_same(changed + last);
      }
    }
    bytes += static_cast<char>(any(random));
  }
}

TEST(PlainForms, agree_on_tokens_by_their_dots) {
  for (const char* token :
       {"", ".", "..", "...", "a.b.c", "a.b.c.d", "a.b", "eyJ", "eyJ!", "eyj..", "00D!A.b.c", "a.b.c=", ".eyJ.", "eyJ.b.c d"}) {
    expect_the_same(token);
  }
}

}  // namespace
}  // namespace hlid
