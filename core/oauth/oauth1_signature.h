// Signatures of OAuth 1.0a (RFC 5849 3.4) with HMAC-SHA1, the only method that Salesforce accepts.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "base/secret.h"

namespace hlid {

// A parameter of the protocol: oauth_token and the like, without oauth_signature.
using OAuth1Parameter = std::pair<std::string_view, std::string_view>;

// What is signed (RFC 5849 3.4.1): the method, the address without its query, and every parameter of the protocol, the query
// and the form, sorted. Absent if the address is not a URL, or query or form cannot be decoded.
std::optional<Secret> oauth1_base_string(std::string_view method, std::string_view url, std::string_view form,
                                         std::span<const OAuth1Parameter> parameters);

// In base64. `token_secret` is empty before there is a token.
Secret oauth1_signature(std::string_view base_string, std::string_view consumer_secret, std::string_view token_secret);

// The Authorization header's value (RFC 5849 3.5.1), without a realm.
Secret oauth1_authorization(std::span<const OAuth1Parameter> parameters, std::string_view signature);

}  // namespace hlid
