// One block of PEM (RFC 7468).
#pragma once

#include <optional>
#include <string_view>

#include "base/secret.h"

namespace hlid {

// The bytes that are in base64 between the lines "-----BEGIN label-----" and "-----END label-----", which must be all of the
// text. Header lines ("Proc-Type: 4,ENCRYPTED") are not base64.
std::optional<Secret> read_pem(std::string_view pem, std::string_view label);

// What was given where a private RSA key, or a public one, was meant, as the predicate of a sentence; empty where it does not
// show.
std::string_view other_than_key(std::string_view given, bool is_private);

}  // namespace hlid
