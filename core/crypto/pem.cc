#include "crypto/pem.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "codec/base64.h"

namespace hlid {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool has_block(std::string_view pem, std::string_view label) {
  return pem.find(join({"-----BEGIN ", label, "-----"})) != std::string_view::npos;
}

// id-ecPublicKey (RFC 5480), Ed25519 and X25519 (RFC 8410), as DER has them.
bool names_curve(std::string_view der) {
  constexpr std::string_view kCurves[] = {"\x06\x07\x2A\x86\x48\xCE\x3D\x02\x01", "\x06\x03\x2B\x65\x70", "\x06\x03\x2B\x65\x6E"};
  return std::any_of(std::begin(kCurves), std::end(kCurves),
                     [&](std::string_view curve) { return der.find(curve) != std::string_view::npos; });
}

bool is_of_curve(std::string_view pem) {
  if (has_block(pem, "EC PRIVATE KEY") || has_block(pem, "EC PARAMETERS")) return true;
  for (const std::string_view label : {"PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"}) {
    if (const auto der = read_pem(pem, label)) return names_curve(der->view());
  }
  return false;
}

bool is_path(std::string_view given) {
  if (given.size() > 4096 || given.find_first_of("\r\n") != std::string_view::npos) return false;
  const bool begins = given.starts_with('/') || given.starts_with("./") || given.starts_with("../") || given.starts_with('~');
  constexpr std::string_view kEnds[] = {".pem", ".key", ".crt", ".cer", ".der", ".p12", ".pfx", ".jks"};
  return begins || std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) { return given.ends_with(end); });
}

}  // namespace

std::optional<Secret> read_pem(std::string_view pem, std::string_view label) {
  while (!pem.empty() && is_space(pem.front())) pem.remove_prefix(1);
  while (!pem.empty() && is_space(pem.back())) pem.remove_suffix(1);
  const std::string begin = join({"-----BEGIN ", label, "-----"});
  const std::string end = join({"-----END ", label, "-----"});
  if (!pem.starts_with(begin) || !pem.ends_with(end) || pem.size() < begin.size() + end.size()) return std::nullopt;
  pem.remove_prefix(begin.size());
  pem.remove_suffix(end.size());
  Secret text;
  text.reserve(pem.size());
  for (const char c : pem) {
    if (!is_space(c)) text.append(c);
  }
  auto der = from_base64(text.view(), Base64::standard);
  if (!der || der->empty()) return std::nullopt;
  return der;
}

std::string_view other_than_key(std::string_view given, bool is_private) {
  given = trimmed(given);
  if (is_path(given)) return "is a path: give the text of the file, in PEM";
  if (is_of_curve(given)) return "is a key on an elliptic curve (EC), or a certificate of one: RS256 needs RSA";
  if (has_block(given, "OPENSSH PRIVATE KEY")) return "is in OpenSSH's own form: convert it to PKCS#8";
  if (is_private && has_block(given, "CERTIFICATE")) return "is a certificate: give the private key that belongs to it";
  if (is_private && has_block(given, "PUBLIC KEY")) return "is a public key: give the private one, in PEM";
  if (!is_private && (has_block(given, "PRIVATE KEY") || has_block(given, "RSA PRIVATE KEY"))) {
    return "is a private key: give the public RSA key, or its certificate";
  }
  return {};
}

}  // namespace hlid
