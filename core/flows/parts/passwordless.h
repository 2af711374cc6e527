// What the two flows share that send a one-time password to a user who exists.
#pragma once

#include "flows/parts/init_response.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {

inline constexpr InitSpec kPasswordlessInit{"pwdless_login_api", hints::kAuthAtPasswordless, hints::kRecaptchaAtPasswordless,
                                            hints::kTemplateListed};

inline constexpr Diagnosis kPasswordlessDiagnoses[] = {
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org,
     "the site requires a reCAPTCHA token with this call, or a different one", hints::kRecaptchaAtPasswordless},
    {"invalid_grant", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, words::kWrongOtp, ""},
    {"inactive_user", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, words::kWrongOtp, ""},
    {"login_error", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, words::kWrongOtp, ""},
};
static_assert(is_without_order(kPasswordlessDiagnoses));

inline constexpr ErrorSpec kPasswordlessErrors{.diagnoses = kPasswordlessDiagnoses};

}  // namespace hlid
