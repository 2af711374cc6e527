// auth_session.h: a first-party flow between two requests to the authorization challenge endpoint.
#pragma once

#include <string>

#include "simulator/tokens.h"

namespace hlid_sim {

struct AuthSession {
  enum class Kind { password, otp };
  Kind kind = Kind::password;
  GrantPtr grant;          // what a code will be issued for; its user is not known yet
  std::string username;    // password: what was given last,
  std::string password;    // so that either may be corrected alone
  std::string identifier;  // otp: see verifications.h
  std::string purpose;
  std::string method;
  int failures = 0;
  bool satisfied = false;  // the org asked for more, although all was right
};

}  // namespace hlid_sim
