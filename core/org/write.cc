#include "org/write.h"

#include "base/secret.h"
#include "codec/xml_write.h"

namespace hlid::org {
namespace {

void append(Secret& out, const Element& element, size_t level) {
  const std::string indent(level * 4, ' ');
  out.append(indent);
  out.append('<');
  out.append(element.name);
  if (level == 0) out.append(" xmlns=\"http://soap.sforce.com/2006/04/metadata\"");
  if (level == 0 && element.has_nil()) out.append(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
  if (element.nil) {
    out.append(" xsi:nil=\"true\"/>\n");
    return;
  }
  if (element.children.empty() && element.text.empty()) {
    out.append("/>\n");
    return;
  }
  out.append('>');
  append_xml_text(out, element.text);
  if (!element.children.empty()) {
    out.append('\n');
    for (const Element& child : element.children) append(out, child, level + 1);
    out.append(indent);
  }
  out.append("</");
  out.append(element.name);
  out.append(">\n");
}

}  // namespace

std::string write_document(const Element& root) {
  Secret out("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
  append(out, root, 0);
  return std::string(out.view());
}

Element make_element(std::string_view name, std::string_view text) {
  Element out;
  out.name = name;
  out.text = text;
  return out;
}

}  // namespace hlid::org
