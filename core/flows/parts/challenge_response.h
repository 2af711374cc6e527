// The response of the authorization challenge endpoint (OAuth 2.0 for First-Party Applications).
#pragma once

#include "base/secret.h"
#include "oauth/oauth_error.h"

namespace hlid {

inline constexpr size_t kMaxAuthSession = 1536;  // bytes: it travels in a ticket

struct ChallengeResponse {
  enum class Says {
    code,      // done: an authorization code
    otp_sent,  // a one-time password was sent, and is expected
    wrong,     // what was given was rejected; it can be given again
  };
  Says says = Says::code;
  Secret code;
  Secret auth_session;  // empty: none came
  // With `wrong`: the server's own words.
  Secret server_code;
  Secret server_text;
};

// The body decides, not the status: drafts and Salesforce disagree about it. Everything that a person cannot
// resolve here is an error, in the server's own words.
Result<ChallengeResponse> read_challenge_response(const Response& response, Refusal about, int64_t now_ms);

}  // namespace hlid
