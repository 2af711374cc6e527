// The responses of the calls that send a message to a person: init of registration and passwordless login, and both
// steps of forgot password.
#pragma once

#include <optional>
#include <string_view>

#include "base/secret.h"
#include "oauth/oauth_error.h"

namespace hlid {

inline constexpr size_t kMaxIdentifier = 256;  // bytes

// What the request carried of the two protections that a site can ask for.
struct Protections {
  bool recaptcha;
  bool integration_token;
};

// What to say of a refusal of one kind of call: oauth/hints.h.
struct InitSpec {
  const char* scope;                // of the integration user's token
  std::string_view auth_hint;       // of the integration user's token
  std::string_view recaptcha_hint;  // of a reCAPTCHA token
  std::string_view template_hint;   // of an email template
};

// The identifier that the authorize call needs. Only it must be there; a `status` that is there must be success.
Result<Secret> read_init_response(const Response& response, Refusal about, const InitSpec& init, Protections sent,
                                  int64_t now_ms);

struct ForgotResponse {
  std::optional<Error> error;  // none: the message is on its way, or the password is changed
};
// `status_code` decides, or `status` if it is missing, whatever the HTTP status is.
ForgotResponse read_forgot_response(const Response& response, Refusal about, const InitSpec& init, Protections sent,
                                    int64_t now_ms);

// The site requires the integration user's token with this call, or rejected the one sent.
Error integration_token_error(const InitSpec& init, bool sent, Error error);
// Whether the server requires a different integration user's token.
bool is_bearer_refusal(const Error& error);

}  // namespace hlid
