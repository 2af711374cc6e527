// A new app, registered by a program instead of an admin.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "codec/json.h"
#include "codec/json_write.h"
#include "codec/url.h"
#include "flows/parts/one_request.h"
#include "flows/parts/read_json.h"
#include "flows/registry.h"
#include "oauth/address.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"

namespace hlid {
namespace {

constexpr size_t kMaxList = 8 * 1024;
constexpr size_t kMaxName = 512;

constexpr const char* kApplicationTypes[] = {"web", "native"};

constexpr ValueSpec kParameters[] = {
    {.name = "initial_access_token",
     .charset = Charset::printable,
     .secret = true,
     .max_bytes = kMaxToken,
     .doc =
         "The token that allows registration. An admin makes it in Setup on an existing connected app: App Manager > the app > View "
         "> Initial Access Token for Dynamic Client Registration > Generate.",
     .is_token = true},
    {.name = "redirect_uris",
     .kind = ValueKind::list,
     .charset = Charset::scopes,
     .required = true,
     .max_bytes = kMaxList,
     .doc = "The new app's callback addresses, separated by spaces."},
    {.name = "client_name", .charset = Charset::one_line, .max_bytes = kMaxName, .doc = "The new app's name, for people."},
    {.name = "contacts",
     .kind = ValueKind::list,
     .charset = Charset::scopes,
     .max_bytes = kMaxList,
     .doc = "Email addresses of those who are responsible for the app, separated by spaces."},
    {.name = "application_type", .choices = kApplicationTypes, .doc = "web or native."},
    {.name = "response_types",
     .kind = ValueKind::list,
     .charset = Charset::scopes,
     .max_bytes = kMaxName,
     .doc = "What the app requests at authorize: code, token, id_token; separated by spaces."},
    {.name = "grant_types",
     .kind = ValueKind::list,
     .charset = Charset::scopes,
     .max_bytes = kMaxName,
     .doc = "What the app requests at the token endpoint: authorization_code, implicit, refresh_token; separated by spaces."},
    {.name = "scope",
     .kind = ValueKind::list,
     .charset = Charset::scopes,
     .max_bytes = kMaxScope,
     .doc = "Scopes that the app may request, separated by spaces. The app's setting `scope` is not sent."},
    {.name = "client_uri", .charset = Charset::visible, .max_bytes = kMaxUrl, .doc = "The address of the app's home page."},
    {.name = "logo_uri", .charset = Charset::visible, .max_bytes = kMaxUrl, .doc = "The address of its logo."},
    {.name = "policy_uri", .charset = Charset::visible, .max_bytes = kMaxUrl, .doc = "The address of its privacy policy."},
    {.name = "tos_uri", .charset = Charset::visible, .max_bytes = kMaxUrl, .doc = "The address of its terms of service."},
};

constexpr FieldSpec kFields[] = {
    {"client_id", ValueKind::text, false, "The new app's consumer key.", true},
    {"client_secret", ValueKind::text, true, "Its consumer secret."},
    {"client_secret_expires_at", ValueKind::integer, false, "When the secret expires, in seconds since 1970; 0: never."},
    {"client_id_issued_at", ValueKind::integer, false, "When the app was registered, in seconds since 1970."},
    {"registration_client_uri", ValueKind::url, false,
     "Where the registration can be read, if it is the site's or a Salesforce host. This library sends nothing there."},
    {"registration_access_token", ValueKind::text, true, "The token for that address."},
    {"raw", ValueKind::json, true, "The complete original response; absent from a result that was stored and restored."},
};
constexpr ResultSpec kClientRegistration = {"ClientRegistration", "A newly registered app (RFC 7591 3.2.1).", kFields};

Result<void> check(Context& flow) {
  if (!flow.parameter("initial_access_token")) {
    return Error(Error::argument("initial_access_token", "is missing: an admin of the org makes it, on an existing connected app")
                     .hint(hints::kInitialAccess));
  }
  std::string_view rest = flow.parameter("redirect_uris").value_or("");
  while (!rest.empty()) {
    const std::string_view uri = rest.substr(0, rest.find(' '));
    const auto url = parse_url(uri);
    if (!url || url->has_fragment) return Error::argument("redirect_uris", "must be absolute addresses without a fragment");
    rest.remove_prefix(std::min(uri.size() + 1, rest.size()));
  }
  return {};
}

void add_list(JsonBody& body, const char* name, std::string_view words) {
  std::string list = "[";
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(' '));
    if (list.size() > 1) list += ',';
    append_json_string(list, word);
    words.remove_prefix(std::min(word.size() + 1, words.size()));
  }
  list += ']';
  body.add_json(name, list);
}

Result<void> fill(Context& flow) {
  add_bearer(flow, *flow.parameter("initial_access_token"));
  JsonBody body = json_of(flow);
  for (const ValueSpec& spec : kParameters) {
    const auto value = flow.parameter(spec.name);
    if (!value || spec.secret) continue;
    // RFC 7591 2: a scope is one text.
    const bool list = spec.kind == ValueKind::list && std::string_view(spec.name) != "scope";
    list ? add_list(body, spec.name, *value) : body.add(spec.name, *value);
  }
  body.end();
  return {};
}

