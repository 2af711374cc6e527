// The user that a token belongs to.
#include "codec/json.h"
#include "flows/parts/claims.h"
#include "flows/parts/fields.h"
#include "flows/parts/one_request.h"
#include "flows/registry.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "access_token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "A named user's access token, with the scope openid or id.",
     .is_token = true},
};

constexpr FieldSpec kFields[] = {
    {"sub", ValueKind::text, false, "The user's identity URL.", true},
    {"user_id", ValueKind::text, false, "The user's record id."},
    {"organization_id", ValueKind::text, false, "The org's id."},
    {"preferred_username", ValueKind::text, false, "The user name."},
    {"nickname", ValueKind::text, false, "The nickname on the site."},
    {"name", ValueKind::text, false, "First and last name."},
    {"given_name", ValueKind::text, false, "First name."},
    {"family_name", ValueKind::text, false, "Last name."},
    {"email", ValueKind::text, false, "The email address."},
    {"email_verified", ValueKind::flag, false, "Whether the email address was verified."},
    {"zoneinfo", ValueKind::text, false, "Time zone, such as America/Los_Angeles."},
    {"locale", ValueKind::text, false, "Locale, such as en_US."},
    {"phone_number", ValueKind::text, false, "The phone number."},
    {"user_type", ValueKind::text, false, "The kind of licence, such as CSP_LITE_PORTAL."},
    {"raw", ValueKind::json, true, "The complete original response; absent from a result that was stored and restored."},
};
constexpr ResultSpec kUserInfo = {"UserInfo", "Claims of the token's user (OpenID Connect Core 5.3).", kFields};

constexpr OrgSetting kOrgSettings[] = {org::kAppIdentityScopes};

constexpr Diagnosis kDiagnoses[] = {HLID_CLAIMS_DIAGNOSES};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

Result<void> fill(Context& flow) {
  add_bearer(flow, *flow.parameter("access_token"));
  return {};
}

Result<void> read(Context& flow) {
  JsonDocument document;
  auto claims = read_claims_of(flow, document, "sub");
  if (!claims) return std::move(claims).error();
  set_claims(flow, *claims, kFields);
  return {};
}

constexpr RequestSpec kRequest{.name = "userinfo",
                               .endpoint = Endpoint::userinfo,
                               .method = "GET",
                               .path = "/services/oauth2/userinfo",
                               .body = Body::none,
                               .retry_safe = true};
using Table = OneRequest<kRequest, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::userinfo = {
    .name = "userinfo",
    .verb = "userinfo",
    .summary = "Says who an access token belongs to.",
    .description = "One GET with the token in the Authorization header, to the configured site only.",
    .source = "OpenID Connect Core 5.3; Salesforce Help: remoteaccess_oauth_endpoints",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .hosts = kEveryHost,
    .result = &kUserInfo,
    .errors = &kErrors,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
