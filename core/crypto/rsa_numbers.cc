#include "crypto/rsa_numbers.h"

namespace hlid {
namespace {

constexpr unsigned char kInteger = 0x02;
constexpr unsigned char kBits = 0x03;
constexpr unsigned char kOctets = 0x04;
constexpr unsigned char kSequence = 0x30;
constexpr unsigned char kAttributes = 0xA0;
constexpr unsigned char kVersion = 0xA0;
// SEQUENCE {1.2.840.113549.1.1.1, NULL}, without its own head.
constexpr std::string_view kRsaEncryption("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00", 13);

class Reader {
 public:
  explicit Reader(std::string_view der) : rest_(der) {}

  // What the next value holds, if it has this tag. Lengths are at most 65,535 and as short as they can be.
  std::optional<std::string_view> take(unsigned char tag) {
    if (rest_.size() < 2 || byte(0) != tag) return std::nullopt;
    size_t head = 2;
    size_t size = byte(1);
    if (size >= 0x80) {
      const size_t digits = size - 0x80;
      if (digits < 1 || digits > 2 || rest_.size() < 2 + digits) return std::nullopt;
      size = digits == 1 ? byte(2) : byte(2) << 8U | byte(3);
      if (size < (digits == 1 ? 0x80U : 0x100U)) return std::nullopt;
      head += digits;
    }
    if (rest_.size() - head < size) return std::nullopt;
    const std::string_view value = rest_.substr(head, size);
    rest_.remove_prefix(head + size);
    return value;
  }

  // A number that is not negative, without the zero in front that keeps it so.
  std::optional<std::string_view> number() {
    auto value = take(kInteger);
    if (!value || value->empty()) return std::nullopt;
    const auto at = [&](size_t i) { return static_cast<unsigned char>((*value)[i]); };
    if (at(0) >= 0x80) return std::nullopt;
    if (at(0) == 0 && value->size() > 1) {
      if (at(1) < 0x80) return std::nullopt;
      value->remove_prefix(1);
    }
    return value;
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  [[nodiscard]] size_t byte(size_t i) const { return static_cast<unsigned char>(rest_[i]); }
  std::string_view rest_;
};

// Of a SubjectPublicKeyInfo what is inside its SEQUENCE.
std::optional<RsaPublicNumbers> read_key_info(std::string_view info) {
  Reader reader(info);
  if (reader.take(kSequence) != kRsaEncryption) return std::nullopt;
  auto bits = reader.take(kBits);
  if (!bits || !reader.at_end() || bits->empty() || bits->front() != '\0') return std::nullopt;
  Reader outer(bits->substr(1));
  const auto key = outer.take(kSequence);
  if (!key || !outer.at_end()) return std::nullopt;
  Reader numbers(*key);
  const auto modulus = numbers.number();
  const auto exponent = numbers.number();
  if (!modulus || !exponent || !numbers.at_end()) return std::nullopt;
  return RsaPublicNumbers{*modulus, *exponent};
}

bool is_zero(const std::optional<std::string_view>& number) { return number && number->size() == 1 && number->front() == '\0'; }

}  // namespace

std::optional<RsaNumbers> read_rsa_private_key(std::string_view der) {
  Reader outer(der);
  const auto body = outer.take(kSequence);
  if (!body || !outer.at_end()) return std::nullopt;
  Reader reader(*body);
  if (!is_zero(reader.number())) return std::nullopt;  // 1: more than two primes
  RsaNumbers out;
  for (std::string_view* place : {&out.modulus, &out.public_exponent, &out.private_exponent, &out.prime1, &out.prime2,
                                  &out.exponent1, &out.exponent2, &out.coefficient}) {
    const auto number = reader.number();
    if (!number || is_zero(number)) return std::nullopt;
    *place = *number;
  }
  if (!reader.at_end()) return std::nullopt;
  return out;
}

std::optional<RsaNumbers> read_private_key_info(std::string_view der) {
  Reader outer(der);
  const auto body = outer.take(kSequence);
  if (!body || !outer.at_end()) return std::nullopt;
  Reader reader(*body);
  if (!is_zero(reader.number()) || reader.take(kSequence) != kRsaEncryption) return std::nullopt;
  const auto key = reader.take(kOctets);
  if (!key) return std::nullopt;
  if (!reader.at_end() && (!reader.take(kAttributes) || !reader.at_end())) return std::nullopt;
  return read_rsa_private_key(*key);
}

std::optional<RsaPublicNumbers> read_public_key_info(std::string_view der) {
  Reader outer(der);
  const auto info = outer.take(kSequence);
  return info && outer.at_end() ? read_key_info(*info) : std::nullopt;
}

std::optional<RsaPublicNumbers> read_certificate(std::string_view der) {
  Reader outer(der);
  const auto body = outer.take(kSequence);
  if (!body || !outer.at_end()) return std::nullopt;
  Reader certificate(*body);
  const auto signed_part = certificate.take(kSequence);
  if (!signed_part) return std::nullopt;
  Reader reader(*signed_part);
  // Version (of version 3 and 2), serial number; signature's algorithm, issuer, validity, subject.
  reader.take(kVersion);
  if (!reader.take(kInteger)) return std::nullopt;
  for (int i = 0; i < 4; ++i) {
    if (!reader.take(kSequence)) return std::nullopt;
  }
  const auto info = reader.take(kSequence);
  return info ? read_key_info(*info) : std::nullopt;
}

}  // namespace hlid
