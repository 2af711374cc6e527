// One public RSA key as a JSON Web Key (RFC 7517 4, RFC 7518 6.3.1), and its thumbprint (RFC 7638).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "crypto/rsa.h"

namespace hlid {

// Absent for another kind of key, for a private one, and for one that may not verify anything (may_verify_rs256).
std::optional<RsaPublicKey> read_rsa_jwk(const JsonValue& jwk);
std::string jwk_of(const RsaPublicKey& key, std::string_view key_id);
// SHA-256 over the key alone, in base64url.
std::string thumbprint_of(const RsaPublicKey& key);

}  // namespace hlid
