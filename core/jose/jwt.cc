#include "jose/jwt.h"

#include <algorithm>

#include "base/limits.h"
#include "codec/base64.h"

namespace hlid {
namespace {

Error bad(std::string_view what) { return Error::protocol("bad_jwt", what); }

Result<void> parse_segment(std::string_view segment, JsonDocument& into) {
  const auto decoded = from_base64(segment, Base64::url_unpadded);
  if (!decoded) return bad("the access token has a segment that is no base64url");
  if (into.parse(decoded->view()) != JsonFault::none || !into.root().is_object()) {
    return bad("the access token has a segment that is no JSON object");
  }
  return {};
}

}  // namespace

bool looks_like_jwt(std::string_view token) {
  const bool base64url = std::all_of(token.begin(), token.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
  return token.starts_with("eyJ") || (base64url && std::count(token.begin(), token.end(), '.') == 2);
}

Result<void> JwtReader::read(std::string_view token) {
  if (token.size() > kMaxToken) return bad("the access token is over its maximum of 32 KiB");
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return bad("the access token has not three segments");
  }
  if (first > kMaxJwtHeader) return bad("the access token's header is over its maximum of 2 KiB");
  if (auto read = parse_segment(token.substr(0, first), header_); !read) return read;
  if (auto read = parse_segment(token.substr(first + 1, second - first - 1), claims_); !read) return read;
  if (header().text("alg") != "RS256") return bad("the access token is signed with another algorithm than RS256");
  if (const auto kid = header().find("kid"); kid && !kid->as_text()) return bad("the access token's kid is no text");
  for (const char* name : {"crit", "b64", "zip", "enc"}) {
    if (header().find(name)) return bad("the access token's header asks for an extension");
  }
  auto signature = from_base64(token.substr(second + 1), Base64::url_unpadded);
  if (!signature) return bad("the access token's signature is no base64url");
  signature_ = std::move(*signature);
  signing_input_ = token.substr(0, second);
  return {};
}

std::optional<int64_t> JwtReader::expires_at_ms() const {
  const auto claim = claims().find("exp");
  const auto seconds = claim ? claim->as_integer() : std::nullopt;
  // Beyond the year 9999 it is no time, and the product could overflow.
  if (!seconds || *seconds <= 0 || *seconds > 253'402'300'799) return std::nullopt;
  return *seconds * 1000;
}

}  // namespace hlid
