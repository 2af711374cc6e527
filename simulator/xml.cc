#include "simulator/xml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <tuple>
#include <utility>

#include "simulator/wire.h"

namespace hlid_sim {
namespace {

constexpr int kMaxDepth = 64;
constexpr const char* kXmlUri = "http://www.w3.org/XML/1998/namespace";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

bool is_xml_char(uint32_t c) {
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
         (c >= 0x10000 && c <= 0x10FFFF);
}

struct Bad {};

class Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  XmlNode document() {
    skip("\xEF\xBB\xBF");
    if (rest_.starts_with("<?xml") && rest_.size() > 5 && is_space(rest_[5])) declaration();
    misc();
    XmlNode root = element({{"xml", kXmlUri}}, 0);
    misc();
    if (!rest_.empty()) throw Bad();
    return root;
  }

 private:
  using Namespaces = std::map<std::string, std::string>;

  bool skip(std::string_view what) {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }
  void expect(std::string_view what) {
    if (!skip(what)) throw Bad();
  }
  void spaces() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  std::string_view until(std::string_view end) {
    const size_t at = rest_.find(end);
    if (at == std::string_view::npos) throw Bad();
    const std::string_view found = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return found;
  }

  void declaration() {
    const std::string_view text = until("?>");
    const size_t encoding = text.find("encoding");
    if (encoding == std::string_view::npos) return;
    std::string name(text.substr(encoding));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    if (name.find("UTF-8") == std::string::npos) throw Bad();
  }

  void comment() {
    if (until("--").find("--") != std::string_view::npos) throw Bad();
    expect(">");
  }
  void misc() {
    for (spaces(); skip("<!--"); spaces()) comment();
  }

