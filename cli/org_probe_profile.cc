#include "cli/org_probe_profile.h"

#include <algorithm>

namespace hlid_cli {
namespace {

using nlohmann::ordered_json;

struct Member {
  std::string name;
  size_t value = 0;  // where its value begins
  size_t end = 0;
};

constexpr std::string_view kSpace = " \t\r\n";

// The end of the text that begins at `at`, with its quotation marks.
size_t end_of_text(std::string_view json, size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

size_t end_of_value(std::string_view json, size_t at) {
  size_t depth = 0;
  while (at < json.size()) {
    const char c = json[at];
    if (c == '"') {
      at = end_of_text(json, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    }
    if (depth == 0 && (c == ',' || kSpace.find(c) != std::string_view::npos)) return at;
    ++at;
  }
  return at;
}

std::vector<Member> members_of(std::string_view json) {
  std::vector<Member> out;
  size_t at = json.find('{');
  while ((at = json.find_first_of("\"}", at)) != std::string_view::npos && json[at] == '"') {
    const size_t end = end_of_text(json, at);
    Member member;
    member.name = ordered_json::parse(json.substr(at, end - at)).get<std::string>();
    member.value = json.find_first_not_of(kSpace, json.find(':', end) + 1);
    member.end = end_of_value(json, member.value);
    at = member.end;
    out.push_back(std::move(member));
  }
  return out;
}

// How the text is written: what is between a brace or a comma and the next name, and between a name and its value.
struct Style {
  std::string before = " ";
  std::string between = ": ";
};

Style style_of(std::string_view json, const std::vector<Member>& members) {
  if (members.empty()) return {"", ": "};
  Style style;
  const size_t brace = json.find('{') + 1;
  const size_t name = json.find('"', brace);
  const size_t name_end = end_of_text(json, name);
  style.between = json.substr(name_end, members.front().value - name_end);
  const std::string_view first = json.substr(brace, name - brace);
  if (first.find('\n') != std::string_view::npos) {
    style.before = first.substr(0, first.find('\n') + 1);
    style.before += first.substr(first.rfind('\n') + 1);
  } else if (members.size() > 1) {
    const size_t comma = json.find(',', members.front().end);
    style.before = json.substr(comma + 1, json.find('"', comma) - comma - 1);
  }
  return style;
}

// An object of ours in the profile's own style.
std::string written(const ordered_json& value, const Style& style) {
  const size_t line = style.before.rfind('\n');
  if (line == std::string::npos) return value.dump();
  const std::string indent = style.before.substr(line + 1);
  const bool tabs = indent.find('\t') != std::string::npos;
  const std::string all = value.dump(tabs ? 1 : std::max(1, static_cast<int>(indent.size())), tabs ? '\t' : ' ');
  const std::string line_end = style.before.substr(0, line + 1);
  std::string out;
  for (const char c : all) {
    if (c == '\n') {
      out += line_end + indent;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Secret with_members(std::string_view text, const ProfileMembers& members) {
  const std::vector<Member> old = members_of(text);
  const Style style = style_of(text, old);
  Secret out;
  size_t copied = 0;
  for (const Member& member : old) {
    const auto found = std::find_if(members.begin(), members.end(), [&](const auto& each) { return each.first == member.name; });
    if (found == members.end()) continue;
    out.append(text.substr(copied, member.value - copied));
    out.append(written(found->second, style));
    copied = member.end;
  }
  const size_t last = old.empty() ? text.find('{') + 1 : old.back().end;
  out.append(text.substr(copied, last - copied));
  bool first = old.empty();
  for (const auto& [name, value] : members) {
    if (std::any_of(old.begin(), old.end(), [&](const Member& member) { return member.name == name; })) continue;
    if (!first) out.append(',');
    first = false;
    out.append(style.before + ordered_json(name).dump() + style.between + written(value, style));
  }
  out.append(text.substr(last));
  return out;
}

}  // namespace hlid_cli
