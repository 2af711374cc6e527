// What Setup and the Metadata API call the settings of forgot password.
#pragma once

#include "flows/parts/init_response.h"

namespace hlid {

inline constexpr InitSpec kPasswordResetInit{"Headless Forgot Password", "DoesForgotPasswordRequireAuth",
                                             "IsRecaptchaRequiredForgotPwd", "forgot_password",
                                             "isForgotPwdEmailTemplateAllowlistingEnabled"};

}  // namespace hlid
