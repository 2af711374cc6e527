// Base64 and base64url: what is decoded encodes to the same text, what is encoded decodes to the same bytes.
#include "codec/base64.h"

#include "tests/fuzz/fuzz.h"

using hlid::Base64;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const Base64 alphabet : {Base64::standard, Base64::url_unpadded}) {
    const hlid::Secret encoded = hlid::to_base64(bytes, alphabet);
    const auto decoded = hlid::from_base64(encoded.view(), alphabet);
    MUST(decoded && decoded->view() == bytes);
    if (alphabet == hlid::Base64::url_unpadded) MUST(hlid::is_base64url(bytes) == hlid::from_base64(bytes, alphabet).has_value());
    if (const auto read = hlid::from_base64(bytes, alphabet)) MUST(hlid::to_base64(read->view(), alphabet).view() == bytes);
  }
  return 0;
}
