#include "crypto/sealed.h"

#include <algorithm>

#include "base/text.h"
#include "codec/packed.h"
#include "crypto/random.h"

namespace hlid {
namespace {

std::string bound_bytes(std::string_view label, std::string_view key_id, std::string_view bound) {
  constexpr std::string_view kNul("\0", 1);
  return join({label, kNul, key_id, kNul, bound});
}

}  // namespace

Result<Secret> seal(const SealKeys& keys, char format, std::string_view label, std::string_view bound, std::string_view plain) {
  if (keys.empty()) return Error::state("cannot_seal", "the bytes could not be encrypted");
  const auto& [key_id, key] = keys.front();
  auto nonce = random_bytes(kAeadNonce);
  if (!nonce) return std::move(nonce).error();
  auto sealed = aead_seal(key.view(), nonce->view(), bound_bytes(label, key_id, bound), plain);
  if (!sealed) return std::move(sealed).error();
  Secret whole;
  whole.reserve(sealed_frame(key_id.size()) + plain.size());
  whole.append(format);
  put_name(whole, key_id);
  whole.append(nonce->view());
  whole.append(sealed->view());
  return whole;
}

std::optional<Secret> unseal(const SealKeys& keys, char format, std::string_view label, std::string_view bound,
                             std::string_view sealed) {
  PackedReader outer(sealed);
  const std::string_view version = outer.bytes(1);
  const std::string_view key_id = outer.name();
  const std::string_view nonce = outer.bytes(kAeadNonce);
  if (!outer.good() || version[0] != format) return std::nullopt;
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& own) { return own.first == key_id; });
  if (key == keys.end()) return std::nullopt;
  return aead_open(key->second.view(), nonce, bound_bytes(label, key_id, bound), outer.rest());
}

}  // namespace hlid
