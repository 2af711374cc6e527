#include "org/xml.h"

#include <algorithm>
#include <pugixml.hpp>
#include <utility>

#include "base/limits.h"
#include "base/secret.h"
#include "base/text.h"
#include "codec/xml_entity.h"
#include "codec/xml_write.h"

namespace hlid::org {
namespace {

// A start tag and an end tag for each element, a declaration, and a comment here and there.
constexpr size_t kMaxTags = 2 * kMaxOrgXmlElements + 1000;

bool is_white(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

int lines_in(std::string_view text) { return static_cast<int>(std::count(text.begin(), text.end(), '\n')); }

std::string shown(std::string_view name) { return escape_for_display(name, kMaxServerCode); }

std::string_view local_name(std::string_view name) { return name.substr(name.find(':') + 1); }

// Lines of ascending offsets, each counted once.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  int at(ptrdiff_t offset) {
    const auto to = std::min(offset < 0 ? size_t{0} : static_cast<size_t>(offset), text_.size());
    if (to > done_) {
      line_ += lines_in(text_.substr(done_, to - done_));
      done_ = to;
    }
    return line_;
  }

 private:
  std::string_view text_;
  size_t done_ = 0;
  int line_ = 1;
};

// What a person would say is wrong with text that the parser refuses: it names the place where it noticed, this the cause.
class Diagnosis {
 public:
  explicit Diagnosis(std::string_view text) : text_(text), lines_(text) {}

  std::optional<XmlFault> find() {
    for (size_t at = text_.find('<'); at != std::string_view::npos; at = text_.find('<', at)) {
      const std::string_view rest = text_.substr(at);
      if (rest.starts_with("<!--")) {
        at = behind(at, "-->");
      } else if (rest.starts_with("<![CDATA[")) {
        at = behind(at, "]]>");
      } else if (rest.starts_with("<!")) {
        return doctype_fault(line(at));
      } else {
        const size_t end = tag_end(at);
        if (auto fault = look_at(at, text_.substr(at, end - at))) return fault;
        at = end;
      }
    }
    if (open_.empty()) return std::nullopt;
    return XmlFault{"xml_not_closed", open_.back().second, join({"<", shown(open_.back().first), "> is not closed."})};
  }

  static XmlFault doctype_fault(int line) {
    return {"xml_doctype", line, "The file has a document type. Files of the Metadata API have none: remove it."};
  }

 private:
  int line(size_t at) { return lines_.at(static_cast<ptrdiff_t>(at)); }

  size_t behind(size_t at, std::string_view mark) const {
    const size_t found = text_.find(mark, at);
    return found == std::string_view::npos ? text_.size() : found + mark.size();
  }

  // Behind the '>' that ends the tag, or at the '<' of the next.
  [[nodiscard]] size_t tag_end(size_t at) const {
    char quote = '\0';
    for (++at; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '<') return at;
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return at + 1;
      }
    }
    return at;
  }

  std::optional<XmlFault> look_at(size_t at, std::string_view tag) {
    // U+2018 to U+201F.
    for (size_t quote = tag.find("\xE2\x80"); quote != std::string_view::npos; quote = tag.find("\xE2\x80", quote + 2)) {
      if (quote + 2 < tag.size() && static_cast<unsigned char>(tag[quote + 2]) >= 0x98 &&
          static_cast<unsigned char>(tag[quote + 2]) <= 0x9F) {
        return XmlFault{"xml_quotes", line(at), "The quotes are typographic, as word processors write them: use \"."};
      }
    }
    if (tag.starts_with("<?")) return std::nullopt;
    const bool is_end = tag.starts_with("</");
    tag.remove_prefix(is_end ? 2 : 1);
    const std::string_view name = tag.substr(0, tag.find_first_of(" \t\r\n/>"));
    if (!is_end) {
      if (!tag.ends_with("/>")) open_.emplace_back(name, line(at));
      return std::nullopt;
    }
    if (open_.empty()) {
      return XmlFault{"xml_wrong_end", line(at), join({"</", shown(name), "> ends an element that does not begin."})};
    }
    const auto [started, start_line] = open_.back();
    open_.pop_back();
    if (started == name) return std::nullopt;
    return XmlFault{"xml_wrong_end", line(at),
                    join({"</", shown(name), "> should be </", shown(started), ">, which ends <", shown(started), "> of line ",
                          std::to_string(start_line), "."})};
  }

  std::string_view text_;
  Lines lines_;
  std::vector<std::pair<std::string_view, int>> open_;
};

XmlFault too_large(int line, std::string_view what) {
  return {"xml_too_large", line, join({"The file has more than ", what, "."})};
}

XmlFault encoding_fault(std::string_view what) {
  return {"xml_encoding", 0, join({"The file is not UTF-8 text: ", what, ". Save it as UTF-8."})};
}

