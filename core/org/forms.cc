#include "org/forms.h"

#include <string>

#include "base/text.h"
#include "codec/base64.h"
#include "org/text_kinds.h"

namespace hlid::org {
CallbackFault callback_fault(std::string_view address) {
  // A comma may be part of an address: before another scheme it separates two.
  for (size_t at = address.find_first_of(", ;"); at != std::string_view::npos; at = address.find_first_of(", ;", at + 1)) {
    if (address[at] == ' ' || !scheme_of(trimmed(address.substr(at + 1))).empty()) return CallbackFault::several;
  }
  const std::string_view name = scheme_of(address);
  if (name.empty()) return CallbackFault::no_scheme;
  const bool open = equals_ignoring_case(name, "http");
  if (!open && !equals_ignoring_case(name, "https")) return CallbackFault::none;
  const std::string_view rest = address.substr(name.size() + 1);
  if (!rest.starts_with("//") || rest.size() == 2 || rest[2] == '/') return CallbackFault::no_scheme;
  return open && !is_local_callback(address) ? CallbackFault::not_encrypted : CallbackFault::none;
}

CertificateFault certificate_fault(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  if (has_private_key(text)) return CertificateFault::private_key;
  text = trimmed(text);
  if (text.starts_with("-----")) {
    const size_t end = text.find(kEnd);
    if (!text.starts_with(kBegin) || end == std::string_view::npos) return CertificateFault::other_pem;
    text = text.substr(kBegin.size(), end - kBegin.size());
  }
  std::string body;
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') body += c;
  }
  const auto bytes = from_base64(body, Base64::standard);
  // A certificate is a SEQUENCE of DER.
  const bool good = bytes && bytes->size() >= 64 && bytes->view().front() == '\x30';
  return good ? CertificateFault::none : CertificateFault::not_base64;
}

}  // namespace hlid::org
