// base/: text, errors, and how a Secret behaves. What it leaves in memory: tests/secrets.
#include <gtest/gtest.h>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/text.h"

namespace hlid {
namespace {

TEST(Secret, cannot_be_copied_or_streamed) {
  static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
  static_assert(std::is_nothrow_move_constructible_v<Secret> && std::is_nothrow_move_assignable_v<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string_view> && !std::is_convertible_v<std::string_view, Secret>);
}

TEST(Secret, keeps_its_bytes_while_it_grows) {
  Secret secret;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    secret.append(static_cast<char>('a' + i % 26));
    expected += static_cast<char>('a' + i % 26);
  }
  EXPECT_EQ(secret.view(), expected);
  Secret moved(std::move(secret));
  EXPECT_EQ(moved.view(), expected);
  EXPECT_TRUE(secret.empty());  // NOLINT: what is left is said to be empty
  const Secret copy = moved.clone();
  moved.clear();
  EXPECT_TRUE(moved.empty());
  EXPECT_EQ(copy.view(), expected);
}

TEST(Arena, texts_stay_where_they_are_while_it_grows_and_when_it_is_moved) {
  Arena arena(64);
  std::vector<std::string_view> kept;
  for (int i = 0; i < 300; ++i) kept.push_back(arena.keep(std::string(static_cast<size_t>(i), static_cast<char>('a' + i % 26))));
  const Arena moved(std::move(arena));
  for (size_t i = 0; i < kept.size(); ++i) {
    ASSERT_EQ(kept[i], std::string(i, static_cast<char>('a' + i % 26)));
    if (i == 0) continue;
    ASSERT_EQ(kept[i].data()[i], '\0');
  }
}

TEST(Arena, keeps_a_block_for_the_next_texts_with_nothing_in_it) {
  Arena arena(64);
  const std::string_view first = arena.keep("first");
  arena.clear();
  EXPECT_EQ(first, std::string_view("\0\0\0\0\0", 5));
  EXPECT_EQ(arena.keep("other").data(), first.data());
}

TEST(Arena, wipes_one_text_and_no_other) {
  Arena arena(64);
  const std::string_view first = arena.keep("first");
  const std::string_view second = arena.keep("second");
  Arena::wipe_kept(first);
  EXPECT_EQ(first, std::string_view("\0\0\0\0\0", 5));
  EXPECT_EQ(second, "second");
}

TEST(Secret, resizing_shows_only_zeroes) {
  Secret secret("0123456789");
  secret.resize(4);
  secret.resize(10);
  EXPECT_EQ(secret.view(), std::string_view("0123\0\0\0\0\0\0", 10));
  secret = Secret();
  EXPECT_TRUE(secret.empty());
  Secret& itself = secret;
  secret = std::move(itself);
  EXPECT_TRUE(secret.empty());
}

TEST(Result, holds_a_value_or_an_error) {
  Result<int> good = 5;
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 5);
  const Result<int> bad = Error::protocol("why", "what was wrong");
  ASSERT_FALSE(bad);
  EXPECT_STREQ(bad.error().data().reason, "why");
  EXPECT_TRUE(Result<void>().has_value());
  EXPECT_FALSE(Result<void>(Error::state("s", "m")).has_value());
}

TEST(Error, clones_everything) {
  Error error = Error::refused("r", "m")
                    .advise(Advice::fix_org)
                    .hint("h")
                    .http_status(418)
                    .outcome_unknown()
                    .retry_after_ms(7)
                    .server("c", "t");
  error.edit().field = "f";
  const Error copy = error.clone();
  EXPECT_EQ(copy.data().kind, Kind::refused);
  EXPECT_EQ(copy.data().advice, Advice::fix_org);
  EXPECT_STREQ(copy.data().reason, "r");
  EXPECT_EQ(copy.data().message, "m");
  EXPECT_EQ(copy.data().hint, "h");
  EXPECT_EQ(copy.data().field, "f");
  EXPECT_EQ(copy.data().raw_code.view(), "c");
  EXPECT_EQ(copy.data().raw_text.view(), "t");
  EXPECT_EQ(copy.data().http_status, 418);
  EXPECT_TRUE(copy.data().outcome_unknown);
  EXPECT_EQ(copy.data().retry_after_ms, 7);
}

