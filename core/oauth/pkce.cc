#include "oauth/pkce.h"

#include <array>
#include <utility>

#include "codec/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace hlid {
namespace {

constexpr size_t kVerifierBytes = 96;
constexpr size_t kStateBytes = 32;

PkcePair pair_of(std::string_view bytes) {
  PkcePair pair;
  pair.verifier = to_base64(bytes, Base64::url_unpadded);
  pair.challenge = code_challenge_of(pair.verifier.view());
  return pair;
}

}  // namespace

Secret code_challenge_of(std::string_view verifier) { return to_base64(as_view(sha256(verifier)), Base64::url_unpadded); }

Result<PkcePair> make_pkce_pair() {
  const auto bytes = random_bytes(kVerifierBytes);
  if (!bytes) return bytes.error().clone();
  return pair_of(bytes->view());
}

Result<PkceAndState> make_pkce_and_state() {
  std::array<char, kVerifierBytes + kStateBytes> bytes;
  if (auto filled = fill_random(bytes); !filled) return std::move(filled).error();
  const std::string_view drawn(bytes.data(), bytes.size());
  PkceAndState made{pair_of(drawn.substr(0, kVerifierBytes)), to_base64(drawn.substr(kVerifierBytes), Base64::url_unpadded)};
  wipe(bytes.data(), bytes.size());
  return made;
}

Result<Secret> make_state() {
  const auto bytes = random_bytes(kStateBytes);
  if (!bytes) return bytes.error().clone();
  return to_base64(bytes->view(), Base64::url_unpadded);
}

}  // namespace hlid
