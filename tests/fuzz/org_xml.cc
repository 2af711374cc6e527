// A file of the Metadata API.
#include "org/xml.h"

#include "base/limits.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

// How many elements there are below, itself included; checks each.
size_t check(const hlid::org::Element& element, size_t depth, int line, std::string_view text) {
  MUST(depth <= hlid::kMaxOrgXmlDepth && element.line >= line);
  MUST(hlid::is_valid_utf8(element.text) && element.text.size() <= text.size());
  MUST(element.text.find('\0') == std::string::npos && element.name.size() <= text.size());
  size_t count = 1;
  for (const hlid::org::Element& child : element.children) {
    count += check(child, depth + 1, element.line, text);
    MUST(element.find(child.name) != nullptr);
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const hlid::org::Xml xml = hlid::org::Xml::read(text);
  MUST((xml.root() == nullptr) == xml.fault().has_value());
  if (xml.fault()) {
    bool known = false;
    for (const char* reason : hlid::org::kXmlFaults) known = known || std::string_view(xml.fault()->reason) == reason;
    MUST(known && xml.fault()->line >= 0 && xml.fault()->line <= static_cast<int>(size) + 1);
    MUST(hlid::is_valid_utf8(xml.fault()->message) && !hlid::has_control(xml.fault()->message));
    MUST(xml.fault()->message.size() < 600);
    return 0;
  }
  MUST(text.find("<!DOCTYPE") == std::string::npos || text.find("<!--") != std::string::npos ||
       text.find("<![CDATA[") != std::string::npos || text.find("<?") != std::string::npos ||
       text.find('"') != std::string::npos || text.find('\'') != std::string::npos);
  MUST(check(*xml.root(), 1, 1, text) <= hlid::kMaxOrgXmlElements);
  return 0;
}
