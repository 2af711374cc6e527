// Whether a token is still good, and for what.
#include "flows/parts/fields.h"
#include "flows/parts/introspect.h"
#include "flows/parts/one_request.h"
#include "flows/parts/session.h"
#include "flows/registry.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr const char* kTokenTypes[] = {"access_token", "refresh_token"};

constexpr ValueSpec kParameters[] = {
    {.name = "token",
     .charset = Charset::printable,
     .secret = true,
     .required = true,
     .max_bytes = kMaxToken,
     .doc = "The access or refresh token to ask about.",
     .is_token = true},
    {.name = "token_type_hint", .choices = kTokenTypes, .doc = "Which of the two it is, if that is known."},
};

constexpr FieldSpec kFields[] = {
    {"active", ValueKind::flag, false,
     "Whether the token is valid, and one that this app may see. If not, the server says nothing more.", true},
    {"inactive_reason", ValueKind::text, false,
     "With active false: what that can mean, and the setting to change. The server does not say."},
    {"scope", ValueKind::list, false, "Scopes that it carries."},
    {"client_id", ValueKind::text, false, "The app that it was made for."},
    {"username", ValueKind::text, false, "The user name."},
    {"token_type", ValueKind::text, false, "access_token or refresh_token, as the server calls it."},
    {"sub", ValueKind::text, false, "The user's identity URL."},
    {"aud", ValueKind::list, false, "Whom it is meant for; several are separated by spaces."},
    {"iss", ValueKind::text, false, "Who issued it."},
    {"jti", ValueKind::text, false, "Its id."},
    {"expires_at_ms", ValueKind::integer, false, "When it ends, in milliseconds since 1970."},
    {"issued_at_ms", ValueKind::integer, false, "When it was made, in milliseconds since 1970."},
    {"not_before_ms", ValueKind::integer, false, "When it begins to be good, in milliseconds since 1970."},
    {"raw", ValueKind::json, true, "The complete original response; absent from a result that was stored and restored."},
};
constexpr ResultSpec kIntrospection = {"Introspection", "What the server says of a token (RFC 7662 2.2).", kFields};

constexpr OrgSetting kOrgSettings[] = {org::kAppIntrospectAll};

Result<void> check(Context& flow) {
  if (flow.app.client_auth != ClientAuth::none) return {};
  return Error::argument("client_secret",
                         flow.app.private_key
                             ? "is missing, or the setting token_endpoint_auth_method private_key_jwt: a private_key alone does "
                               "not say that it proves the client"
                             : "is missing: a public client cannot introspect tokens, not even its own");
}

Result<void> fill(Context& flow) {
  fill_introspect(flow, *flow.parameter("token"), flow.parameter("token_type_hint").value_or(""));
  return {};
}

Result<void> read(Context& flow) {
  if (auto read = read_introspection(flow); !read) return read;
  if (flow.result.get("active") == "false") flow.result.set("inactive_reason", hints::kInactive);
  flow.result.set("raw", flow.response.body.view());
  return {};
}

using Table = OneRequest<kIntrospect, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::introspection = {
    .name = "introspection",
    .verb = "introspect",
    .summary = "Asks the server whether a token is still good, and for what.",
    .description =
        "One POST with the token in the body. An unknown, expired or revoked token is not active, nor is a token of another app "
        "unless this one may introspect all tokens; that is a response, not an error. For private clients only: Salesforce "
        "requires the client's secret, or its signed assertion, with this call.",
    .source = "RFC 7662; Salesforce Help: remoteaccess_oauth_endpoints",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .hosts = kEveryHost,
    .result = &kIntrospection,
    .errors = &kSessionErrors,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
