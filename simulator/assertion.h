// assertion.h: signed statements of a client about itself or a user: client assertions (RFC 7523), the attestation of
// a first-party app, and JWT bearer assertions.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "simulator/org.h"

namespace hlid_sim {

inline constexpr std::string_view kJwtBearerGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
inline constexpr std::string_view kJwtBearerClient = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct AssertionRules {
  std::vector<std::string> audiences;  // any of these
  bool sub_is_client = false;          // must be there, and the client_id; otherwise only where it is there
  bool sub_is_user = false;            // a username, which the caller looks at
  bool once = true;                    // a jti that came before is refused
};

// The claims, or for people why it is refused: signature by the app's key, iss, aud, exp, nbf, sub, jti.
std::variant<json, std::string> read_assertion(Org& org, const App& app, const std::string& assertion,
                                               const AssertionRules& rules);

// Who says to have signed it, without believing it yet; empty where it is no JWT.
std::string issuer_of(const std::string& assertion);

// The site itself, and its token endpoint.
std::vector<std::string> site_audiences(const Org& org);

}  // namespace hlid_sim