  std::string name() {
    size_t size = 0;
    while (size < rest_.size() && is_name_char(rest_[size])) ++size;
    if (size == 0 || (rest_[0] >= '0' && rest_[0] <= '9') || rest_[0] == '-' || rest_[0] == '.') throw Bad();
    std::string found(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return found;
  }
  // prefix, local
  std::pair<std::string, std::string> qualified() {
    std::string first = name();
    if (!skip(":")) return {"", std::move(first)};
    return {std::move(first), name()};
  }

  void reference(std::string& out) {
    const std::string_view what = until(";");
    for (const auto& [entity, character] :
         {std::pair<std::string_view, char>{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}) {
      if (what != entity) continue;
      out += character;
      return;
    }
    const bool hex = what.starts_with("#x");
    if (!what.starts_with("#") || what.size() > 9) throw Bad();
    const std::string_view digits = what.substr(hex ? 2 : 1);
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    if (error != std::errc() || end != digits.data() + digits.size() || !is_xml_char(value)) throw Bad();
    append_utf8(out, value);
  }

  // One character as it is written; line ends become one LF.
  void character(std::string& out, bool in_attribute) {
    char c = rest_.front();
    if (static_cast<unsigned char>(c) < 0x20 && !is_space(c)) throw Bad();
    rest_.remove_prefix(1);
    if (c == '\r') {
      skip("\n");
      c = '\n';
    }
    out += in_attribute && is_space(c) ? ' ' : c;
  }

  std::string value() {
    const char quote = rest_.empty() ? '\0' : rest_.front();
    if (quote != '"' && quote != '\'') throw Bad();
    rest_.remove_prefix(1);
    std::string out;
    while (!rest_.empty() && rest_.front() != quote) {
      if (rest_.front() == '<') throw Bad();
      if (skip("&")) {
        reference(out);
      } else {
        character(out, true);
      }
    }
    expect(std::string_view(&quote, 1));
    return out;
  }

  static std::string uri_of(const Namespaces& scope, const std::string& prefix) {
    const auto found = scope.find(prefix);
    if (found != scope.end()) return found->second;
    if (!prefix.empty()) throw Bad();
    return {};
  }

  void attributes(XmlNode& node) {
    std::vector<XmlAttribute> read;
    for (;;) {
      const bool apart = !rest_.empty() && is_space(rest_.front());
      spaces();
      if (rest_.empty() || rest_.front() == '>' || rest_.front() == '/') break;
      if (!apart) throw Bad();
      auto [prefix, local] = qualified();
      spaces();
      expect("=");
      spaces();
      std::string text = value();
      const bool declares = prefix == "xmlns" || (prefix.empty() && local == "xmlns");
      if (!declares) {
        read.push_back({prefix, local, "", std::move(text)});
        continue;
      }
      if (!prefix.empty() && (text.empty() || local == "xml" || local == "xmlns")) throw Bad();
      node.namespaces[prefix.empty() ? "" : local] = std::move(text);
    }
    for (XmlAttribute& each : read) {
      if (!each.prefix.empty()) each.uri = uri_of(node.namespaces, each.prefix);
      const bool twice = std::any_of(node.attributes.begin(), node.attributes.end(), [&](const XmlAttribute& other) {
        return other.local == each.local && other.uri == each.uri;
      });
      if (twice) throw Bad();
      node.attributes.push_back(std::move(each));
    }
  }

  XmlNode element(const Namespaces& scope, int depth) {
    if (depth > kMaxDepth) throw Bad();
    expect("<");
    XmlNode node;
    std::tie(node.prefix, node.local) = qualified();
    node.namespaces = scope;
    attributes(node);
    node.uri = uri_of(node.namespaces, node.prefix);
    if (skip("/>")) return node;
    expect(">");
    content(node, depth);
    const auto end = qualified();
    if (end.first != node.prefix || end.second != node.local) throw Bad();
    spaces();
    expect(">");
    return node;
  }

  // Up to and with the "</" that ends it.
  void content(XmlNode& node, int depth) {
    std::string text;
    const auto flush = [&] {
      if (text.empty()) return;
      XmlNode piece;
      piece.text = std::move(text);
      text.clear();
      node.children.push_back(std::move(piece));
    };
    while (!skip("</")) {
      if (rest_.empty()) throw Bad();
      if (skip("<!--")) {
        comment();
      } else if (skip("<![CDATA[")) {
        const size_t end = rest_.find("]]>");
        if (end == std::string_view::npos) throw Bad();
        const size_t left = rest_.size() - end;
        while (rest_.size() > left) character(text, false);
        skip("]]>");
      } else if (rest_.front() == '<') {
        flush();
        node.children.push_back(element(node.namespaces, depth + 1));
      } else if (skip("&")) {
        reference(text);
      } else if (rest_.starts_with("]]>")) {
        throw Bad();
      } else {
        character(text, false);
      }
    }
    flush();
  }

  std::string_view rest_;
};

void escape(std::string& out, std::string_view text, bool in_attribute) {
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>' && !in_attribute) {
      out += "&gt;";
    } else if (c == '"' && in_attribute) {
      out += "&quot;";
    } else if (c == '\r') {
      out += "&#xD;";
    } else if (c == '\t' && in_attribute) {
      out += "&#x9;";
    } else if (c == '\n' && in_attribute) {
      out += "&#xA;";
    } else {
      out += c;
    }
  }
}

std::string qualified_name(const std::string& prefix, const std::string& local) {
  return prefix.empty() ? local : prefix + ":" + local;
}

void write(std::string& out, const XmlNode& node, const XmlNode* left_out, std::map<std::string, std::string> rendered) {
  if (&node == left_out) return;
  if (node.local.empty()) return escape(out, node.text, false);
  std::vector<std::string> used = {node.prefix};
  for (const auto& each : node.attributes) {
    if (!each.prefix.empty() && each.prefix != "xml") used.push_back(each.prefix);
  }
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  out += "<" + qualified_name(node.prefix, node.local);
  for (const auto& prefix : used) {
    const auto declared = node.namespaces.find(prefix);
    const std::string uri = declared == node.namespaces.end() ? "" : declared->second;
    const auto known = rendered.find(prefix);
    if ((known == rendered.end() ? "" : known->second) == uri) continue;
    rendered[prefix] = uri;
    out += prefix.empty() ? " xmlns=\"" : " xmlns:" + prefix + "=\"";
    escape(out, uri, true);
    out += "\"";
  }
  std::vector<const XmlAttribute*> sorted;
  for (const auto& each : node.attributes) sorted.push_back(&each);
  std::sort(sorted.begin(), sorted.end(),
            [](const XmlAttribute* a, const XmlAttribute* b) { return std::tie(a->uri, a->local) < std::tie(b->uri, b->local); });
  for (const XmlAttribute* each : sorted) {
    out += " " + qualified_name(each->prefix, each->local) + "=\"";
    escape(out, each->value, true);
    out += "\"";
  }
  out += ">";
  for (const auto& child : node.children) write(out, child, left_out, rendered);
  out += "</" + qualified_name(node.prefix, node.local) + ">";
}

}  // namespace

std::vector<const XmlNode*> XmlNode::all(std::string_view wanted_uri, std::string_view name) const {
  std::vector<const XmlNode*> found;
  for (const auto& child : children) {
    if (child.is(wanted_uri, name)) found.push_back(&child);
  }
  return found;
}

const XmlNode* XmlNode::only(std::string_view wanted_uri, std::string_view name) const {
  const auto found = all(wanted_uri, name);
  return found.size() == 1 ? found.front() : nullptr;
}

std::string XmlNode::attribute(std::string_view name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const XmlAttribute& each) { return each.uri.empty() && each.local == name; });
  return found == attributes.end() ? "" : found->value;
}

std::string XmlNode::own_text() const {
  std::string out;
  for (const auto& child : children) out += child.text;
  return out;
}

std::optional<XmlNode> parse_xml(std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  try {
    return Parser(text).document();
  } catch (const Bad&) {
    return std::nullopt;
  }
}

std::string canonical(const XmlNode& node, const XmlNode* left_out) {
  std::string out;
  write(out, node, left_out, {});
  return out;
}

}  // namespace hlid_sim
