// XML in, as the files of the Metadata API are: elements and text. Attributes, comments and processing instructions are
// skipped; a document type, with all that entities can do, is refused. Read by pugixml; what it lets pass is refused here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlid::org {

struct Element {
  std::string name;  // without a namespace prefix
  std::string text;  // decoded, CDATA too, without white space at both ends; empty where there are child elements only
  int line = 0;      // of the start tag; the first is 1
  bool nil = false;  // xsi:nil="true": the file says that there is no value
  std::vector<Element> children;

  // The first child of that name, or null.
  [[nodiscard]] const Element* find(std::string_view child) const;
  // Whether it or one below it is nil.
  [[nodiscard]] bool has_nil() const;
  // Its text; absent if there is no such child, or it is nil.
  [[nodiscard]] std::optional<std::string_view> value(std::string_view child) const;
};

// Why a file is not read.
struct XmlFault {
  const char* reason;   // a stable word
  int line;             // 0: the whole file
  std::string message;  // a sentence
};

// The reasons, each once.
inline constexpr const char* kXmlFaults[] = {
    "xml_empty",       // nothing but white space
    "xml_too_large",   // more bytes, elements or levels than base/limits.h allows
    "xml_encoding",    // not UTF-8: UTF-16, another declared encoding, bytes or characters that XML cannot have
    "xml_doctype",     // a document type
    "xml_entity",      // an entity other than the five of XML, or a '&' that is not escaped
    "xml_quotes",      // typographic quotes around an attribute's value
    "xml_wrong_end",   // an end tag that does not fit the start tag
    "xml_not_closed",  // an element that does not end
    "xml_more_roots",  // a second element, or text, outside the root
    "xml_not_well_formed",
};

// The root element, or what is wrong with the text. Bytes of a file, so any bytes.
class Xml {
 public:
  static Xml read(std::string_view bytes);

  [[nodiscard]] const Element* root() const { return fault_ ? nullptr : &root_; }
  [[nodiscard]] const std::optional<XmlFault>& fault() const { return fault_; }

 private:
  Element root_;
  std::optional<XmlFault> fault_;
};

}  // namespace hlid::org
