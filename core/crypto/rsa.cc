#include "crypto/rsa.h"

#include <openssl/err.h>

#include <optional>
#include <utility>

#include "crypto/openssl.h"
#include "crypto/pem.h"
#include "crypto/roca.h"
#include "crypto/rsa_numbers.h"

namespace hlid {
namespace {

using namespace openssl;  // NOLINT: this file's subject

Key make_key(const BIGNUM* n, const BIGNUM* e) {
  const ParamBuild build(OSSL_PARAM_BLD_new());
  if (!build || OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e) != 1) {
    return nullptr;
  }
  const Params params(OSSL_PARAM_BLD_to_param(build.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return Key(key);
}

struct Numbers {
  BigNumber n, e;
};

std::optional<Numbers> good_numbers(std::string_view modulus, std::string_view exponent) {
  if (modulus.size() > 1024 || exponent.size() > 4 || exponent.empty()) return std::nullopt;
  BigNumber n(BN_bin2bn(bytes(modulus), static_cast<int>(modulus.size()), nullptr));
  BigNumber e(BN_bin2bn(bytes(exponent), static_cast<int>(exponent.size()), nullptr));
  if (!n || !e || BN_num_bits(n.get()) < 2048 || !BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get()))
    return std::nullopt;
  if (has_roca_primes(modulus)) return std::nullopt;
  return Numbers{std::move(n), std::move(e)};
}

}  // namespace

bool may_verify_rs256(std::string_view modulus, std::string_view exponent) { return good_numbers(modulus, exponent).has_value(); }

void RsaVerifier::Freed::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

RsaVerifier::RsaVerifier(std::string_view modulus, std::string_view exponent) {
  const auto numbers = good_numbers(modulus, exponent);
  if (numbers) key_.reset(make_key(numbers->n.get(), numbers->e.get()).release());
  ERR_clear_error();  // the host's error queue is not ours to fill
}

bool RsaVerifier::verify_rs256(std::string_view input, std::string_view signature) const {
  if (!usable()) return false;
  const DigestContext context(EVP_MD_CTX_new());
  const bool good = context &&
                    EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(), nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(input), input.size()) == 1;
  ERR_clear_error();
  return good;
}

bool verify_rs256(std::string_view modulus, std::string_view exponent, std::string_view input, std::string_view signature) {
  return RsaVerifier(modulus, exponent).verify_rs256(input, signature);
}

std::optional<RsaPublicKey> read_public_key(std::string_view pem) {
  auto der = read_pem(pem, "CERTIFICATE");
  const bool is_certificate = der.has_value();
  if (!der) der = read_pem(pem, "PUBLIC KEY");
  if (!der) return std::nullopt;
  const auto numbers = is_certificate ? read_certificate(der->view()) : read_public_key_info(der->view());
  if (!numbers || !may_verify_rs256(numbers->modulus, numbers->exponent)) return std::nullopt;
  return RsaPublicKey{Secret(numbers->modulus), Secret(numbers->exponent)};
}

}  // namespace hlid
