// xml.h: XML as SAML uses it: strict reading, and Exclusive XML Canonicalization without comments.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hlid_sim {

struct XmlAttribute {
  std::string prefix, local, uri, value;
};

// An element, or a piece of text (then `local` is empty).
struct XmlNode {
  std::string prefix, local, uri;
  std::vector<XmlAttribute> attributes;           // without the declarations of namespaces
  std::map<std::string, std::string> namespaces;  // in scope, by prefix
  std::vector<XmlNode> children;
  std::string text;

  bool is(std::string_view wanted_uri, std::string_view name) const { return uri == wanted_uri && local == name; }
  // The children of that name; the only one, or null if there is none or more than one.
  std::vector<const XmlNode*> all(std::string_view wanted_uri, std::string_view name) const;
  const XmlNode* only(std::string_view wanted_uri, std::string_view name) const;
  std::string attribute(std::string_view name) const;  // without a namespace; empty where there is none
  std::string own_text() const;                        // all pieces of it
};

// The root element. Absent for anything not well-formed, and for what has no place in an assertion: a document type, entities
// other than the five, processing instructions, another encoding than UTF-8.
std::optional<XmlNode> parse_xml(std::string_view text);

// `left_out`: a child that is not written, such as the signature inside what it signs; may be null.
std::string canonical(const XmlNode& node, const XmlNode* left_out = nullptr);

}  // namespace hlid_sim
