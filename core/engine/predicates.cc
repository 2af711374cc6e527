#include "engine/predicates.h"

namespace hlid {
namespace {

constexpr const char* kInvalidCredentials[] = {"invalid_credentials"};
constexpr const char* kInvalidOtp[] = {"invalid_otp"};
constexpr const char* kExpiredOtp[] = {"regenerate_otp"};
constexpr const char* kPasswordPolicy[] = {"password_policy"};
constexpr const char* kBrowserRequired[] = {"redirect_to_web"};
constexpr const char* kTicketRefused[] = {"ticket_refused"};
constexpr const char* kRecaptcha[] = {"recaptcha_required", "recaptcha_refused", "single_use_spent"};
constexpr const char* kCancelled[] = {"cancelled"};
constexpr const char* kTimeout[] = {"timeout"};
constexpr const char* kServerError[] = {"server_error"};

constexpr Predicate kPredicates[] = {
    {"is_invalid_credentials", "The user name or the password is wrong; the server does not say which.", kInvalidCredentials},
    {"is_otp_invalid",
     "The one-time password is wrong or has expired. The challenge stays open: ask again, or send another message.", kInvalidOtp},
    {"is_otp_expired",
     "Too many wrong one-time passwords: send a new message if the challenge is still open, otherwise start again.", kExpiredOtp},
    {"is_password_policy", "The org's policy rejects the new password; `server_text` says why and is meant for the person.",
     kPasswordPolicy},
    {"is_browser_required", "The site requires this person to sign in with a browser.", kBrowserRequired},
    {"is_ticket_refused",
     "The ticket was changed, has expired, belongs to another app, or its key is gone; the error does not say which. Start again.",
     kTicketRefused},
    {"is_recaptcha_problem", "A reCAPTCHA token is missing, was rejected, or was used before: get a new one from the page.",
     kRecaptcha},
    {"is_cancelled", "The caller cancelled the flow.", kCancelled},
    {"is_timeout", "The flow ran out of time.", kTimeout},
    {"is_server_error", "The server failed, not the caller: in a service of your own, respond with 502 or 503.", kServerError,
     Advice::none, 500},
    {"is_org_fault", "An admin has to change a setting of the org; `hint` names it.", {}, Advice::fix_org},
    {"is_retryable", "The same call may work later, not before `retry_after_ms` if that is present.", {}, Advice::retry_later},
    {"is_sign_in_required", "The session is over: the person has to sign in again.", {}, Advice::sign_in_again},
};

}  // namespace

std::span<const Predicate> predicates() { return kPredicates; }

}  // namespace hlid
