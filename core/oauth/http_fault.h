// An answer that is neither a success nor an error in words of OAuth's: all that is known of it is HTTP's.
#pragma once

#include "oauth/answer.h"
#include "oauth/oauth_error.h"

namespace hlid {

// 404, 405, 410, 415: there is no such endpoint, or it does not know the request.
bool is_no_endpoint(int32_t status);

Error diagnose_http(const Answer& answer, Refusal about);

}  // namespace hlid
