#include "oauth/pkce.h"

#include "codec/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace hlid {

Secret code_challenge_of(std::string_view verifier) { return to_base64(as_view(sha256(verifier)), Base64::url_unpadded); }

Result<PkcePair> make_pkce_pair() {
  const auto bytes = random_bytes(96);
  if (!bytes) return bytes.error().clone();
  PkcePair pair;
  pair.verifier = to_base64(bytes->view(), Base64::url_unpadded);
  pair.challenge = code_challenge_of(pair.verifier.view());
  return pair;
}

Result<Secret> make_state() {
  const auto bytes = random_bytes(32);
  if (!bytes) return bytes.error().clone();
  return to_base64(bytes->view(), Base64::url_unpadded);
}

}  // namespace hlid