TEST(Error, an_unknown_field_is_shown_escaped_and_short) {
  const Error error = Error::argument("evil\n\x1b[1m" + std::string(500, 'x'), "is no setting");
  EXPECT_EQ(error.data().field.find('\n'), std::string::npos);
  EXPECT_LE(error.data().field.size(), kMaxServerCode);
}

TEST(Text, tells_utf8_from_what_only_looks_like_it) {
  for (const std::string_view good :
       {std::string_view(""), std::string_view("a\0b", 3), std::string_view("\xC2\x80"), std::string_view("\xDF\xBF"),
        std::string_view("\xE0\xA0\x80"), std::string_view("\xED\x9F\xBF"), std::string_view("\xEE\x80\x80"),
        std::string_view("\xEF\xBF\xBF"), std::string_view("\xF0\x90\x80\x80"), std::string_view("\xF4\x8F\xBF\xBF")}) {
    EXPECT_TRUE(is_valid_utf8(good)) << good;
  }
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE0\xA0", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF", "a\xE2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(bad)) << bad;
  }
}

TEST(Text, j15_j21_shows_one_line_that_no_terminal_obeys) {
  EXPECT_EQ(escape_for_display("a\nb\tc\x1b[31m\x7f", 100), "a\\x0ab\\x09c\\x1b[31m\\x7f");
  EXPECT_EQ(escape_for_display("\xE2\x80\xAE\xE2\x81\xA6\xEF\xBB\xBF\xC2\x9B", 100),
            "\\xe2\\x80\\xae\\xe2\\x81\\xa6\\xef\\xbb\\xbf\\xc2\\x9b");
  EXPECT_EQ(escape_for_display("Gr\xC3\xBC\xC3\x9F", 100), "Gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(escape_for_display("%s%n${jndi:x}{{7}}", 100), "%s%n${jndi:x}{{7}}");
}

TEST(Text, j15_is_never_longer_than_asked_and_never_cut_in_a_character) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += i % 7 == 0 ? "\n" : i % 3 == 0 ? "\xF0\x9F\x94\x91" : "\xC3\xA9";
  for (size_t max = 0; max < 200; ++max) {
    const std::string shown = escape_for_display(text, max);
    EXPECT_LE(shown.size(), std::max<size_t>(max, 3));
    EXPECT_TRUE(is_valid_utf8(shown));
  }
}

TEST(Text, reads_decimals_strictly) {
  EXPECT_EQ(read_decimal("0"), 0);
  EXPECT_EQ(read_decimal("007"), 7);
  EXPECT_EQ(read_decimal("999999999999999999"), 999'999'999'999'999'999);
  for (const char* bad :
       {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "9223372036854775808", "1000000000000000000", "\xD9\xA1"}) {
    EXPECT_FALSE(read_decimal(bad)) << bad;
  }
}

TEST(Text, h10_reads_http_dates) {
  EXPECT_EQ(read_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784'111'777);
  EXPECT_EQ(read_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  EXPECT_EQ(read_http_date("Thu, 29 Feb 2024 23:59:60 GMT"), 1'709'251'200);
  EXPECT_EQ(read_http_date("Fri, 31 Dec 9999 23:59:59 GMT"), 253'402'300'799);
  for (const char* bad : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 UTC",
                          "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1969 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT "}) {
    EXPECT_FALSE(read_http_date(bad)) << bad;
  }
}

TEST(Text, compares_without_the_locale) {
  EXPECT_TRUE(equals_ignoring_case("LOCATION", "location"));
  EXPECT_FALSE(equals_ignoring_case("locations", "location"));
  EXPECT_TRUE(contains_ignoring_case("the Guest Flow NOT enabled", "guest flow not enabled"));
  EXPECT_FALSE(contains_ignoring_case("guest", "guest flow"));
}

}  // namespace
}  // namespace hlid
