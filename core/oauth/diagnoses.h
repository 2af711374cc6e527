// What the server's words mean: one table of codes and texts for all flows, and each flow's own.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "oauth/oauth_error.h"

namespace hlid {

inline constexpr std::optional<Endpoint> kAnywhere{};

// One row a diagnosis. Empty texts match everything.
struct Diagnosis {
  std::string_view code;
  std::string_view text;  // part of the description, in any case
  std::optional<Endpoint> endpoint;
  const char* reason;
  Advice advice;
  std::string_view message;
  std::string_view hint;
};

// What the server's words mean; null if unknown. An outage and too many requests take precedence; then a row
// that knows the text, then the flow's own, then one of the endpoint, then the code alone. Codes are compared without
// case, and with '-' as '_'.
const Diagnosis* find_diagnosis(std::string_view code, std::string_view text, Refusal about);

// Those of all flows, but for outages.
std::span<const Diagnosis> common_diagnoses();

// Whether a text without a code, or a short page, is that of a gateway or a maintenance page; null if not.
const Diagnosis* find_outage(std::string_view text);

// The more a row asks for, the more it knows: a text beats all, then whether it is the flow's own, then the endpoint.
constexpr int kOwnRank = 4;
constexpr int rank_of(const Diagnosis& row) {
  return (row.text.empty() ? 0 : 8) + (row.endpoint ? 2 : 0) + (row.code.empty() ? 0 : 1);
}

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c == '-' ? '_' : c; }

// `access-denied` is access_denied, and REST writes what OAuth writes in capitals.
constexpr bool is_same_code(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

constexpr bool overlap(const Diagnosis& a, const Diagnosis& b) {
  const bool texts =
      a.text == b.text || (!a.text.empty() && !b.text.empty() &&
                           (a.text.find(b.text) != std::string_view::npos || b.text.find(a.text) != std::string_view::npos));
  return rank_of(a) == rank_of(b) && is_same_code(a.code, b.code) && a.endpoint == b.endpoint && texts;
}

// No two rows of one rank say something about the same words, so that no row hides another by where it is. For
// static_assert next to each table.
constexpr bool is_without_order(std::span<const Diagnosis> rows) {
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = i + 1; j < rows.size(); ++j) {
      if (overlap(rows[i], rows[j])) return false;
    }
  }
  return true;
}

// Messages that more than one table has.
namespace words {
inline constexpr std::string_view kWrongOtp = "the one-time password is wrong or has expired";
inline constexpr std::string_view kWrongCredentials = "the username or the password is wrong";
inline constexpr std::string_view kNotEnabled = "the flow is not enabled for this app";
inline constexpr std::string_view kWrongSecret = "the server rejected the client's secret";
inline constexpr std::string_view kWrongToken = "the access token was rejected";
}  // namespace words

}  // namespace hlid
