// A response that is neither a success nor an error in words of OAuth's: all that is known of it is HTTP's.
#pragma once

#include <optional>

#include "oauth/oauth_error.h"
#include "oauth/response.h"

namespace hlid {

// 404, 405, 410, 415: there is no such endpoint, or it does not support the request.
bool is_no_endpoint(int32_t status);

// 408, 425, 429 and 5xx, whatever the body: the server, or a gateway in front of it, cannot respond now. Of a single-use
// request the outcome is then not known, unless the status says that it was not looked at.
Error passing_fault(const Response& response, Refusal about);

// A body in no words of OAuth's that says that the server is down, in maintenance or has had too many requests: a page, a
// text, or a Retry-After without a word. Absent if it says nothing of the kind.
std::optional<Error> find_outage_in(const Response& response, Refusal about);

// By the status alone.
Error diagnose_http(const Response& response, Refusal about);

}  // namespace hlid
