#include "codec/flat_xml.h"

#include <algorithm>

#include "base/text.h"
#include "codec/xml_entity.h"

namespace hlid {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool is_name_char(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':'; }

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool take(std::string_view what) {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }

  bool skip_space() {
    const size_t before = rest_.size();
    while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
    return rest_.size() != before;
  }

  // <?xml version="1.0" encoding="UTF-8"?>
  bool skip_declaration() {
    if (!rest_.starts_with("<?xml ")) return true;
    const size_t end = rest_.find("?>");
    if (end == std::string_view::npos || rest_.substr(0, end).find('<', 1) != std::string_view::npos) return false;
    rest_.remove_prefix(end + 2);
    return true;
  }

  std::optional<std::string_view> name() {
    if (rest_.empty() || !is_letter(rest_[0])) return std::nullopt;
    size_t size = 1;
    while (size < rest_.size() && is_name_char(rest_[size])) ++size;
    const std::string_view name = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return name;
  }

  struct Start {
    std::string_view name;
    bool is_empty = false;  // <name/>
  };
  // Behind the '<'.
  std::optional<Start> start_tag() {
    const auto own = name();
    if (!own) return std::nullopt;
    while (true) {
      const bool spaced = skip_space();
      if (take("/>")) return Start{*own, true};
      if (take(">")) return Start{*own, false};
      if (!spaced || !skip_attribute()) return std::nullopt;
    }
  }

  bool end_tag(std::string_view own) {
    if (!take("</") || !take(own)) return false;
    skip_space();
    return take(">");
  }

  // Up to the next tag.
  std::optional<Secret> text() {
    Secret out;
    while (!rest_.empty() && rest_[0] != '<') {
      const size_t plain = std::min(rest_.find_first_of("&<"), rest_.size());
      out.append(rest_.substr(0, plain));
      rest_.remove_prefix(plain);
      if (!take("&")) continue;
      const size_t end = rest_.find(';');
      if (end == std::string_view::npos || !append_xml_entity(out, rest_.substr(0, end))) return std::nullopt;
      rest_.remove_prefix(end + 1);
    }
    return out;
  }

 private:
  bool skip_attribute() {
    if (!name()) return false;
    skip_space();
    if (!take("=")) return false;
    skip_space();
    const char quote = rest_.empty() ? '\0' : rest_[0];
    if (quote != '"' && quote != '\'') return false;
    const size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos || rest_.substr(0, end).find('<') != std::string_view::npos) return false;
    rest_.remove_prefix(end + 1);
    return true;
  }

  std::string_view rest_;
};

bool holds_characters_only(std::string_view text) {
  return is_valid_utf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && !is_space(c); });
}

}  // namespace

std::optional<FlatXml> FlatXml::read(std::string_view text, std::string_view root) {
  if (text.size() > kMaxFlatXml || !holds_characters_only(text)) return std::nullopt;
  Reader reader(text);
  reader.take("\xEF\xBB\xBF");
  if (!reader.skip_declaration()) return std::nullopt;
  reader.skip_space();
  FlatXml out;
  if (!reader.take("<")) return std::nullopt;
  const auto start = reader.start_tag();
  if (!start || start->name != root) return std::nullopt;
  while (!start->is_empty) {
    reader.skip_space();
    if (reader.end_tag(root)) break;
    if (out.elements_.size() == kMaxFlatXmlElements || !reader.take("<")) return std::nullopt;
    const auto element = reader.start_tag();
    if (!element) return std::nullopt;
    const bool twice =
        std::any_of(out.elements_.begin(), out.elements_.end(), [&](const auto& own) { return own.first == element->name; });
    auto value = element->is_empty ? std::optional(Secret()) : reader.text();
    if (twice || !value || (!element->is_empty && !reader.end_tag(element->name))) return std::nullopt;
    out.elements_.emplace_back(element->name, std::move(*value));
  }
  reader.skip_space();
  return reader.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

std::string_view FlatXml::get(std::string_view name) const {
  for (const auto& [own, value] : elements_) {
    if (own == name) return value.view();
  }
  return {};
}

}  // namespace hlid
