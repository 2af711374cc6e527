#include "crypto/pem.h"

#include "base/text.h"
#include "codec/base64.h"

namespace hlid {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

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

}  // namespace hlid
