#include "engine/members.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace hlid {
namespace {

constexpr std::string_view kPublicMembers[] = {"token_type",
                                               "scope",
                                               "instance_url",
                                               "issued_at",
                                               "token_format",
                                               "error",
                                               "error_description",
                                               "sfdc_community_url",
                                               "sfdc_community_id",
                                               "sfdc_site_url",
                                               "sfdc_site_id",
                                               "expires_in",
                                               "status",
                                               "status_code",
                                               "error_code",
                                               "errorCode",
                                               "message",
                                               "active",
                                               "oauth_problem",
                                               "oauth_problem_advice",
                                               "oauth_parameters_absent",
                                               "sidCookieName",
                                               "content_domain",
                                               "lightning_domain",
                                               "visualforce_domain"};
constexpr std::string_view kPublicHeaders[] = {"content-type",           "retry-after", "content-length", "auth-request-type",
                                               "auth-verification-type", "accept",      "user-agent"};
// The secret fields of the catalogue's results, and what never gets into one.
constexpr std::string_view kSecretMembers[] = {"access_token",
                                               "refresh_token",
                                               "id_token",
                                               "token",
                                               "jwt",
                                               "assertion",
                                               "signature",
                                               "code",
                                               "identifier",
                                               "auth_session",
                                               "session_id",
                                               "sid",
                                               "otp",
                                               "password",
                                               "client_secret",
                                               "uvid",
                                               "code_verifier",
                                               "frontdoor_uri",
                                               "device_code",
                                               "user_code",
                                               "content_sid",
                                               "lightning_sid",
                                               "visualforce_sid",
                                               "parent_sid",
                                               "csrf_token",
                                               "crsf_token",
                                               "cookie-sid_Client",
                                               "cookie_sid_client",
                                               "cookie-clientSrc",
                                               "cookie_client_src",
                                               "cookies",
                                               "registration_access_token",
                                               "initial_access_token"};

template <size_t N>
bool is_in(const std::string_view (&list)[N], std::string_view name) {
  return std::any_of(std::begin(list), std::end(list), [&](std::string_view own) { return equals_ignoring_case(own, name); });
}

}  // namespace

bool is_public_member(std::string_view name) { return is_in(kPublicMembers, name); }
bool is_public_header(std::string_view name) { return is_in(kPublicHeaders, name); }
bool is_secret_member(std::string_view name) { return is_in(kSecretMembers, name); }

}  // namespace hlid
