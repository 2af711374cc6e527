// A session for the SAML Response or Assertion of the org's own single sign-on, without an app.
#include "base/limits.h"
#include "base/text.h"
#include "codec/json.h"
#include "codec/url.h"
#include "flows/parts/code.h"
#include "flows/parts/fields.h"
#include "flows/parts/saml.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"
#include "oauth/address.h"
#include "oauth/diagnoses.h"
#include "oauth/hints.h"
#include "oauth/org_settings.h"
#include "oauth/token_response.h"

namespace hlid {
namespace {

constexpr size_t kMaxSamlResponse = 128 * 1024;

constexpr ValueSpec kParameters[] = {
    {.name = "token_url",
     .kind = ValueKind::url,
     .charset = Charset::visible,
     .required = true,
     .max_bytes = kMaxUrl,
     .doc =
         "The org's OAuth 2.0 Token Endpoint, with its query, as Setup > Single Sign-On Settings shows it. It must have the origin "
         "of site."},
    {.name = "assertion",
     .charset = Charset::utf8,
     .secret = true,
     .required = true,
     .max_bytes = kMaxSamlResponse,
     .doc =
         "The SAML 2.0 Response that the identity provider made for the org, or the Assertion in it: base64 as the provider posts "
         "it, or the XML.",
     .in_ticket = InTicket::never},
};

constexpr OrgSetting kOrgSettings[] = {org::kSamlSso};

enum State : uint8_t { kAsking, kDone };

// An assertion is valid once: after a request that may have been sent, a new one is needed.
constexpr RequestSpec kRequest{.name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .extras = Extras::all};

Result<void> check(Context& flow) {
  const std::string_view address = *flow.parameter("token_url");
  const auto url = parse_url(address);
  if (!url || !url->has_authority) return Error::argument("token_url", "is not an address");
  if (url->has_userinfo || url->has_fragment) return Error::argument("token_url", "has a user name or a fragment");
  if (url->path.find("/.") != std::string_view::npos || url->path.find("//") != std::string_view::npos ||
      url->path.find('%') != std::string_view::npos) {
    return Error::argument("token_url", "has a path with empty, dotted or percent-encoded parts");
  }
  if (!has_origin(*url, flow.app.origin)) return Error::argument("token_url", "is of another origin than site");
  if (auto encoded = encoded_saml_response("assertion", *flow.parameter("assertion")); !encoded)
    return std::move(encoded).error();
  return {};
}

Result<void> fill(Context& flow) {
  auto assertion = encoded_saml_response("assertion", *flow.parameter("assertion"));
  if (!assertion) return std::move(assertion).error();
  flow.request.url = *flow.parameter("token_url");
  FormWriter form = form_of(flow);
  form.add("grant_type", "assertion");
  form.add("assertion_type", "urn:oasis:names:tc:SAML:2.0:profiles:SSO:browser");
  form.add_secret("assertion", assertion->view());
  flow.hide(assertion->view());
  return {};
}

// Where the server explains the error: its words end with that address, if it is the org's or Salesforce's.
Error with_error_uri(const Context& flow, Error error) {
  JsonDocument document;
  if (flow.response.body.empty() || document.parse(flow.response.body.view()) != JsonFault::none) return error;
  const auto uri = document.root().text("error_uri");
  if (!uri || uri->size() > kMaxUrl || !is_org_page(flow.app, *uri)) return error;
  Secret& words = error.edit().raw_text;
  words.append(words.empty() ? "see " : "; see ");
  words.append(*uri);
  return error;
}

// Without a check of the response's signature: no app has part in this, so that it is of no app's secret.
Next<kDone> got_token(Context& flow) {
  auto read = read_token_response(flow.response, flow.app, {}, flow.refusal(), flow.now_ms, flow.result);
  if (!read) return with_error_uri(flow, std::move(read).error());
  return to<kDone>;
}

constexpr StateSpec kStates[] = {send_state("token", kRequest, fill), done_state()};
constexpr Row kRows[] = {on<got_token>(kAsking, Event::response)};
static_assert(well_formed(kStates, kRows));

constexpr std::string_view kRefused =
    "the server rejected the SAML assertion: it has expired, was used before, or is not the org's";
constexpr Diagnosis kDiagnoses[] = {
    {"invalid_grant", "", Endpoint::token, "assertion_refused", Advice::fix_org, kRefused, hints::kSamlAssertion},
    {"invalid_assertion", "", Endpoint::token, "assertion_refused", Advice::fix_org, kRefused, hints::kSamlAssertion},
    {"invalid_assertion_type", "", Endpoint::token, "assertion_refused", Advice::fix_org,
     "the server does not accept assertions of this type", hints::kSamlEndpoint},
    {"unsupported_grant_type", "", Endpoint::token, "flow_not_enabled", Advice::fix_org,
     "the address does not accept assertions: it is not the endpoint of a SAML configuration", hints::kSamlEndpoint},
    {"oauth_flow_disabled", "", Endpoint::token, "flow_not_enabled", Advice::fix_org, "the org does not accept this flow",
     hints::kSamlEndpoint},
    {"inactive_user", "", Endpoint::token, "inactive_user", Advice::fix_org, "the user is not active", hints::kActiveUser},
};
static_assert(is_without_order(kDiagnoses));
constexpr ErrorSpec kErrors{.diagnoses = kDiagnoses, .is_headless = false};

}  // namespace

constexpr FlowSpec flows::saml_assertion = {
    .name = "saml_assertion",
    .verb = "saml_assertion",
    .summary = "Gets a session for the SAML assertion of the org's own single sign-on, without an app.",
    .description =
        "One POST to the token endpoint of a SAML configuration, with the SAML response of the identity provider. It sends "
        "neither client_id nor secret, and returns no refresh token. It works in one org, not at Experience Cloud sites, and "
        "runs no login flow. An assertion is valid once: a request that may have been sent is not repeated. Where the server "
        "names a page that explains an error (error_uri), server_text ends with its address.",
    .source = "Salesforce Help: remoteaccess_oauth_web_sso_flow",
    .parameters = kParameters,
    .org_settings = kOrgSettings,
    .hosts = kOrgHosts,
    .result = &kTokenSet,
    .lacks = kNoRefreshToken,
    .errors = &kErrors,
    .check = check,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
