// saml_bearer: the grant that exchanges a SAML assertion, which the app's key signed, for a user's token (RFC 7522).
#include "simulator/assertion.h"
#include "simulator/bearer.h"
#include "simulator/client_auth.h"
#include "simulator/grant_types.h"
#include "simulator/saml.h"

namespace hlid_sim {
namespace {

const std::string kOrgTokenPath = "/services/oauth2/token";
constexpr int64_t kLongestMs = 300'000;

// RFC 7522 2.1: base64url, and no padding.
std::optional<XmlNode> read(const std::string& assertion) {
  if (assertion.find_first_of("+/= \r\n") != std::string::npos) return std::nullopt;
  const auto xml = from_base64(assertion);
  return xml ? parse_xml(*xml) : std::nullopt;
}

}  // namespace

Response saml_bearer(Org& org, const Request& request, const Form& form) {
  refuse_guest_headers(request);
  const auto assertion = read(form.require("assertion"));
  if (!assertion || !assertion->is(kSamlUri, "Assertion")) refuse("invalid_grant", "invalid assertion");
  if (const std::string id = assertion->attribute("ID"); !id.empty()) org.watch()->count_use("assertion_ids", id);
  const XmlNode* issuer = assertion->only(kSamlUri, "Issuer");
  const auto app = org.directory()->find_app(issuer ? issuer->own_text() : "");
  if (!app) refuse("invalid_client_id", "client identifier invalid");
  if (!app->refused_with.empty()) refuse(app->refused_with, "refused by the app's switch");
  const Pkey key = read_public_key(org.keys().of_assertions(*app).certificate_pem);
  if (!app->are_bearer_flows_enabled || !is_signed_by(*assertion, key.get()))
    refuse("invalid_client", "invalid client credentials");
  const std::string problem =
      refused_saml(*assertion, {{org.origin(), kProductionLogin}, org.origin() + kOrgTokenPath, org.now_ms(), kLongestMs});
  if (!problem.empty()) refuse("invalid_grant", problem);
  return bearer_tokens(org, request, *app, assertion->only(kSamlUri, "Subject")->only(kSamlUri, "NameID")->own_text());
}

}  // namespace hlid_sim
