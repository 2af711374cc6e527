// saml_assertion: the token endpoint of the org's own single sign-on, which exchanges what an identity provider made for a
// session. The endpoint's address carries the org's id in its query, and no app has part in this. No identity provider is set
// up in the simulated org, so that any signature is accepted; all else is checked.
#include <algorithm>
#include <charconv>
#include <chrono>

#include "simulator/crypto.h"
#include "simulator/grant_types.h"
#include "simulator/issue.h"

namespace hlid_sim {
namespace {

constexpr std::string_view kTokenPath = "/services/oauth2/token";
constexpr std::string_view kBrowserProfile = "urn:oasis:names:tc:SAML:2.0:profiles:SSO:browser";
constexpr std::string_view kEntityId = "https://saml.salesforce.com";
constexpr const char* kFields[] = {"grant_type", "assertion_type", "assertion", "format"};

// Of an assertion that could be read: with the address of the page that explains it.
[[noreturn]] void refuse_read(const Org& org, const char* text) {
  refuse(json_response(400, {{"error_uri", org.origin() + "/setup/secur/SAMLValidationPage.apexp"},
                             {"error", "invalid_grant"},
                             {"error_description", text}}));
}

// What follows the first `before`, up to `end`; empty if it is not there.
std::string between(const std::string& xml, std::string_view before, char end, size_t from = 0) {
  const size_t at = xml.find(before, from);
  if (at == std::string::npos) return {};
  const size_t begin = at + before.size();
  const size_t stop = xml.find(end, begin);
  return stop == std::string::npos ? "" : xml.substr(begin, stop - begin);
}

// The text of the first element of that name, whatever its prefix.
std::string text_of(const std::string& xml, const std::string& name) {
  for (size_t at = xml.find(name); at != std::string::npos; at = xml.find(name, at + 1)) {
    const char before = at == 0 ? ' ' : xml[at - 1];
    const char after = at + name.size() < xml.size() ? xml[at + name.size()] : ' ';
    if ((before == '<' || before == ':') && (after == '>' || after == ' ')) return between(xml, ">", '<', at);
  }
  return {};
}

// Seconds since 1970 of "2026-01-01T00:00:00Z", with or without a fraction; 0 for anything else.
int64_t seconds_of(const std::string& text) {
  const auto number = [&](size_t from, size_t size) {
    int value = -1;
    if (text.size() >= from + size) std::from_chars(text.data() + from, text.data() + from + size, value);
    return value;
  };
  using namespace std::chrono;
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  if (text.size() < 20 || text[10] != 'T' || text.back() != 'Z' || !date.ok()) return 0;
  return int64_t{sys_days{date}.time_since_epoch().count()} * 86'400 + number(11, 2) * 3600 + number(14, 2) * 60 + number(17, 2);
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
  if (!xml || !xml->starts_with('<')) refuse("invalid_grant", "invalid assertion");
  const size_t assertion = xml->find("Assertion");
  const std::string id = assertion == std::string::npos ? "" : between(*xml, "ID=\"", '"', assertion);
  if (id.empty()) refuse_read(org, "invalid assertion");
  org.watch()->count_use("assertion_ids", id);
  const std::string recipient = between(*xml, "Recipient=\"", '"');
  const std::string endpoint = org.origin() + std::string(kTokenPath) + "?" + request.query;
  const int64_t end = seconds_of(between(*xml, "NotOnOrAfter=\"", '"'));
  const bool fits = (recipient == endpoint || recipient == org.origin()) && text_of(*xml, "Audience") == kEntityId;
  if (!fits || end * 1000 <= org.now_ms()) refuse_read(org, "invalid assertion");
  const auto user = org.directory()->find_user(text_of(*xml, "NameID"));
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
