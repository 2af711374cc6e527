#include "cli/pasted.h"

#include <algorithm>
#include <string_view>

#include "cli/outcome.h"

namespace hlid_cli {
namespace {

using namespace std::literals;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF"sv;
constexpr const char* kSaveAsUtf8 = "Save it as UTF-8, which PowerShell writes with -Encoding utf8.";

// UTF-16 without a byte order mark: in most texts that people write every other byte is 0.
bool has_every_other_byte_0(std::string_view text) {
  if (text.size() < 2) return false;
  size_t zeros[2] = {0, 0};
  for (size_t i = 0; i < text.size(); ++i) zeros[i % 2] += text[i] == '\0' ? 1U : 0U;
  const size_t half = text.size() / 2;
  return (zeros[0] == 0 && zeros[1] * 2 > half) || (zeros[1] == 0 && zeros[0] * 2 > half);
}

// The encoding of the text, if it is one that the command does not accept.
const char* other_encoding(std::string_view text) {
  if (text.starts_with("\xFF\xFE\x00\x00"sv) || text.starts_with("\x00\x00\xFE\xFF"sv)) return "UTF-32";
  if (text.starts_with("\xFF\xFE"sv) || text.starts_with("\xFE\xFF"sv)) return "UTF-16";
  return has_every_other_byte_0(text) ? "UTF-16" : nullptr;
}

void refuse_other_encodings(std::string_view text, const std::string& what, const std::string& field = {}) {
  if (const char* encoding = other_encoding(text)) throw UsageError(what + " is " + encoding + ", not UTF-8", kSaveAsUtf8, field);
  if (text.find('\0') != std::string_view::npos) throw UsageError(what + " holds a NUL byte, so it is not text", "", field);
}

}  // namespace

void take_as_text(Secret& text, const std::string& what, const std::string& field) {
  refuse_other_encodings(text.view(), what, field);
  if (text.view().starts_with(kByteOrderMark)) text.drop_first(kByteOrderMark.size());
}

std::string taken_as_text(const std::string& text, const std::string& what) {
  refuse_other_encodings(text, what);
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

void take_variable_as_text(Secret& text, const std::string& name, const std::string& field) {
  take_as_text(text, name, field);
  if (text.view().ends_with('\r'))
    throw UsageError(name + " ends with a line end, the carriage return that a file with Windows line ends leaves",
                     "Save the file that sets it with Unix line ends.", field);
}

bool looks_quoted(std::string_view text) {
  return text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
}

void drop_marks(Secret& address) {
  constexpr std::string_view kSpace = " \t\r";
  std::string_view inside = address.view();
  inside.remove_prefix(std::min(inside.find_first_not_of(kSpace), inside.size()));
  inside = inside.substr(0, inside.find_last_not_of(kSpace) + 1);
  const bool in_brackets = inside.size() >= 2 && inside.front() == '<' && inside.back() == '>';
  if (in_brackets || looks_quoted(inside)) address = Secret(inside.substr(1, inside.size() - 2));
}

}  // namespace hlid_cli
