// AES-256-GCM (NIST SP 800-38D): encrypting and authenticating in one.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace hlid {

inline constexpr size_t kAeadKey = 32;
inline constexpr size_t kAeadNonce = 12;
inline constexpr size_t kAeadTag = 16;

// The ciphertext and after it the tag. One nonce must never meet one key twice. STATE, "cannot_seal", where the
// key or the nonce has another size, or OpenSSL will not.
Result<Secret> aead_seal(std::string_view key, std::string_view nonce, std::string_view bound, std::string_view plain);

// Absent if one bit of anything differs from what was sealed; which one is not told, and no byte of it comes out.
std::optional<Secret> aead_open(std::string_view key, std::string_view nonce, std::string_view bound, std::string_view sealed);

}  // namespace hlid
