// The response of an authorize call: a code, in one of the forms that Salesforce uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oauth/app.h"
#include "oauth/oauth_error.h"
#include "oauth/response.h"

namespace hlid {

struct AuthorizationCode {
  Secret code;
  Secret community_url;  // sfdc_community_url, or empty; it may say whose the site is
};

// A redirect to the callback is read and not followed; a JSON object (a transport that followed to the echo
// endpoint) is accepted as well. The state is compared in constant time before anything else is trusted.
Result<AuthorizationCode> read_authorize_response(const Response& response, const App& app, std::string_view request_url,
                                                  std::string_view redirect_uri, std::string_view state, Refusal about,
                                                  int64_t now_ms);

// ARGUMENT, with what differs, if an address from a person or an app is not the callback: nothing of it is used.
Result<void> check_callback_address(std::string_view field, std::string_view address, std::string_view redirect_uri);

// RFC 9207: an issuer that is named must be one of the site's own, as with an ID token.
Result<void> check_callback_issuer(const App& app, std::string_view issuer);
// `state` is what the callback has, ours what was sent.
Result<void> check_callback_state(const std::optional<Secret>& state, std::string_view ours);

// The same for an address that a browser was sent to. Every rule holds, and less is believed: any page can send a browser
// there. So the words of an error count only with our state, and no address of a site does.
Result<AuthorizationCode> read_callback_address(std::string_view address, const App& app, std::string_view redirect_uri,
                                                std::string_view state, Refusal about);

}  // namespace hlid
