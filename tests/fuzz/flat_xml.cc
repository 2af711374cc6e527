// XML of one level. First line: the root's name; the rest is the text.
#include "codec/flat_xml.h"

#include "base/text.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::Input input(data, size);
  const std::string root(input.line());
  const std::string text(input.rest());
  const auto xml = hlid::FlatXml::read(text, root);
  if (!xml) return 0;
  MUST(text.size() <= hlid::kMaxFlatXml && text.find("<" + root) != std::string::npos);
  MUST(xml->elements().size() <= hlid::kMaxFlatXmlElements);
  for (const auto& [name, value] : xml->elements()) {
    // Each name is a piece of the text, and each once; a value is never longer than what it was written as.
    MUST(!name.empty() && name.data() >= text.data() && name.data() + name.size() <= text.data() + text.size());
    MUST(xml->get(name) == value.view() && value.size() <= text.size());
    MUST(hlid::is_valid_utf8(value.view()) && value.view().find('\0') == std::string_view::npos);
  }
  return 0;
}
