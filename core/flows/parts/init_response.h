// The responses of the calls that send a message to a person: init of registration and passwordless login, and both
// steps of forgot password.
#pragma once

#include <optional>

#include "base/secret.h"
#include "oauth/oauth_error.h"

namespace hlid {

// What the request carried of the two protections that a site can ask for.
struct Protections {
  bool recaptcha;
  bool integration_token;
};

// The settings of one kind of call, as Setup and the Metadata API name them.
struct InitSpec {
  const char* area;
  const char* requires_auth;
  const char* requires_recaptcha;
  const char* scope;                 // of the integration user's token
  const char* template_switch = "";  // forgot password alone has one; elsewhere the list always counts
};

// The identifier that the authorize call needs. Only it must be there; a `status` that is there must be success.
Result<Secret> read_init_response(const Response& response, Refusal about, const InitSpec& init, Protections sent,
                                  int64_t now_ms);

struct ForgotResponse {
  std::optional<Error> error;  // none: the message is on its way, or the password is changed
};
// `status_code` decides, and `status` where there is none, whatever the HTTP status says.
ForgotResponse read_forgot_response(const Response& response, Refusal about, const InitSpec& init, Protections sent,
                                    int64_t now_ms);

// The site wants the integration user's token with this call, or rejected the one that was sent.
Error integration_token_error(const InitSpec& init, bool sent, Error error);
// Whether the server wants another token of the integration user.
bool is_bearer_refusal(const Error& error);

}  // namespace hlid
