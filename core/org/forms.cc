#include "org/forms.h"

#include <string>

#include "base/text.h"
#include "codec/base64.h"

namespace hlid::org {
namespace {

// "localhost:8080/x", and not "localhost.example.com".
bool is_local(std::string_view host) {
  for (const std::string_view one : {"localhost", "127.0.0.1", "[::1]"}) {
    if (!host.starts_with(one)) continue;
    host.remove_prefix(one.size());
    return host.empty() || std::string_view(":/?#").find(host.front()) != std::string_view::npos;
  }
  return false;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The length of "com.acme.app" before ":/"; 0 if the text does not begin with a scheme.
size_t scheme_of(std::string_view text) {
  size_t end = 0;
  while (end < text.size() &&
         (is_letter(text[end]) || (end > 0 && std::string_view("0123456789+-.").find(text[end]) != std::string_view::npos)))
    ++end;
  return text.substr(end).starts_with(":/") ? end : 0;
}

}  // namespace

CallbackFault callback_fault(std::string_view address) {
  // A comma may be part of an address: before another scheme it separates two.
  for (size_t at = address.find_first_of(", ;"); at != std::string_view::npos; at = address.find_first_of(", ;", at + 1)) {
    if (address[at] == ' ' || scheme_of(trimmed(address.substr(at + 1))) != 0) return CallbackFault::several;
  }
  const size_t scheme = scheme_of(address);
  if (scheme == 0) return CallbackFault::no_scheme;
  const std::string_view name = address.substr(0, scheme);
  const bool open = equals_ignoring_case(name, "http");
  if (!open && !equals_ignoring_case(name, "https")) return CallbackFault::none;
  const std::string_view rest = address.substr(scheme + 1);
  if (!rest.starts_with("//") || rest.size() == 2 || rest[2] == '/') return CallbackFault::no_scheme;
  return open && !is_local(rest.substr(2)) ? CallbackFault::not_encrypted : CallbackFault::none;
}

CertificateFault certificate_fault(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  if (text.find("PRIVATE KEY") != std::string_view::npos) return CertificateFault::private_key;
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
