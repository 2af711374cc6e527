// A token for a user who has approved the app before, for a SAML assertion that the app signs.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/xml_write.h"
#include "flows/parts/bearer.h"
#include "flows/parts/code.h"
#include "flows/parts/saml.h"
#include "flows/parts/visitor.h"
#include "flows/registry.h"

namespace hlid {
namespace {

// Salesforce rejects what is valid for longer.
constexpr int64_t kMaxLifetimeMs = 300'000;

constexpr const char* kInsteadOfAssertion[] = {"username", "audience"};
constexpr const char* kInsteadOfClaims[] = {"assertion"};

constexpr ValueSpec without_assertion(ValueSpec parameter) {
  parameter.excludes = kInsteadOfClaims;
  return parameter;
}

constexpr std::string_view kExample[] = {"username"};
constexpr ValueSpec kParameters[] = {
    {.name = "assertion",
     .charset = Charset::utf8,
     .secret = true,
     .max_bytes = kMaxToken,
     .excludes = kInsteadOfAssertion,
     .doc =
         "A signed SAML 2.0 Assertion, as XML or base64 of it. Not a Response. Instead of it, the flow makes one for username.",
     .in_ticket = InTicket::never},
    {.name = "username",
     .charset = Charset::one_line,
     .max_bytes = kMaxUsername,
     .excludes = kInsteadOfClaims,
     .doc = "The Salesforce username that the assertion is made for. This or assertion."},
    without_assertion(kAudienceParameter),
};

// Before they are signed they say nothing that the settings and parameters do not.
constexpr SlotSpec kDraft{"draft", InTicket::never, true};
constexpr SlotSpec kSignedInfo{"signed_info", InTicket::never, true};
constexpr SlotSpec kWire{"saml_assertion"};  // as it is sent
constexpr SlotSpec kExpires{"expires_at_ms", InTicket::never, true};

enum State : uint8_t { kSigning, kAsking, kDone };

constexpr RequestSpec kRequest{
    .name = "token", .endpoint = Endpoint::token, .path = kTokenPath, .retry_safe = true, .extras = Extras::all};

Result<void> check(Context& flow) {
  if (const auto given = flow.parameter("assertion")) {
    auto encoded = encoded_saml_assertion("assertion", *given);
    if (!encoded) return std::move(encoded).error();
    return {};
  }
  const auto username = flow.parameter("username");
  if (!username) return Error::argument("username", "is missing: give it, or a signed assertion");
  if (!is_xml_text(*username)) return Error::argument("username", "contains a character that XML cannot transport");
  if (auto good = check_clock(flow); !good) return good;
  return check_signer(flow.app);
}

// Where the caller brought an assertion there is nothing to sign.
Result<void> ask_signature(Context& flow) {
  if (flow.parameter("assertion")) return {};
  const App& app = flow.app;
  const std::string recipient = join({app.site, kTokenPath});
  const int64_t expires_at_ms = flow.now_ms + std::min(app.assertion_lifetime_s * 1000, kMaxLifetimeMs);
  auto draft = draft_saml_assertion({.issuer = app.client_id,
                                     .subject = *flow.parameter("username"),
                                     .audience = flow.parameter("audience").value_or(bearer_audience(app)),
                                     .recipient = recipient,
                                     .issued_at_ms = flow.now_ms,
                                     .expires_at_ms = expires_at_ms});
  if (!draft) return std::move(draft).error();
  *flow.sign = {"RS256", draft->signed_info.clone()};
  flow.keep(kDraft, std::move(draft->assertion));
  flow.keep(kSignedInfo, std::move(draft->signed_info));
  flow.keep_number(kExpires, expires_at_ms);
  return {};
}

Next<kAsking> take_signature(Context& flow) {
  if (const auto given = flow.parameter("assertion")) {
    auto encoded = encoded_saml_assertion("assertion", *given);
    if (!encoded) return std::move(encoded).error();
    flow.keep(kWire, std::move(*encoded));
    return to<kAsking>;
  }
  if (auto good = check_signature(flow); !good) return std::move(good).error();
  const Secret whole = signed_saml_assertion(flow.slot(kDraft), flow.slot(kSignedInfo), flow.given.view());
  flow.keep(kWire, to_base64(whole.view(), Base64::url_unpadded));
  return to<kAsking>;
}

// A repetition sends the same assertion, as long as it is valid.
Result<void> fill(Context& flow) {
  if (flow.has(kExpires)) {
    if (auto good = check_not_expired(flow, flow.number(kExpires)); !good) return good;
  }
  FormWriter form = form_of(flow);
  form.add("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer");
  form.add_secret("assertion", flow.slot(kWire));
  return {};
}

constexpr StateSpec kStates[] = {sign_state("sign", ask_signature, kRequest), send_state("token", kRequest, fill), done_state()};
constexpr Row kRows[] = {
    on<take_signature>(kSigning, Event::value),
    on<exchanged<kDone>>(kAsking, Event::response),
};
static_assert(well_formed(kStates, kRows));

}  // namespace

constexpr FlowSpec flows::saml_bearer = {
    .name = "saml_bearer",
    .verb = "saml_bearer",
    .summary = "Exchanges a signed SAML assertion for a token of a user who has approved the app before.",
    .description =
        "The flow makes the assertion and signs it with the app's private_key, or the host signs it; or the caller brings one. It "
        "is valid for assertion_lifetime_s, five minutes at most, and names the client_id as its issuer, the user, the audience and "
        "the token endpoint. It sends no secret and no scope, and returns no refresh token: run the flow again. Experience Cloud "
        "sites are not known to accept this flow. If nothing of yours speaks SAML, use jwt_bearer: it does the same.",
    .source = "RFC 7522; Salesforce Help: remoteaccess_oauth_SAML_bearer_flow",
    .parameters = kParameters,
    .example = kExample,
    .org_settings = kBearerOrgSettings,
    .hosts = kOrgHosts,
    .result = &kTokenSet,
    .lacks = kNoRefreshToken,
    .errors = &kBearerErrors,
    .check = check,
    .finish = finish_named,
    .states = kStates,
    .rows = kRows,
};

}  // namespace hlid
