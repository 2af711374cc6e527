// What a refusal means where the person typed a password.
#pragma once

#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {

inline constexpr Diagnosis kCredentialDiagnoses[] = {
    {"invalid_grant", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, words::kWrongCredentials, ""},
    {"inactive_user", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, words::kWrongCredentials, ""},
    {"login_error", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, words::kWrongCredentials, ""},
    {"invalid_credentials", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, words::kWrongCredentials, ""},
    {"INVALID_LOGIN", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, words::kWrongCredentials, ""},
    {"PASSWORD_LOCKOUT", "", Endpoint::challenge, "invalid_credentials", Advice::ask_again, words::kWrongCredentials, ""},
};
static_assert(is_without_order(kCredentialDiagnoses));

inline constexpr ErrorSpec kCredentialErrors{.diagnoses = kCredentialDiagnoses};

}  // namespace hlid
