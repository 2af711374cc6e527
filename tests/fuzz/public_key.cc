// A public key: the PEM of a certificate or of the key, its DER in base64 put into a block, or a JSON Web Key.
#include "crypto/rsa.h"

#include "codec/json.h"
#include "crypto/pem.h"
#include "jose/jwk.h"
#include "tests/fuzz/fuzz.h"

namespace {

void look_at(const std::optional<hlid::RsaPublicKey>& key) {
  if (!key) return;
  MUST(hlid::may_verify_rs256(key->modulus.view(), key->exponent.view()));
  MUST(key->modulus.view().front() != '\0' && key->exponent.view().front() != '\0');
  MUST(hlid::thumbprint_of(*key).size() == 43);
  hlid::JsonDocument document;
  MUST(document.parse(hlid::jwk_of(*key, "kid")) == hlid::JsonFault::none);
  const auto again = hlid::read_rsa_jwk(document.root());
  MUST(again && again->modulus.view() == key->modulus.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  look_at(hlid::read_public_key(text));
  (void)hlid::other_than_key(text, false);
  for (const std::string label : {"CERTIFICATE", "PUBLIC KEY"}) {
    look_at(hlid::read_public_key("-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----"));
  }
  hlid::JsonDocument document;
  if (document.parse(text) == hlid::JsonFault::none) look_at(hlid::read_rsa_jwk(document.root()));
  return 0;
}
