// The user behind an identity URL, the `id` of a session.
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
#include "oauth/identity_url.h"
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
    {.name = "allow_other_user",
     .kind = ValueKind::flag,
     .doc =
         "With true, the response may be about another user than the access token's. Otherwise the server must say that it is the "
         "same one: asserted_user.",
     .default_text = "false"},
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

// The path of an identity URL with the site's own path in front, or without; absent if it is another path.
struct IdentityPath {
  std::string_view path;
  IdentityIds ids;
};
std::optional<IdentityPath> identity_path(const App& app, std::string_view id) {
  const auto url = parse_url(id);
  if (!url || !is_org_address(app, id)) return std::nullopt;
  std::string_view rest = url->path;
  const std::string_view own = std::string_view(app.site).substr(app.origin.size());
  if (!own.empty() && has_origin(*url, app.origin) && rest.starts_with(own)) rest.remove_prefix(own.size());
  const auto ids = ids_of_path(rest);
  return ids ? std::optional(IdentityPath{url->path, *ids}) : std::nullopt;
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

// Each member that names the user names the one that was asked for.
bool is_about(const IdentityIds& asked, const JsonValue& claims) {
  const auto named = ids_of_identity(claims.text("id").value_or(""));
  const auto user = claims.text("user_id");
  const auto org = claims.text("organization_id");
  return named && is_same_record(asked.user, named->user) && is_same_record(asked.org, named->org) &&
         (!user || is_same_record(asked.user, *user)) && (!org || is_same_record(asked.org, *org));
}

// A caller may take the user of the response for the one who signed in.
Result<void> check_asserted(const Context& flow, const JsonValue& claims) {
  const auto member = claims.find("asserted_user");
  const auto asserted = member ? member->as_boolean() : std::nullopt;
  if (asserted == true || flow.parameter("allow_other_user") == "true") return {};
  return Error::protocol("another_user", asserted ? "the identity URL is not that of the access token's user"
                                                  : "the identity response does not say whether this is the access token's user")
      .advise(Advice::fix_argument)
      .hint("give the `id` that came with the access token; allow_other_user accepts every user whom the token may see")
      .http_status(200);
}

Result<void> read(Context& flow) {
  JsonDocument document;
  auto claims = read_claims_of(flow, document, "id");
  if (!claims) return std::move(claims).error();
  const auto asked = identity_path(flow.app, *flow.parameter("id"));
  if (!asked || !is_about(asked->ids, *claims))
    return Error::protocol("bad_response", "the identity response is about another user").http_status(200);
  if (auto good = check_asserted(flow, *claims); !good) return good;
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
