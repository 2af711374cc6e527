// saml_assertion: the token endpoint of the org's own single sign-on, which exchanges what an identity provider made and signed
// for a session. The endpoint's address carries the org's id in its query, and no app has part in this.
#include <algorithm>

#include "simulator/crypto.h"
#include "simulator/grant_types.h"
#include "simulator/issue.h"
#include "simulator/saml.h"

namespace hlid_sim {
namespace {

constexpr std::string_view kTokenPath = "/services/oauth2/token";
constexpr std::string_view kProtocolUri = "urn:oasis:names:tc:SAML:2.0:protocol";
constexpr std::string_view kBrowserProfile = "urn:oasis:names:tc:SAML:2.0:profiles:SSO:browser";
constexpr const char* kEntityId = "https://saml.salesforce.com";
constexpr const char* kFields[] = {"grant_type", "assertion_type", "assertion", "format"};
// An identity provider's assertions may be valid for as long as it likes; a day is a mistake.
constexpr int64_t kLongestMs = 86'400'000;

// Of an assertion that could be read: with the address of the page that explains it.
[[noreturn]] void refuse_read(const Org& org, const char* text) {
  refuse(json_response(400, {{"error_uri", org.origin() + "/setup/secur/SAMLValidationPage.apexp"},
                             {"error", "invalid_grant"},
                             {"error_description", text}}));
}

// An assertion by itself, or the one in a response.
const XmlNode* assertion_in(const XmlNode& root) {
  if (root.is(kSamlUri, "Assertion")) return &root;
  return root.is(kProtocolUri, "Response") ? root.only(kSamlUri, "Assertion") : nullptr;
}

// What is signed may be the assertion, or the response around it.
bool is_signed(const Org& org, const XmlNode& root, const XmlNode& assertion) {
  const Pkey key = read_public_key(org.keys().of_identity_provider(org.settings()).certificate_pem);
  return is_signed_by(assertion, key.get()) || (&root != &assertion && is_signed_by(root, key.get()));
}

}  // namespace

Response saml_assertion(Org& org, const Request& request, const Form& form) {
  const std::string org_id = std::string(kOrgId).substr(0, 15);
  if (request.query != "so=" + org_id) refuse("invalid_request", "the address does not name the organization");
  for (const auto& [name, value] : form.fields()) {
    const bool known = std::find(std::begin(kFields), std::end(kFields), name) != std::end(kFields);
    if (!known) refuse("invalid_request", "unexpected parameter: " + name);
  }
  if (form.require("assertion_type") != kBrowserProfile) refuse("invalid_assertion_type", "assertion type not supported");
  const std::string encoded = form.require("assertion");
  const auto xml =
      encoded.size() % 4 == 0 && encoded.find_first_of("-_") == std::string::npos ? from_base64(encoded) : std::nullopt;
  const auto root = xml ? parse_xml(*xml) : std::nullopt;
  if (!root) refuse("invalid_grant", "invalid assertion");
  const XmlNode* assertion = assertion_in(*root);
  if (!assertion || assertion->attribute("ID").empty()) refuse_read(org, "invalid assertion");
  const std::string id = assertion->attribute("ID");
  org.watch()->count_use("assertion_ids", id);
  if (!is_signed(org, *root, *assertion)) refuse_read(org, "invalid assertion");
  // The recipient is this endpoint, or the address at which people sign in.
  const auto fits = [&](const std::string& recipient) {
    return refused_saml(*assertion, {{kEntityId}, recipient, org.now_ms(), kLongestMs}).empty();
  };
  if (!fits(org.origin() + std::string(kTokenPath) + "?" + request.query) && !fits(org.origin()))
    refuse_read(org, "invalid assertion");
  const auto user = org.directory()->find_user(assertion->only(kSamlUri, "Subject")->only(kSamlUri, "NameID")->own_text());
  if (!user || !user->active) refuse_read(org, "invalid assertion");
  if (!org.watch()->spend("assertion_ids", id)) refuse_read(org, "invalid assertion");
  auto grant = std::make_shared<Grant>();
  grant->username = user->username;
  grant->scopes = {"full"};
  App opaque;
  opaque.is_named_user_jwt_enabled = false;
  json tokens = issue_tokens(org, opaque, grant, user.get(), grant->scopes);
  json response;
  for (const char* name : {"id", "issued_at", "instance_url", "signature", "access_token"}) {
    if (tokens.contains(name)) response[name] = tokens[name];
  }
  return json_response(200, response);
}

}  // namespace hlid_sim
