#include "simulator/saml.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace hlid_sim {
namespace {

constexpr std::string_view kSignatureUri = "http://www.w3.org/2000/09/xmldsig#";
constexpr std::string_view kExclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr std::string_view kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr std::string_view kRsaSha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
constexpr std::string_view kSha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
constexpr std::string_view kBearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
constexpr const char* kInvalid = "invalid assertion";

std::optional<std::string> base64_text(const XmlNode* node) {
  if (!node) return std::nullopt;
  std::string text = node->own_text();
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; });
  return from_base64(text);
}

bool has_algorithm(const XmlNode& parent, std::string_view name, std::string_view algorithm) {
  const XmlNode* node = parent.only(kSignatureUri, name);
  return node && node->attribute("Algorithm") == algorithm && node->children.empty();
}

// How many elements there are of that name, at whatever depth.
size_t count(const XmlNode& node, std::string_view uri, std::string_view name) {
  size_t found = node.is(uri, name) ? 1 : 0;
  for (const auto& child : node.children) found += count(child, uri, name);
  return found;
}

bool covers(const XmlNode& reference, const XmlNode& assertion, const XmlNode& signature) {
  if (assertion.attribute("ID").empty() || reference.attribute("URI") != "#" + assertion.attribute("ID")) return false;
  const XmlNode* transforms = reference.only(kSignatureUri, "Transforms");
  if (!transforms) return false;
  const auto steps = transforms->all(kSignatureUri, "Transform");
  const bool plain = steps.size() == 2 && steps[0]->attribute("Algorithm") == kEnveloped &&
                     steps[1]->attribute("Algorithm") == kExclusive && steps[1]->children.empty();
  if (!plain || !has_algorithm(reference, "DigestMethod", kSha256)) return false;
  return base64_text(reference.only(kSignatureUri, "DigestValue")) == sha256(canonical(assertion, &signature));
}

bool is_past(const std::string& text, int64_t now_s) {
  const auto time = read_utc_time(text);
  return !time || *time <= now_s;
}

// The attribute that says until when; it must be there, not past, and not too far away.
bool is_valid_until(const XmlNode& node, const SamlRules& rules) {
  const auto end = read_utc_time(node.attribute("NotOnOrAfter"));
  return end && *end * 1000 > rules.now_ms && *end * 1000 <= rules.now_ms + rules.longest_ms;
}

bool is_confirmed(const XmlNode& subject, const SamlRules& rules) {
  const XmlNode* confirmation = subject.only(kSamlUri, "SubjectConfirmation");
  const XmlNode* data = confirmation ? confirmation->only(kSamlUri, "SubjectConfirmationData") : nullptr;
  return data && confirmation->attribute("Method") == kBearer && data->attribute("Recipient") == rules.recipient &&
         is_valid_until(*data, rules);
}

}  // namespace

std::optional<int64_t> read_utc_time(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text.back() != 'Z')
    return std::nullopt;
  const std::string_view fraction = text.substr(19, text.size() - 20);
  const bool digits_only =
      std::all_of(fraction.begin() + (fraction.empty() ? 0 : 1), fraction.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!fraction.empty() && (fraction.front() != '.' || fraction.size() < 2 || !digits_only)) return std::nullopt;
  const auto number = [&](size_t from, size_t size) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data() + from, text.data() + from + size, value);
    return error == std::errc() && end == text.data() + from + size ? value : -1;
  };
  using namespace std::chrono;
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;
  return int64_t{sys_days{date}.time_since_epoch().count()} * 86'400 + hour * 3600 + minute * 60 + second;
}

bool is_signed_by(const XmlNode& assertion, EVP_PKEY* key) {
  const XmlNode* signature = assertion.only(kSignatureUri, "Signature");
  if (!key || !signature || count(assertion, kSignatureUri, "Signature") != 1 || count(assertion, kSamlUri, "Assertion") != 1)
    return false;
  const XmlNode* info = signature->only(kSignatureUri, "SignedInfo");
  const auto value = base64_text(signature->only(kSignatureUri, "SignatureValue"));
  if (!info || !value || !has_algorithm(*info, "CanonicalizationMethod", kExclusive) ||
      !has_algorithm(*info, "SignatureMethod", kRsaSha256))
    return false;
  const XmlNode* reference = info->only(kSignatureUri, "Reference");
  return reference && covers(*reference, assertion, *signature) && verify_rs256(key, canonical(*info), *value);
}

std::string refused_saml(const XmlNode& assertion, const SamlRules& rules) {
  const int64_t now_s = rules.now_ms / 1000;
  if (assertion.attribute("Version") != "2.0" || !read_utc_time(assertion.attribute("IssueInstant"))) return kInvalid;
  const XmlNode* subject = assertion.only(kSamlUri, "Subject");
  if (!subject || !subject->only(kSamlUri, "NameID") || !is_confirmed(*subject, rules)) return kInvalid;
  const XmlNode* conditions = assertion.only(kSamlUri, "Conditions");
  if (!conditions || !is_valid_until(*conditions, rules)) return kInvalid;
  const std::string begin = conditions->attribute("NotBefore");
  if (!begin.empty() && !is_past(begin, now_s)) return kInvalid;
  const XmlNode* restriction = conditions->only(kSamlUri, "AudienceRestriction");
  const auto audiences = restriction ? restriction->all(kSamlUri, "Audience") : std::vector<const XmlNode*>();
  const bool ours = std::any_of(audiences.begin(), audiences.end(), [&](const XmlNode* each) {
    return std::find(rules.audiences.begin(), rules.audiences.end(), each->own_text()) != rules.audiences.end();
  });
  return ours ? "" : "Audience validation failed";
}

}  // namespace hlid_sim
