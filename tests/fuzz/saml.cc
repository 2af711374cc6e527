// A SAML assertion that a caller brings; and what is made of names that it never expected.
#include "flows/parts/saml.h"

#include "base/text.h"
#include "codec/base64.h"
#include "codec/xml_write.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto encoded = hlid::encoded_saml_assertion("assertion", text);
  if (encoded) {
    const auto xml = hlid::from_base64(encoded->view(), hlid::Base64::url_unpadded);
    MUST(xml && hlid::is_valid_utf8(xml->view()));
    MUST(xml->view().find("Assertion") != std::string_view::npos);
    // What is sent is accepted again, and stays what it is.
    const auto again = hlid::encoded_saml_assertion("assertion", encoded->view());
    MUST(again && again->view() == encoded->view());
  } else {
    const auto& error = encoded.error().data();
    MUST(error.kind == hlid::Kind::argument && error.field == "assertion" && !error.message.empty());
  }
  if (!hlid::is_valid_utf8(text) || !hlid::is_xml_text(text)) return 0;
  const auto draft = hlid::draft_saml_assertion({"issuer", text, text, text, 0, 0});
  MUST(draft);
  const hlid::Secret whole = hlid::signed_saml_assertion(draft->assertion.view(), draft->signed_info.view(), "signature");
  // As many tags as without the text: nothing in it is read as markup.
  size_t tags = 0;
  for (const char c : whole.view()) tags += c == '<' ? 1 : 0;
  MUST(tags == 40);
  MUST(hlid::encoded_saml_assertion("assertion", whole.view()));
  return 0;
}
