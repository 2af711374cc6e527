#include "jose/jwt.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

#include "base/limits.h"
#include "base/locked.h"
#include "base/text.h"
#include "codec/base64.h"

namespace hlid {
namespace {

// The number of dots that a byte counts as; kNotOfJwt for a byte that cannot be in a JWT.
constexpr uint8_t kNotOfJwt = 2;
constexpr std::array<uint8_t, 256> jwt_bytes() {
  std::array<uint8_t, 256> table{};
  for (auto& entry : table) entry = kNotOfJwt;
  for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
    table[static_cast<unsigned char>(c)] = 0;
  }
  table[static_cast<unsigned char>('.')] = 1;
  return table;
}
constexpr auto kJwtBytes = jwt_bytes();

}  // namespace

// Reads only tokens that do not begin like a JWT, and reads them once. The time reveals the result and the position of the
// first byte that cannot be in a JWT: in an opaque token, the '!' after the org's id.
bool looks_like_jwt(std::string_view token) {
  if (token.starts_with("eyJ")) return true;
  int dots = 0;
  for (const char c : token) {
    const uint8_t kind = kJwtBytes[static_cast<unsigned char>(c)];
    if (kind == kNotOfJwt) return false;
    dots += kind;
  }
  return dots == 2;
}

const JwtHeader& JwtReader::header() const {
  static const JwtHeader kUnread;
  return header_ == nullptr ? kUnread : *header_;
}

bool JwtReader::has_signature_of_a_key_pair() const {
  constexpr std::string_view kAlgorithms[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"};
  return std::find(std::begin(kAlgorithms), std::end(kAlgorithms), header().algorithm) != std::end(kAlgorithms);
}

Error JwtReader::bad(std::string_view problem) const { return Error::protocol("bad_jwt", join({what_, problem})); }

Result<void> JwtReader::parse_segment(std::string_view segment) {
  const auto fault = document_.parse_base64url(segment);
  if (!fault) return bad(" has a segment that is not base64url");
  if (*fault != JsonFault::none || !document_.root().is_object()) return bad(" has a segment that is not a JSON object");
  return {};
}

std::shared_ptr<const JwtHeader> JwtMemory::header_of(std::string_view segment) const {
  const Locked lock(busy_);
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.segment == segment; });
  return found == kept_.end() ? nullptr : found->header;
}

void JwtMemory::keep(std::string_view segment, std::shared_ptr<const JwtHeader> header) {
  Kept kept{std::string(segment), std::move(header)};
  const Locked lock(busy_);
  std::swap(kept_[oldest_], kept);  // the old one goes after the lock
  oldest_ = (oldest_ + 1) % kept_.size();
}

Result<void> check_algorithm(std::string_view token, JwtMemory& memory) {
  const size_t dot = token.find('.');
  if (dot == std::string_view::npos || dot > kMaxJwtHeader) return {};
  JwtReader jwt(memory);
  if (!jwt.read_header(token.substr(0, dot)) || jwt.has_signature_of_a_key_pair()) return {};
  return Error::protocol("bad_jwt",
                         "a token in the response is a JWT without a key pair's signature: its alg is not RS, PS or ES");
}

Result<void> JwtReader::read_header(std::string_view segment) {
  if (auto known = memory_ == nullptr ? nullptr : memory_->header_of(segment)) {
    header_ = std::move(known);
    return {};
  }
  if (auto parsed = parse_segment(segment); !parsed) return parsed;
  const JsonValue root = document_.root();
  const auto text = [&](std::string_view name) -> std::optional<std::string> {
    const auto member = root.find(name);
    if (!member) return std::nullopt;
    return std::string(member->as_text().value_or(""));
  };
  const auto key_id = root.find("kid");
  const bool asks_for_extension = root.find("crit") || root.find("b64") || root.find("zip") || root.find("enc");
  header_ = std::make_shared<const JwtHeader>(JwtHeader{.algorithm = std::string(root.text("alg").value_or("")),
                                                        .key_id = std::string(root.text("kid").value_or("")),
                                                        .type = text("typ"),
                                                        .salesforce_type = text("tty"),
                                                        .is_key_id_malformed = key_id && !key_id->as_text(),
                                                        .asks_for_extension = asks_for_extension});
  if (memory_ != nullptr) memory_->keep(segment, header_);
  return {};
}

Result<void> JwtReader::read(std::string_view token) {
  if (token.size() > kMaxToken) return bad(" is over its maximum of 32 KiB");
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return bad(" does not have three segments");
  }
  if (first > kMaxJwtHeader) return bad("'s header is over its maximum of 2 KiB");
  document_.reserve(std::max(first, second - first - 1));  // both are read in the same memory
  if (auto read = read_header(token.substr(0, first)); !read) return read;
  if (auto read = parse_segment(token.substr(first + 1, second - first - 1)); !read) return read;
  if (!has_signature_of_a_key_pair()) return bad(" is not signed with RS, PS or ES");
  if (header_->is_key_id_malformed) return bad("'s kid is not a string");
  if (header_->asks_for_extension) return bad("'s header asks for an extension");
  if (!is_base64url(token.substr(second + 1))) return bad("'s signature is not base64url");
  signature_ = token.substr(second + 1);
  signing_input_ = token.substr(0, second);
  return {};
}

Secret JwtReader::signature() const { return from_base64(signature_, Base64::url_unpadded).value_or(Secret()); }

std::optional<int64_t> JwtReader::expires_at_ms() const {
  const auto claim = claims().find("exp");
  const auto seconds = claim ? claim->as_integer() : std::nullopt;
  // Beyond the year 9999 it is not a time, and the product could overflow.
  if (!seconds || *seconds <= 0 || *seconds > 253'402'300'799) return std::nullopt;
  return *seconds * 1000;
}

}  // namespace hlid
