// SAML 2.0 assertions: making one that is signed with an RSA key, and looking at one that a caller brings.
//
// The text is made in its canonical form (Exclusive XML Canonicalization 1.0), so that what is digested and signed is what
// is written: namespaces where they are first used, attributes in their order, no empty-element tags, no white space.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace hlid {

struct SamlClaims {
  std::string_view issuer;
  std::string_view subject;    // NameID, unspecified format
  std::string_view audience;   // one value
  std::string_view recipient;  // the token endpoint
  int64_t issued_at_ms = 0;
  int64_t expires_at_ms = 0;
};

// Without a statement of authentication, as RFC 7522 3 asks of a client that acts on a user's behalf.
struct SamlDraft {
  Secret assertion;    // without its signature
  Secret signed_info;  // the bytes to sign: RSASSA-PKCS1-v1_5 with SHA-256 over the assertion's digest
};

// With a new ID each time. The claims must be text that XML can carry (is_xml_text).
Result<SamlDraft> draft_saml_assertion(const SamlClaims& claims);
// The assertion with its enveloped signature.
Secret signed_saml_assertion(std::string_view assertion, std::string_view signed_info, std::string_view signature);

// What a caller brings, as XML or base64 of it, as base64url without padding: what the token endpoint expects. ARGUMENT about
// `field` for anything but a signed Assertion: a Response, an encrypted assertion, a document type.
Result<Secret> encoded_saml_assertion(std::string_view field, std::string_view given);

// The same for the org's own token endpoint, which accepts what an identity provider posts: a Response or an Assertion, in
// base64 with padding. Line ends in the base64 are dropped. Which part is signed, and whether it is encrypted, is the org's
// to say.
Result<Secret> encoded_saml_response(std::string_view field, std::string_view given);

}  // namespace hlid
