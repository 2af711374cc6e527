#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace hlid {
namespace {

template <typename Digest>
Digest hmac(const EVP_MD* algorithm, std::string_view key, std::string_view bytes) {
  Digest out{};
  unsigned size = 0;
  HMAC(algorithm, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
       out.data(), &size);
  return out;
}

// Looked up once: OpenSSL takes as long for that as for hashing a short text.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched != nullptr ? fetched : EVP_sha256();  // where memory was short at that moment: looked up each time
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 out{};
  EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, fetched_sha256(), nullptr);
  return out;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) { return hmac<Sha256>(EVP_sha256(), key, bytes); }
Sha1 hmac_sha1(std::string_view key, std::string_view bytes) { return hmac<Sha1>(EVP_sha1(), key, bytes); }

std::string_view as_view(const Sha256& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }
std::string_view as_view(const Sha1& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace hlid
