// What the two flows share that create a user.
#pragma once

#include "flows/parts/init_response.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"

namespace hlid {

inline constexpr InitSpec kRegistrationInit{"user_registration_api", hints::kAuthAtRegistration, hints::kRecaptchaAtRegistration,
                                            hints::kTemplateListed};

inline constexpr std::string_view kNoRegistration = "the site's registration handler rejected this registration";
inline constexpr Diagnosis kRegistrationDiagnoses[] = {
    {"", "captcha", Endpoint::challenge, "recaptcha_refused", Advice::fix_org,
     "the site requires a reCAPTCHA token with this call, or a different one", hints::kRecaptchaAtRegistration},
    {"invalid_grant", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, words::kWrongOtp, ""},
    {"login_error", "", Endpoint::authorize, "invalid_otp", Advice::ask_again, words::kWrongOtp, ""},
    {"invalid_request", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, ""},
    {"inactive_user", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, ""},
    {"unknown_error", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, ""},
    {"failed_registration", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, ""},
    {"registration_error", "", Endpoint::authorize, "registration_refused", Advice::ask_again, kNoRegistration, ""},
    {"invalid_request", "", Endpoint::challenge, "registration_refused", Advice::ask_again, kNoRegistration, ""},
    {"unknown_error", "", Endpoint::challenge, "registration_refused", Advice::ask_again, kNoRegistration, ""},
    {"failed_registration", "", Endpoint::challenge, "registration_refused", Advice::ask_again, kNoRegistration, ""},
    {"registration_error", "", Endpoint::challenge, "registration_refused", Advice::ask_again, kNoRegistration, ""},
};
static_assert(is_without_order(kRegistrationDiagnoses));

// Whatever the site's own code throws while it creates the user arrives in its own words.
inline constexpr Diagnosis kHandlerRefusal{"", "", kAnywhere, "registration_refused", Advice::ask_again, kNoRegistration, ""};

inline constexpr ErrorSpec kRegistrationErrors{.diagnoses = kRegistrationDiagnoses, .handler = &kHandlerRefusal};

}  // namespace hlid
