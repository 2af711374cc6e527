// The user behind an identity URL, the `id` of a session.
#include <algorithm>
#include <optional>
#include <string_view>

#include "base/text.h"
#include "codec/json.h"
#include "codec/url.h"
#include "flows/parts/claims.h"
#include "flows/parts/fields.h"
#include "flows/parts/one_request.h"
#include "flows/registry.h"
#include "oauth/address.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr ValueSpec kParameters[] = {
    {.name = "access_token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "A named user's access token, with the scope id or openid.",
     .is_token = true},
    {.name = "id",
     .kind = ValueKind::url,
     .charset = Charset::visible,
     .required = true,
     .max_bytes = kMaxUrl,
     .doc =
         "The identity URL, the result `id` of a session: https, a Salesforce host or the site, and the path /id/ORG/USER. The "
         "request goes to the host of the setting `site`, with this path."},
};

constexpr FieldSpec kFields[] = {
    {"id", ValueKind::text, false, "The user's identity URL, as the server writes it.", true},
    {"asserted_user", ValueKind::flag, false, "Whether this is the user of the access token."},
    {"user_id", ValueKind::text, false, "The user's record id."},
    {"organization_id", ValueKind::text, false, "The org's id."},
    {"username", ValueKind::text, false, "The user name."},
    {"nick_name", ValueKind::text, false, "The nickname on the site."},
    {"display_name", ValueKind::text, false, "First and last name."},
    {"email", ValueKind::text, false, "The email address."},
    {"email_verified", ValueKind::flag, false, "Whether the email address was verified."},
    {"first_name", ValueKind::text, false, "First name."},
    {"last_name", ValueKind::text, false, "Last name."},
    {"timezone", ValueKind::text, false, "Time zone, such as America/Los_Angeles."},
    {"mobile_phone", ValueKind::text, false, "The mobile phone number."},
    {"mobile_phone_verified", ValueKind::flag, false, "Whether the mobile phone number was verified."},
    {"active", ValueKind::flag, false, "Whether the user is active."},
    {"user_type", ValueKind::text, false, "The kind of licence, such as CSP_LITE_PORTAL."},
    {"language", ValueKind::text, false, "Language, such as en_US."},
    {"locale", ValueKind::text, false, "Locale, such as en_US."},
    {"last_modified_date", ValueKind::text, false, "When the user was last changed, as the server writes it."},
    {"is_app_installed", ValueKind::flag, false, "Whether the app is installed in the org."},
    {"raw", ValueKind::json, true, "The complete original response; absent from a result that was stored and restored."},
};
constexpr ResultSpec kIdentity = {"Identity", "What an identity URL says about its user.", kFields};

constexpr OrgSetting kOrgSettings[] = {org::kAppIdentityScopes};

constexpr Diagnosis kDiagnoses[] = {
    {"Bad_Id", "", kAnywhere, "unknown_identity", Advice::fix_org, "the identity URL names no user of this org",
     hints::kIssuingHost},
    HLID_CLAIMS_DIAGNOSES,
    {"Inactive", "", kAnywhere, "inactive_user", Advice::fix_org, "the user is not active", hints::kActiveUser},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

constexpr size_t kShortId = 15;  // the rest of a long one is a checksum
constexpr size_t kLongId = 18;

bool is_record_id(std::string_view id) {
  return (id.size() == kShortId || id.size() == kLongId) && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

// The path of an identity URL with the site's own path in front, or without; absent if it is another path.
struct IdentityPath {
  std::string_view path, org, user;
};
std::optional<IdentityPath> identity_path(const App& app, std::string_view id) {
  constexpr std::string_view kStart = "/id/";
  const auto url = parse_url(id);
  if (!url || !is_org_address(app, id)) return std::nullopt;
  std::string_view rest = url->path;
  const std::string_view own = std::string_view(app.site).substr(app.origin.size());
  if (!own.empty() && origin_of(*url) == app.origin && rest.starts_with(own)) rest.remove_prefix(own.size());
  if (!rest.starts_with(kStart)) return std::nullopt;
  rest.remove_prefix(kStart.size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const IdentityPath path{url->path, rest.substr(0, slash), rest.substr(slash + 1)};
  return is_record_id(path.org) && is_record_id(path.user) ? std::optional(path) : std::nullopt;
}

Result<void> check(Context& flow) {
  if (identity_path(flow.app, *flow.parameter("id"))) return {};
  return Error::argument(
      "id",
      "must be the address of the site or of a Salesforce host with the path /id/ORG/USER, two ids of 15 or 18 letters and digits");
}

Result<void> fill(Context& flow) {
  const auto path = identity_path(flow.app, *flow.parameter("id"));
  if (!path) return Error::argument("id", "is not an identity URL");
  flow.request.url = join({flow.app.origin, path->path});
  add_bearer(flow, *flow.parameter("access_token"));
  return {};
}

// The same record, whichever of the two is the long id.
bool is_same_record(std::string_view a, std::string_view b) {
  return is_record_id(b) && a.substr(0, kShortId) == b.substr(0, kShortId);
}

Result<void> read(Context& flow) {
  JsonDocument document;
  auto claims = read_claims(flow, document);
  if (!claims) return std::move(claims).error();
  const auto id = claims->text("id");
  if (!id || id->empty()) return Error::protocol("bad_response", "the identity response names no user").http_status(200);
  const auto asked = identity_path(flow.app, *flow.parameter("id"));
  const auto user = claims->text("user_id");
  const auto org = claims->text("organization_id");
  const bool same = asked && (!user || is_same_record(asked->user, *user)) && (!org || is_same_record(asked->org, *org));
  if (!same) return Error::protocol("bad_response", "the identity response is about another user").http_status(200);
  set_claims(flow, *claims, kFields);
  return {};
}

constexpr RequestSpec kRequest{.name = "identity",
                               .endpoint = Endpoint::identity,
                               .method = "GET",
                               .path = "/id/ORG/USER",
                               .base = Base::org,
                               .body = Body::none,
                               .retry_safe = true};
using Table = OneRequest<kRequest, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::identity = {
    .name = "identity",
    .verb = "identity",
    .summary = "Reads an identity URL: what the org says about a user.",
    .description =
        "One GET with the token in the Authorization header. Whatever host the identity URL names, the request goes to the host of "
        "the setting `site`, with the path of the identity URL: a token never leaves the hosts of the settings. To ask the "
        "org's own instance, which keeps the data in its region, set `site` to the session's instance_url.",
    .source = "Salesforce Help: remoteaccess_using_openid",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .hosts = kEveryHost,
    .result = &kIdentity,
    .errors = &kErrors,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