std::optional<XmlFault> check_bytes(std::string_view bytes) {
  if (bytes.size() > kMaxOrgFile) return too_large(0, join({std::to_string(kMaxOrgFile / 1024 / 1024), " MiB"}));
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF") || bytes.starts_with(std::string_view("<\0", 2)) ||
      bytes.starts_with(std::string_view("\0<", 2))) {
    return encoding_fault("it is UTF-16");
  }
  if (!is_valid_utf8(bytes)) return encoding_fault("some of its bytes are invalid");
  if (!is_xml_text(bytes)) return encoding_fault("it has control characters");
  if (is_white(bytes)) return XmlFault{"xml_empty", 0, "The file is empty."};
  if (static_cast<size_t>(std::count(bytes.begin(), bytes.end(), '<')) > kMaxTags) {
    return too_large(0, join({std::to_string(kMaxOrgXmlElements), " elements"}));
  }
  return std::nullopt;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : lines_(text) {}

  std::optional<XmlFault> read_document(const pugi::xml_document& document, Element& root) {
    bool found = false;
    for (const pugi::xml_node& node : document.children()) {
      switch (node.type()) {
        case pugi::node_declaration: {
          const std::string_view encoding = node.attribute("encoding").value();
          if (!encoding.empty() && !equals_ignoring_case(encoding, "UTF-8") && !equals_ignoring_case(encoding, "US-ASCII")) {
            return XmlFault{"xml_encoding", lines_.at(node.offset_debug()),
                            join({"The file says that it is ", shown(encoding), ". It must be UTF-8, and say so."})};
          }
          break;
        }
        case pugi::node_doctype: return Diagnosis::doctype_fault(lines_.at(node.offset_debug()));
        case pugi::node_element:
          if (found) {
            return XmlFault{"xml_more_roots", lines_.at(node.offset_debug()),
                            join({"<", shown(node.name()), "> is outside <", root.name, ">, where the file must end."})};
          }
          found = true;
          if (auto fault = read_element(node, root, 1)) return fault;
          break;
        default: return XmlFault{"xml_more_roots", lines_.at(node.offset_debug()), "There is text outside the root element."};
      }
    }
    if (!found) return XmlFault{"xml_empty", 0, "The file has no element."};
    return std::nullopt;
  }

 private:
  std::optional<XmlFault> read_element(const pugi::xml_node& node, Element& out, size_t depth) {
    out.line = lines_.at(node.offset_debug());
    if (depth > kMaxOrgXmlDepth) return too_large(out.line, join({std::to_string(kMaxOrgXmlDepth), " levels of elements"}));
    if (++elements_ > kMaxOrgXmlElements) return too_large(out.line, join({std::to_string(kMaxOrgXmlElements), " elements"}));
    out.name = local_name(node.name());
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      const std::string_view value = attribute.value();
      if (local_name(attribute.name()) == "nil") out.nil = value == "true" || value == "1";
    }
    Secret text;
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() == pugi::node_element) {
        out.children.emplace_back();
        if (auto fault = read_element(child, out.children.back(), depth + 1)) return fault;
      } else if (child.type() == pugi::node_cdata) {
        text.append(child.value());
      } else if (auto fault = decode(child, text)) {
        return fault;
      }
    }
    const std::string_view all = text.view();
    const size_t first = all.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos) out.text = all.substr(first, all.find_last_not_of(" \t\r\n") + 1 - first);
    return std::nullopt;
  }

  std::optional<XmlFault> decode(const pugi::xml_node& node, Secret& out) {
    std::string_view rest = node.value();
    int line = lines_.at(node.offset_debug());
    while (true) {
      const std::string_view plain = rest.substr(0, rest.find('&'));
      out.append(plain);
      line += lines_in(plain);
      if (plain.size() == rest.size()) return std::nullopt;
      rest.remove_prefix(plain.size() + 1);
      const size_t end = rest.find_first_of(";&< \t\r\n");
      if (end == std::string_view::npos || rest[end] != ';') {
        return XmlFault{"xml_entity", line, "An & is not escaped: write &amp;."};
      }
      if (!append_xml_entity(out, rest.substr(0, end))) {
        return XmlFault{"xml_entity", line, join({"&", shown(rest.substr(0, end)), "; is not an entity of XML."})};
      }
      rest.remove_prefix(end + 1);
    }
  }

  Lines lines_;
  size_t elements_ = 0;
};

}  // namespace

const Element* Element::find(std::string_view child) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const Element& one) { return one.name == child; });
  return found == children.end() ? nullptr : &*found;
}

std::optional<std::string_view> Element::value(std::string_view child) const {
  const Element* found = find(child);
  return found == nullptr || found->nil ? std::nullopt : std::optional<std::string_view>(found->text);
}

bool Element::has_nil() const {
  return nil || std::any_of(children.begin(), children.end(), [](const Element& child) { return child.has_nil(); });
}

Xml Xml::read(std::string_view bytes) {
  Xml out;
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  out.fault_ = check_bytes(bytes);
  if (out.fault_) return out;
  // Not parse_escapes: an entity that is not known would stay as it is. parse_fragment keeps what stands outside the root.
  constexpr unsigned kOptions =
      pugi::parse_cdata | pugi::parse_declaration | pugi::parse_doctype | pugi::parse_eol | pugi::parse_fragment;
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(bytes.data(), bytes.size(), kOptions, pugi::encoding_utf8);
  if (!result) {
    out.fault_ = Diagnosis(bytes).find();
    if (!out.fault_) {
      out.fault_ = XmlFault{"xml_not_well_formed", Lines(bytes).at(result.offset), "The file is not well-formed XML here."};
    }
    return out;
  }
  out.fault_ = Reader(bytes).read_document(document, out.root_);
  return out;
}

}  // namespace hlid::org
