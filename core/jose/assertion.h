// The JWT by which a client proves itself with a private key (RFC 7523; client attestation of Salesforce's).
// In two halves, because the host may hold the key: the bytes to sign, and the assertion made from the signature.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace hlid {

struct AssertionClaims {
  std::string_view issuer;
  std::string_view subject;
  std::string_view audience;  // one value (RFC 9700 4.4: a second audience could replay it)
  int64_t expires_at_ms = 0;
};

// "header.claims" for RS256, with a new `jti` each time, so that a replay can be seen. Times are whole seconds.
Result<Secret> assertion_input(const AssertionClaims& claims);
// The same with the signature's bytes behind it: the whole JWT.
Secret assertion_of(std::string_view input, std::string_view signature);

}  // namespace hlid
