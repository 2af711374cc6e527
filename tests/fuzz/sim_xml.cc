// The simulated org's reader of SAML. What it reads and writes as canonical XML, it reads again as the same.
#include "simulator/xml.h"
#include "tests/fuzz/fuzz.h"

namespace {

void check(const hlid_sim::XmlNode& node, size_t depth, size_t size) {
  MUST(depth <= 66 && node.text.size() <= size && node.local.size() <= size);
  MUST(node.local.empty() ? node.children.empty() && node.attributes.empty() : node.text.empty());
  for (const hlid_sim::XmlNode& child : node.children) {
    check(child, depth + 1, size);
    if (!child.local.empty()) MUST(!node.all(child.uri, child.local).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto root = hlid_sim::parse_xml(text);
  if (!root) return 0;
  MUST(text.find("<!DOCTYPE") == std::string_view::npos || text.find("<!--") != std::string_view::npos ||
       text.find("<![CDATA[") != std::string_view::npos);
  check(*root, 0, size);
  const std::string once = hlid_sim::canonical(*root);
  const auto again = hlid_sim::parse_xml(once);
  MUST(again.has_value());
  MUST(hlid_sim::canonical(*again) == once);
  return 0;
}