// A 401 without words is about the token, too.
Error refused(Error error) {
  if (std::string_view(error.data().reason) != "unauthorized") return error;
  auto& data = error.edit();
  data.reason = "initial_access_token_refused";
  data.message = "the server rejected the initial access token";
  data.hint = hints::kInitialAccess;
  return error;
}

Result<void> read(Context& flow) {
  JsonDocument document;
  // RFC 7591 says 201.
  if (flow.response.status == 201) flow.response.status = 200;
  auto success = read_json_success(flow, document);
  if (!success) return refused(std::move(success).error());
  const JsonValue& root = *success;
  const auto client_id = root.text("client_id");
  if (!client_id || client_id->empty() || client_id->size() > kMaxClientId || !is_printable_ascii(*client_id))
    return Error::protocol("bad_response", "the registration response has no client_id").http_status(200);
  for (const char* name : {"client_id", "client_secret", "registration_access_token"}) flow.result.set_if(name, root.text(name));
  for (const char* name : {"client_secret_expires_at", "client_id_issued_at"}) {
    const auto member = root.find(name);
    if (!member) continue;
    const auto text = member->as_text();
    const auto seconds = text ? read_decimal(*text) : member->as_integer();
    if (seconds.value_or(-1) >= 0) flow.result.set(name, std::to_string(*seconds));
  }
  const auto address = root.text("registration_client_uri");
  if (address && is_site_address(flow.app, *address)) flow.result.set("registration_client_uri", *address);
  flow.result.set("raw", flow.response.body.view());
  return {};
}

constexpr RequestSpec kRequest{.name = "register",
                               .endpoint = Endpoint::register_client,
                               .path = "/services/oauth2/register",
                               .body = Body::json,
                               .extras = Extras::headers};
constexpr std::string_view kExample[] = {"initial_access_token"};
constexpr OrgSetting kOrgSettings[] = {org::kConnectedApps, org::kInitialAccessToken};

using Table = OneRequest<kRequest, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

constexpr std::string_view kWrongToken = "the server rejected the initial access token";
constexpr std::string_view kWrongMetadata = "the server rejected what is said of the new app";
constexpr std::string_view kNoMore = "the server does not register the client";
constexpr Endpoint kHere = Endpoint::register_client;
constexpr Diagnosis kDiagnoses[] = {
    {"invalid_client", "", kHere, "initial_access_token_refused", Advice::fix_org, kWrongToken, hints::kInitialAccess},
    {"invalid_token", "", kHere, "initial_access_token_refused", Advice::fix_org, kWrongToken, hints::kInitialAccess},
    {"invalid_grant", "", kHere, "initial_access_token_refused", Advice::fix_org, kWrongToken, hints::kInitialAccess},
    {"INVALID_SESSION_ID", "", kHere, "initial_access_token_refused", Advice::fix_org, kWrongToken, hints::kInitialAccess},
    {"Bad_OAuth_Token", "", kHere, "initial_access_token_refused", Advice::fix_org, kWrongToken, hints::kInitialAccess},
    {"invalid_redirect_uri", "", kHere, "client_metadata_refused", Advice::fix_argument,
     "the server rejected the redirect_uris of the new app", ""},
    {"redirect_uri_mismatch", "", kHere, "client_metadata_refused", Advice::fix_argument,
     "the server rejected the redirect_uris of the new app", ""},
    {"invalid_client_metadata", "", kHere, "client_metadata_refused", Advice::fix_argument, kWrongMetadata, ""},
    {"invalid_request", "", kHere, "client_metadata_refused", Advice::fix_argument, kWrongMetadata, ""},
    {"invalid_scope", "", kHere, "client_metadata_refused", Advice::fix_argument, kWrongMetadata, ""},
    {"exceeded_registration_limit", "", kHere, "client_registration", Advice::fix_org, "the server registers no more clients",
     hints::kConnectedApps},
    {"failed_registration", "", kHere, "client_registration", Advice::fix_org, kNoMore, hints::kConnectedApps},
    {"registration_error", "", kHere, "client_registration", Advice::fix_org, kNoMore, hints::kConnectedApps},
    {"access_denied", "", kHere, "client_registration", Advice::fix_org, kNoMore, hints::kConnectedApps},
    {"unauthorized_client", "", kHere, "client_registration", Advice::fix_org, kNoMore, hints::kConnectedApps},
    {"oauth_flow_disabled", "", kHere, "client_registration", Advice::fix_org, kNoMore, hints::kConnectedApps},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::client_registration = {
    .name = "client_registration",
    .verb = "register_client",
    .summary = "Registers a new app with the org.",
    .description =
        "One POST with the new app's metadata and an initial access token, which an admin makes in Setup; no call returns one. "
        "The setting client_id is the app on which that token was made; it is not sent. The new app can introspect its own "
        "tokens and those of the apps that it registers. A request that may have been sent is never sent again: it would "
        "register a second app.",
    .source =
        "RFC 7591; OpenID Connect Dynamic Client Registration 1.0; Salesforce Help: remoteaccess_oauth_dynamic_client_registration",
    .status_note =
        "Registration creates a connected app, which no org can do since Spring '26 unless Salesforce Support allows it, and support "
        "for connected apps ends in Summer '27. Have an admin create an external client app instead.",
    .parameters = kParameters,
    .example = kExample,
    .org_settings = kOrgSettings,
    .hosts = kEveryHost,
    .result = &kClientRegistration,
    .errors = &kErrors,
    .check = check,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
