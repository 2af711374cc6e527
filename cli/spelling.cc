#include "cli/spelling.h"

#include <cctype>

#include "cli/options.h"
#include "cli/token_file.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

// What the library adds where the app's key is missing.
constexpr std::string_view kHostSigns = "or the host signs: the setting signed_by host";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Only what cannot be an ordinary word: a name with an underscore, or one in backquotes. Nothing within an address or a
// form, where it is the protocol's.
template <typename Find>
std::string with_options(std::string_view text, const Find& find) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    if (!is_word(text[i])) {
      out += text[i++];
      continue;
    }
    size_t end = i;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view word = text.substr(i, end - i);
    const char before = i == 0 ? ' ' : text[i - 1];
    const char after = end == text.size() ? ' ' : text[end];
    const bool quoted = before == '`' && after == '`';
    const bool apart = std::string_view("/=&?-.").find(before) == std::string_view::npos && after != '=' && after != '-';
    const Field* field = quoted || (apart && word.find('_') != std::string_view::npos) ? find(word) : nullptr;
    if (field == nullptr) {
      out += word;
    } else if (quoted) {
      out.pop_back();
      out += option_name(*field);
      ++end;
    } else {
      out += option_name(*field);
    }
    i = end;
  }
  return out;
}

// "the parameter username" as its option.
std::string with_named_parameters(std::string text, const FlowInfo& flow) {
  constexpr std::string_view kNamed = "the parameter ";
  for (size_t at = text.find(kNamed); at != std::string::npos; at = text.find(kNamed, at + 1)) {
    size_t end = at + kNamed.size();
    while (end < text.size() && is_word(text[end])) ++end;
    const Field* field = find_field(flow.parameters, text.substr(at + kNamed.size(), end - at - kNamed.size()));
    if (field != nullptr) text.replace(at, end - at, option_name(*field));
  }
  return text;
}

}  // namespace

std::string in_seconds(int64_t ms) {
  std::string out = std::to_string(ms / 1000);
  if (ms % 1000 == 0) return out;
  out += "." + std::to_string(1000 + ms % 1000).substr(1);
  return out.erase(out.find_last_not_of('0') + 1);
}

std::string option_name(const Field& field) {
  std::string name = field.name;
  if (counts_milliseconds(field)) name.resize(name.size() - 3);
  return "--" + hyphened(name) + (field.secret && !is_secret_address(field) ? "-file" : "");
}

std::string range_in_seconds(const Field& field) {
  return field.max > 0 ? "from " + in_seconds(field.min) + " to " + in_seconds(field.max) : "above 0";
}

void word_for(Reader reader, const Catalogue& catalogue, const FlowInfo& flow, Failure& failure) {
  const bool argument = failure.kind == "ARGUMENT";
  const auto find = [&](std::string_view name) -> const Field* {
    const Field* field = argument ? find_field(flow.parameters, name) : nullptr;
    return field != nullptr ? field : find_field(catalogue.settings, name);
  };
  const Field* field = failure.field.empty() ? nullptr : find(failure.field);
  // Our own words about the command line are about options in any case.
  const bool spells = reader == Reader::person && failure.reason != "usage";
  if (argument && spells) {
    const std::string start = failure.field + " ";
    if (field != nullptr && counts_milliseconds(*field)) {
      failure.message = option_name(*field) + " must be a number of seconds " + range_in_seconds(*field);
    } else if (field != nullptr && failure.message.starts_with(start)) {
      // What is said of a JSON value may name its members, which are called as ours are.
      const std::string rest = failure.message.substr(start.size());
      failure.message = option_name(*field) + " " + (field->kind == "json" ? rest : with_options(rest, find));
    } else {
      failure.message = with_options(failure.message, find);
    }
  }
  // No option holds the text of a key, so it is in the environment or in a profile.
  if (argument && field != nullptr && field->secret && failure.message.find(" is a path: ") != std::string::npos) {
    if (spells) failure.message = environment_name(field->name) + ", or " + field->name + " in a profile, holds a path";
    failure.hint = "They take the PEM text; for a path use " + option_name(*field) + ".";
    return;
  }
  // The host is this command, which says why it has nothing.
  constexpr std::string_view kNoValue = "the host has no value to give: ";
  if (reader == Reader::person && failure.reason == "no_value" && failure.message.starts_with(kNoValue))
    failure.message.erase(0, kNoValue.size());
  // The command has no signer of its own.
  if (argument && failure.hint == kHostSigns) failure.hint.clear();
  if (spells) failure.hint = with_options(with_named_parameters(failure.hint, flow), find);
  if (!argument || field == nullptr || !failure.hint.empty()) return;
  const bool in_file =
      find_field(flow.parameters, field->name) == field && field->name != "token" && is_session_token(catalogue, flow, *field);
  std::vector<std::string> more;
  if (in_file) more.push_back("--token-file PATH");
  if (is_prompted(*field)) more.push_back("at the prompt on a terminal");
  failure.hint = "Give it with " + ways_to_give(*field, more) + ".";
}

}  // namespace hlid_cli
