#include "cli/org_options.h"

#include <algorithm>
#include <charconv>

#include "cli/files.h"
#include "cli/outcome.h"
#include "cli/streams.h"
#include "cli/words.h"

namespace hlid_cli {
namespace {

std::string underscored(std::string text) {
  std::replace(text.begin(), text.end(), '-', '_');
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> out;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t end = std::min(text.find(',', at), text.size());
    const size_t first = text.find_first_not_of(' ', at);
    if (first < end) out.push_back(text.substr(first, text.find_last_not_of(' ', end - 1) + 1 - first));
    at = end + 1;
  }
  return out;
}

int number_of(const OrgOption& option, std::string text) {
  // "67.0", as Salesforce writes versions.
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number <= 0)
    throw UsageError(std::string(option.name) + " must be a whole number greater than 0");
  return number;
}

void take(OrgArguments& out, const OrgOption& option, const std::string& value) {
  if (!is_utf8(value) && option.shape != OrgShape::file) throw UsageError(std::string(option.name) + " is not UTF-8");
  auto& member = out.request[option.member];
  switch (option.shape) {
    case OrgShape::text: member = value; break;
    case OrgShape::texts: member.push_back(value); break;
    case OrgShape::names:
      for (const std::string& name : split(value)) member.push_back(underscored(name));
      if (member.is_null()) throw UsageError(std::string(option.name) + " needs a value");
      break;
    case OrgShape::choice: member = underscored(value); break;
    case OrgShape::number: member = number_of(option, value); break;
    case OrgShape::file:
      member = std::string(read_file(value, option.name).view());
      if (!is_utf8(member.get_ref<const std::string&>()))
        throw UsageError(std::string(option.name) + " names a file that is not UTF-8: " + printable(value));
      break;
    default: break;
  }
}

}  // namespace

OrgArguments read_org_arguments(const std::string& command, std::span<const OrgOption> options,
                                const std::vector<std::string>& arguments) {
  OrgArguments out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].starts_with("--")) {
      out.plain.push_back(arguments[i]);
      continue;
    }
    const size_t mark = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, mark);
    const auto option = std::find_if(options.begin(), options.end(), [&](const OrgOption& one) { return name == one.name; });
    if (option == options.end()) {
      std::vector<std::string> known;
      for (const OrgOption& one : options) known.emplace_back(one.name);
      const std::string meant = closest(name, known);
      throw UsageError(command + " has no option " + printable(name.substr(0, 64)),
                       meant.empty() ? "headlessid " + command + " --help lists them." : "Did you mean " + meant + "?");
    }
    const bool is_flag = option->shape == OrgShape::flag || option->shape == OrgShape::our_flag;
    if (is_flag && mark != std::string::npos) throw UsageError(name + " accepts no value");
    std::string value;
    if (mark != std::string::npos) {
      value = arguments[i].substr(mark + 1);
    } else if (!is_flag) {
      if (i + 1 == arguments.size()) throw UsageError(name + " needs a value");
      value = arguments[++i];
    }
    if (option->shape == OrgShape::flag) {
      out.request[option->member] = true;
    } else if (option->shape == OrgShape::ours || option->shape == OrgShape::our_flag) {
      out.ours[option->member] = value;
    } else {
      take(out, *option, value);
    }
  }
  return out;
}

std::string org_option_help(std::span<const OrgOption> options) {
  constexpr size_t kColumn = 26;
  std::string out;
  for (const OrgOption& option : options) {
    std::string name = std::string("  ") + option.name;
    if (*option.placeholder != '\0') name += std::string(" ") + option.placeholder;
    out += name;
    size_t at = name.size();
    if (at + 2 > kColumn) {
      out += '\n';
      at = 0;
    }
    out.append(kColumn - at, ' ');
    out += wrapped(option.text, kColumn, text_width(), kColumn);
  }
  return out;
}

}  // namespace hlid_cli
