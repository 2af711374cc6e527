// application/x-www-form-urlencoded: what is encoded decodes to what it was; reading takes any bytes.
#include "codec/form.h"

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  hlid::Secret encoded;
  hlid::append_form_encoded(encoded, text);
  const auto decoded = hlid::form_decoded(encoded.view());
  MUST(decoded && decoded->view() == text);
  if (const auto read = hlid::form_decoded(text)) MUST(read->size() <= text.size());

  // Every pair of the text, written again, is the same list of pairs.
  std::vector<std::pair<std::string, std::string>> pairs;
  hlid::FormReader reader(text);
  while (reader.next()) {
    MUST(reader.name().find('&') == std::string_view::npos && reader.value().find('&') == std::string_view::npos);
    const auto name = hlid::form_decoded(reader.name());
    const auto value = hlid::form_decoded(reader.value());
    if (name && value) pairs.emplace_back(name->view(), value->view());
  }
  hlid::Secret body;
  std::string shown;
  hlid::FormWriter writer(body, &shown);
  for (const auto& [name, value] : pairs) writer.add(name, value);
  hlid::FormReader again(body.view());
  for (const auto& [name, value] : pairs) {
    MUST(again.next());
    MUST(hlid::form_decoded(again.name())->view() == name && hlid::form_decoded(again.value())->view() == value);
  }
  MUST(!again.next());
  return 0;
}
