// What the flows share that prove the app, and name the user, by a signed assertion: JWT bearer and SAML bearer.
#pragma once

#include <string_view>

#include "engine/context.h"
#include "flows/parts/fields.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {

// Whom the assertion is for, unless the caller says it: the login host or the org's My Domain as they are, or the site.
std::string_view bearer_audience(const App& app);
// ARGUMENT if neither the app's key nor the host signs.
Result<void> check_signer(const App& app);
// ARGUMENT if the assertion would be valid for longer than the server accepts of a JWT.
Result<void> check_lifetime(const App& app);
// STATE where this machine's clock cannot be right: the assertion would have expired long ago, or not for years.
Result<void> check_clock(const Context& flow);
// TRANSPORT once the assertion has expired: a repetition came too late, or the host's signer took too long.
Result<void> check_not_expired(const Context& flow, int64_t expires_at_ms);
// The key may be the host's; that RSA of 2,048 to 8,192 bits made what was given can still be seen.
Result<void> check_signature(const Context& flow);

inline constexpr ValueSpec kAudienceParameter = {
    .name = "audience",
    .charset = Charset::visible,
    .max_bytes = kMaxUrl,
    .doc = "Whom the assertion is for, if not the host that the setting site names.",
    .default_text = "https://login.salesforce.com or https://test.salesforce.com where site is one of them, else site"};

inline constexpr OrgSetting kBearerOrgSettings[] = {org::kAppBearerCertificate, org::kAppBearerScopes, org::kAppPermittedUsers,
                                                    org::kAppProfiles, org::kAppSessionLevel};

inline constexpr std::string_view kRefusedAssertion = "the server rejected the assertion: it has expired, or its user is unknown";
inline constexpr std::string_view kWrongCertificate =
    "the assertion's signature does not match the app's certificate, or the app has none";
inline constexpr std::string_view kAssertionNeedsRefreshScope = "the app lacks the scope refresh_token, which this flow requires";
inline constexpr Diagnosis kBearerDiagnoses[] = {
    {"", "audience validation failed", Endpoint::token, "wrong_audience", Advice::fix_org,
     "the server rejected the assertion's audience", hints::kBearerAudience},
    {"", "approved this consumer", Endpoint::token, "not_admin_approved", Advice::fix_org,
     "the user is not approved for this app, or the org has no such user", hints::kKnownUser},
    {"", "refresh_token scope", Endpoint::token, "refresh_scope_missing", Advice::fix_org, kAssertionNeedsRefreshScope,
     hints::kBearerScopes},
    {"", "invalid assertion", Endpoint::token, "assertion_refused", Advice::fix_org, kRefusedAssertion, hints::kBearerAssertion},
    {"invalid_grant", "", Endpoint::token, "assertion_refused", Advice::fix_org, kRefusedAssertion, hints::kBearerAssertion},
    {"invalid_assertion_type", "", Endpoint::token, "assertion_refused", Advice::fix_org,
     "the server does not accept assertions of this type", hints::kBearerSwitch},
    {"bad_jti_claim", "", Endpoint::token, "assertion_refused", Advice::restart,
     "the server has seen the assertion before, or cannot read its id", hints::kBearerAssertion},
    {"invalid_client", "", Endpoint::token, "wrong_certificate", Advice::fix_org, kWrongCertificate, hints::kBearerCertificate},
    {"invalid_client_credentials", "", Endpoint::token, "wrong_certificate", Advice::fix_org, kWrongCertificate,
     hints::kBearerCertificate},
    {"unsupported_grant_type", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, "the token endpoint rejected this grant",
     hints::kBearerSwitch},
    {"oauth_flow_disabled", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kBearerSwitch},
    {"unauthorized_client", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, words::kNotEnabled, hints::kBearerSwitch},
};
static_assert(is_without_order(kBearerDiagnoses));
inline constexpr ErrorSpec kBearerErrors{.diagnoses = kBearerDiagnoses, .is_headless = false};

}  // namespace hlid
