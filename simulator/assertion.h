// assertion.h: signed statements of a client about itself or a user: client assertions (RFC 7523), the attestation of
// a first-party app, and JWT bearer assertions.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "simulator/org.h"

namespace hlid_sim {

inline constexpr std::string_view kJwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
inline constexpr std::string_view kTokenExchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
inline constexpr std::string_view kJwtBearerClient = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct AssertionRules {
  std::vector<std::string> audiences;  // any of these
  bool sub_is_client = false;          // sub must be present and be the client_id; otherwise it is checked if present
  bool sub_is_user = false;            // sub is a username, which the caller checks
  bool once = true;                    // a jti seen before is refused
  bool is_attestation = false;         // of a first-party app, which has a certificate of its own
  int64_t longest_ms = 0;              // how far its end may be away; 0: any time
};

// The claims, or why the assertion is refused, as a sentence: checks signature by the app's key, iss, aud, exp, nbf, sub, jti.
std::variant<json, std::string> read_assertion(Org& org, const App& app, const std::string& assertion,
                                               const AssertionRules& rules);

// A JWT as it came, not verified; absent for anything else, and for base64 that is not base64url without padding.
struct Jwt {
  json header;
  json claims;
  std::string signed_text;
  std::string signature;
};
std::optional<Jwt> split_jwt(const std::string& text);

// Whether it is a JWT that the app's registered key signed with RS256.
bool is_signed_by_app(const Org& org, const App& app, const std::string& assertion);

// The issuer that the assertion claims, not verified yet; empty for anything but a JWT.
std::string issuer_of(const std::string& assertion);

// Whom an attestation is for: the site itself, or its token endpoint.
std::vector<std::string> site_audiences(const Org& org);
// Whom a client assertion is for (private_key_jwt): the token endpoint of the site, of the org's own host or of its login host.
std::vector<std::string> token_endpoints(const Org& org);

}  // namespace hlid_sim
