// What a refusal means if no person typed anything: a browser signed in, or a token was inspected.
#pragma once

#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {

inline constexpr Diagnosis kSessionDiagnoses[] = {
    {"invalid_grant", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", ""},
    {"inactive_user", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", ""},
    {"access_denied", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was cancelled or denied",
     hints::kPreAuthorized},
    {"login_error", "", Endpoint::authorize, "access_denied", Advice::restart, "the sign-in was refused", ""},
};
static_assert(is_without_order(kSessionDiagnoses));

inline constexpr ErrorSpec kSessionErrors{.diagnoses = kSessionDiagnoses, .is_headless = false};

}  // namespace hlid
