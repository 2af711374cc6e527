// What the server says about itself.
#include "base/text.h"
#include "codec/json.h"
#include "flows/parts/one_request.h"
#include "flows/parts/read_json.h"
#include "flows/parts/session.h"
#include "flows/registry.h"
#include "oauth/discovery_document.h"

namespace hlid {
namespace {

constexpr const char* kDocuments[] = {"openid_configuration", "auth_configuration"};

constexpr ValueSpec kParameters[] = {
    {.name = "document",
     .choices = kDocuments,
     .doc = "Which document: openid_configuration (endpoints, scopes, algorithms), or auth_configuration, Salesforce's own about "
            "the login page and single sign-on of the domain.",
     .default_text = "openid_configuration"},
};

constexpr FieldSpec kFields[] = {
    {"document", ValueKind::text, false, "Which document this is.", true, kDocuments},
    {"issuer", ValueKind::url, false, "The server's name in its tokens: the site's origin, with or without the path."},
    {"authorization_endpoint", ValueKind::url, false, "Where a browser signs in."},
    {"token_endpoint", ValueKind::url, false, "Where tokens are requested."},
    {"revocation_endpoint", ValueKind::url, false, "Where tokens are revoked."},
    {"introspection_endpoint", ValueKind::url, false, "Where tokens are inspected."},
    {"userinfo_endpoint", ValueKind::url, false, "Where a token's user is named."},
    {"jwks_uri", ValueKind::url, false, "The key set."},
    {"registration_endpoint", ValueKind::url, false, "Where clients register."},
    {"end_session_endpoint", ValueKind::url, false, "Where a browser signs out."},
    {"device_authorization_endpoint", ValueKind::url, false, "Where a device gets its codes, if the server names the address."},
    {"foreign_endpoints", ValueKind::list, false,
     "Names of the endpoints that the document puts on another origin than the site's. Their addresses are in raw alone: do not "
     "send tokens there."},
    {"scopes_supported", ValueKind::list, false, "Scopes."},
    {"response_types_supported", ValueKind::list, false, "Response types."},
    {"grant_types_supported", ValueKind::list, false, "Grants; Salesforce accepts more than it lists."},
    {"token_endpoint_auth_methods_supported", ValueKind::list, false, "How clients may authenticate."},
    {"code_challenge_methods_supported", ValueKind::list, false, "Methods of PKCE."},
    {"subject_types_supported", ValueKind::list, false, "Kinds of subject names."},
    {"display_values_supported", ValueKind::list, false, "Looks of the login page."},
    {"id_token_signing_alg_values_supported", ValueKind::list, false, "Algorithms that sign ID tokens."},
    {"dpop_signing_alg_values_supported", ValueKind::list, false, "Algorithms that sign DPoP proofs."},
    {"frontchannel_logout_supported", ValueKind::flag, false, "Whether the server tells apps that a user has signed out."},
    {"raw", ValueKind::json, true, "The complete original response; absent from a result that was stored and restored."},
};
constexpr ResultSpec kDiscovery = {"Discovery", "The server's metadata (OpenID Connect Discovery 1.0; RFC 8414).", kFields};

bool is_openid(const Context& flow) { return flow.parameter("document").value_or(kDocuments[0]) == kDocuments[0]; }

Result<void> fill(Context& flow) {
  if (!is_openid(flow)) flow.request.url = join({flow.app.site, "/.well-known/auth-configuration"});
  return {};
}

Result<void> read(Context& flow) {
  JsonDocument document;
  auto success = read_json_success(flow, document);
  if (!success) return std::move(success).error();
  if (!success->is_object())
    return Error::protocol("bad_response", "the discovery document is not a JSON object").http_status(200);
  flow.result.set("document", kDocuments[is_openid(flow) ? 0 : 1]);
  if (is_openid(flow)) {
    if (auto read = read_discovery_document(*success, flow.app, flow.result); !read) return read;
  }
  flow.result.set("raw", flow.response.body.view());
  return {};
}

constexpr RequestSpec kRequest{.name = "discovery",
                               .endpoint = Endpoint::discovery,
                               .method = "GET",
                               .path = "/.well-known/openid-configuration",
                               .body = Body::none,
                               .retry_safe = true};
using Table = OneRequest<kRequest, fill, read>;
static_assert(well_formed(Table::kStates, Table::kRows));

}  // namespace

constexpr FlowSpec flows::discovery = {
    .name = "discovery",
    .verb = "discover",
    .summary = "Reads what the server says about itself: its endpoints and what they support.",
    .description =
        "One GET without any secret. The issuer must be the site itself, with or without its path. No other flow depends on the "
        "document: the endpoints that this library uses are those of the settings, and Salesforce accepts more than it lists. "
        "auth_configuration, whose members Salesforce does not document in full, is in raw alone.",
    .source = "OpenID Connect Discovery 1.0; RFC 8414; Salesforce Help: remoteaccess_using_openid_discovery_endpoint",
    .parameters = kParameters,
    .hosts = kEveryHost,
    .result = &kDiscovery,
    .errors = &kSessionErrors,
    .states = Table::kStates,
    .rows = Table::kRows,
};

}  // namespace hlid
