#include "flows/parts/saml.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/text.h"
#include "codec/base64.h"
#include "codec/xml_write.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace hlid {
namespace {

constexpr size_t kIdBytes = 16;

constexpr std::string_view kHead = R"(<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID=")";
constexpr std::string_view kIssuerEnd = "</saml:Issuer>";
constexpr std::string_view kSignatureNamespace = R"( xmlns:ds="http://www.w3.org/2000/09/xmldsig#")";

void append_hex(Secret& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : bytes) {
    out.append(kDigits[static_cast<unsigned char>(c) >> 4U]);
    out.append(kDigits[static_cast<unsigned char>(c) & 15U]);
  }
}

// ` name="value"`
void append_attribute(Secret& out, std::string_view name, std::string_view value) {
  out.append(' ');
  out.append(name);
  out.append("=\"");
  append_xml_attribute(out, value);
  out.append('"');
}

Secret signed_info_of(std::string_view assertion, std::string_view id) {
  Secret out("<ds:SignedInfo");
  out.append(kSignatureNamespace);
  out.append(R"(><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>)"
             R"(<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod>)"
             R"(<ds:Reference URI="#)");
  out.append(id);
  out.append(R"("><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></ds:Transform>)"
             R"(<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Transform></ds:Transforms>)"
             R"(<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>)");
  append_base64(out, as_view(sha256(assertion)), Base64::standard);
  out.append("</ds:DigestValue></ds:Reference></ds:SignedInfo>");
  return out;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view without_space_in_front(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

// From the first tag on: without a byte order mark, the XML declaration, instructions and comments.
std::string_view from_first_tag(std::string_view xml) {
  if (xml.starts_with("\xEF\xBB\xBF")) xml.remove_prefix(3);
  for (;;) {
    xml = without_space_in_front(xml);
    const std::string_view end = xml.starts_with("<?") ? "?>" : xml.starts_with("<!--") ? "-->" : "";
    if (end.empty()) return xml;
    const size_t at = xml.find(end, 2);
    if (at == std::string_view::npos) return {};
    xml.remove_prefix(at + end.size());
  }
}

// The name of the element that the text begins with, without its prefix.
std::string_view local_name(std::string_view tag) {
  tag.remove_prefix(1);
  const auto end = std::find_if(tag.begin(), tag.end(), [](char c) { return is_space(c) || c == '>' || c == '/'; });
  const std::string_view name = tag.substr(0, static_cast<size_t>(end - tag.begin()));
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// The name of the outermost element.
Result<std::string_view> outermost(std::string_view field, std::string_view xml) {
  if (!is_valid_utf8(xml)) return Error::argument(field, "is not XML in UTF-8");
  const std::string_view tag = from_first_tag(xml);
  if (!tag.starts_with('<')) return Error::argument(field, "is neither XML nor base64 of it");
  if (tag.starts_with("<!")) return Error::argument(field, "has a document type, which an assertion must not have");
  return local_name(tag);
}

Result<void> check_assertion(std::string_view field, std::string_view xml) {
  auto read = outermost(field, xml);
  if (!read) return std::move(read).error();
  const std::string_view name = *read;
  if (name == "Response") return Error::argument(field, "is a SAML Response: give the Assertion in it");
  if (name == "EncryptedAssertion") return Error::argument(field, "is encrypted: give the Assertion itself");
  if (name != "Assertion") return Error::argument(field, "is not a SAML 2.0 Assertion");
  if (xml.find("SignatureValue") == std::string_view::npos) return Error::argument(field, "is an Assertion without a signature");
  return {};
}

// The padding that some encoders add to base64url is dropped.
std::optional<Secret> decoded(std::string_view text) {
  if (auto bytes = from_base64(text, Base64::standard)) return bytes;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return from_base64(text, Base64::url_unpadded);
}

// As tools write base64: in lines.
Secret without_space(std::string_view text) {
  Secret out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(" \t\r\n"), text.size());
    out.append(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace

Result<SamlDraft> draft_saml_assertion(const SamlClaims& claims) {
  auto random = random_bytes(kIdBytes);
  if (!random) return std::move(random).error();
  Secret id("_");
  append_hex(id, random->view());
  const std::string expires = utc_time(claims.expires_at_ms);

  Secret out;
  out.reserve(2048);
  out.append(kHead);
  out.append(id.view());
  out.append('"');
  append_attribute(out, "IssueInstant", utc_time(claims.issued_at_ms));
  out.append(R"( Version="2.0"><saml:Issuer>)");
  append_xml_text(out, claims.issuer);
  out.append(kIssuerEnd);
  out.append(R"(<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">)");
  append_xml_text(out, claims.subject);
  out.append(R"(</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">)"
             "<saml:SubjectConfirmationData");
  append_attribute(out, "NotOnOrAfter", expires);
  append_attribute(out, "Recipient", claims.recipient);
  out.append("></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject><saml:Conditions");
  append_attribute(out, "NotOnOrAfter", expires);
  out.append("><saml:AudienceRestriction><saml:Audience>");
  append_xml_text(out, claims.audience);
  out.append("</saml:Audience></saml:AudienceRestriction></saml:Conditions></saml:Assertion>");
  Secret info = signed_info_of(out.view(), id.view());
  return SamlDraft{std::move(out), std::move(info)};
}

Secret signed_saml_assertion(std::string_view assertion, std::string_view signed_info, std::string_view signature) {
  // The schema's place for it. The issuer's own text has no '<'.
  const size_t at = assertion.find(kIssuerEnd) + kIssuerEnd.size();
  Secret out;
  out.reserve(assertion.size() + signed_info.size() + signature.size() * 4 / 3 + 256);
  out.append(assertion.substr(0, at));
  out.append("<ds:Signature");
  out.append(kSignatureNamespace);
  out.append('>');
  out.append(signed_info);
  out.append("<ds:SignatureValue>");
  append_base64(out, signature, Base64::standard);
  out.append("</ds:SignatureValue></ds:Signature>");
  out.append(assertion.substr(at));
  return out;
}

Result<Secret> encoded_saml_assertion(std::string_view field, std::string_view given) {
  const std::string_view text = trimmed(given);
  const auto bytes = text.starts_with('<') ? std::optional(Secret(text)) : decoded(text);
  if (!bytes) return Error::argument(field, "is neither XML nor base64 of it");
  if (auto good = check_assertion(field, bytes->view()); !good) return std::move(good).error();
  return to_base64(bytes->view(), Base64::url_unpadded);
}

Result<Secret> encoded_saml_response(std::string_view field, std::string_view given) {
  const std::string_view text = trimmed(given);
  auto xml = text.starts_with('<') ? std::optional(Secret(text)) : from_base64(without_space(text).view(), Base64::standard);
  if (!xml) return Error::argument(field, "is neither XML nor base64 of it");
  auto name = outermost(field, xml->view());
  if (!name) return std::move(name).error();
  if (*name != "Response" && *name != "Assertion") {
    return Error::argument(field, "is neither a SAML 2.0 Response nor an Assertion");
  }
  return to_base64(xml->view(), Base64::standard);
}

}  // namespace hlid
