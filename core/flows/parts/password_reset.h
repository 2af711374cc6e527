// What Setup and the Metadata API call the settings of forgot password.
#pragma once

#include "flows/parts/init_response.h"
#include "oauth/hints.h"

namespace hlid {

inline constexpr InitSpec kPasswordResetInit{"forgot_password", hints::kAuthAtForgotPassword, hints::kRecaptchaAtForgotPassword,
                                             hints::kTemplateAtForgotPassword};

}  // namespace hlid
