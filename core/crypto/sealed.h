// Bytes that are sealed under one of several keys and name the key: 'format | size of the key's id | id | nonce | ciphertext |
// tag'. What tickets and the records of sessions are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/aead.h"

namespace hlid {

// Keys of 32 bytes by their ids. The first seals, every one opens.
using SealKeys = std::vector<std::pair<std::string, Secret>>;

// What goes around the plain bytes, for a key with an id of this size.
constexpr size_t sealed_frame(size_t id_size) { return 2 + id_size + kAeadNonce + kAeadTag; }

// `label` says what it is, and `bound` what it belongs to; both are authenticated, with the key's id between them, and are not in
// the result. STATE, "cannot_seal", without a key.
Result<Secret> seal(const SealKeys& keys, char format, std::string_view label, std::string_view bound, std::string_view plain);

// Absent if one bit differs, the key is not among these, or it is another format.
std::optional<Secret> unseal(const SealKeys& keys, char format, std::string_view label, std::string_view bound,
                             std::string_view sealed);

}  // namespace hlid
