// The PEM of a private key: as a caller gives it, or its DER in base64 put into a block, so that the fuzzer need
// not learn the lines around it.
#include "crypto/rsa_key.h"

#include "base/limits.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

void read(std::string_view pem) {
  const auto key = hlid::RsaKey::from_pem(pem);
  if (!key) {
    const auto& error = key.error().data();
    MUST(error.kind == hlid::Kind::argument && error.field == "key");
    MUST(!error.message.empty() && !hlid::has_control(error.message));
    return;
  }
  MUST(pem.size() <= hlid::kMaxPrivateKeyPem);
  const auto signature = key->sign_rs256("input");
  MUST(signature && signature->size() >= 256 && signature->size() <= 1024);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read(text);
  for (const char* label : {"PRIVATE KEY", "RSA PRIVATE KEY"}) {
    read("-----BEGIN " + std::string(label) + "-----\n" + text + "\n-----END " + label + "-----");
  }
  return 0;
}
