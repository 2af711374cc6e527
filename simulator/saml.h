// saml.h: what a signed SAML 2.0 assertion says, once its signature has been checked.
#pragma once

#include <string>
#include <vector>

#include "simulator/crypto.h"
#include "simulator/xml.h"

namespace hlid_sim {

inline constexpr std::string_view kSamlUri = "urn:oasis:names:tc:SAML:2.0:assertion";

// Whether the one signature in the assertion is an enveloped one over all of it, by that key: RSA-SHA256 with exclusive
// canonicalization and no other transforms, so that nothing that is read can be outside of what was signed.
bool is_signed_by(const XmlNode& assertion, EVP_PKEY* key);

struct SamlRules {
  std::vector<std::string> audiences;  // any of these
  std::string recipient;
  int64_t now_ms = 0;
  int64_t longest_ms = 0;  // how far its end may be away
};
// Why the assertion is refused, as a live org says it; empty if it is not: version, subject's confirmation, conditions, times.
std::string refused_saml(const XmlNode& assertion, const SamlRules& rules);

// Seconds since 1970 of an xs:dateTime in UTC; fractions are dropped.
std::optional<int64_t> read_utc_time(std::string_view text);

}  // namespace hlid_sim
