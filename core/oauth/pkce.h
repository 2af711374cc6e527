// PKCE (RFC 7636), S256 always; and the state parameter.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace hlid {

struct PkcePair {
  Secret verifier;   // 128 characters: the most that RFC 7636 4.1 allows, 96 random bytes
  Secret challenge;  // 43 characters
};

Result<PkcePair> make_pkce_pair();
// Both from one draw: what a sign-in needs.
struct PkceAndState {
  PkcePair pkce;
  Secret state;  // as make_state's
};
Result<PkceAndState> make_pkce_and_state();
Secret code_challenge_of(std::string_view verifier);
// 43 characters, 32 random bytes.
Result<Secret> make_state();

}  // namespace hlid
