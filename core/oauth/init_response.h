// The responses of the calls that send a message to a person: init of registration and passwordless login, and both
// steps of forgot password.
#pragma once

#include <optional>

#include "oauth/oauth_error.h"

namespace hlid {

// What the request carried of the two protections that a site can ask for.
struct Protections {
  bool recaptcha;
  bool bearer;
};

// The identifier that the authorize call needs. Only it must be there; a `status` that is there must be success.
Result<Secret> read_init_response(const Response& response, Refusal about, Protections sent, int64_t now_ms);

struct ForgotResponse {
  std::optional<Error> error;  // none: the message is on its way, or the password is changed
};
// `status_code` decides, and `status` where there is none, whatever the HTTP status says.
ForgotResponse read_forgot_response(const Response& response, Refusal about, Protections sent, int64_t now_ms);

// Whether the server wants another token of the integration user.
bool is_bearer_refusal(const Error& error);

}  // namespace hlid
