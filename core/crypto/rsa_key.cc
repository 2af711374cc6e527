#include "crypto/rsa_key.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/openssl.h"
#include "crypto/pem.h"
#include "crypto/roca.h"
#include "crypto/rsa_numbers.h"

namespace hlid {
namespace {

constexpr int kMinKeyBits = 2048;
constexpr int kMaxKeyBits = 8192;

struct Form {
  std::string_view label;
  std::optional<RsaNumbers> (*read)(std::string_view der);
};
constexpr Form kForms[] = {{"PRIVATE KEY", read_private_key_info}, {"RSA PRIVATE KEY", read_rsa_private_key}};

struct Block {
  Secret der;
  const Form* form;
};

std::optional<Block> read_block(std::string_view pem) {
  for (const Form& form : kForms) {
    if (auto der = read_pem(pem, form.label)) return Block{std::move(*der), &form};
  }
  return std::nullopt;
}

// OpenSSL expects numbers in the machine's byte order, and copies them; our copies are wiped.
EVP_PKEY* make_key(const RsaNumbers& numbers) {
  const std::pair<const char*, std::string_view> named[] = {
      {OSSL_PKEY_PARAM_RSA_N, numbers.modulus},           {OSSL_PKEY_PARAM_RSA_E, numbers.public_exponent},
      {OSSL_PKEY_PARAM_RSA_D, numbers.private_exponent},  {OSSL_PKEY_PARAM_RSA_FACTOR1, numbers.prime1},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, numbers.prime2},      {OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers.exponent1},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers.exponent2}, {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers.coefficient},
  };
  std::array<Secret, std::size(named)> values;
  std::array<OSSL_PARAM, std::size(named) + 1> params;
  for (size_t i = 0; i < std::size(named); ++i) {
    values[i] = Secret(named[i].second);
    if constexpr (std::endian::native == std::endian::little) std::reverse(values[i].data(), values[i].data() + values[i].size());
    params[i] = OSSL_PARAM_construct_BN(named[i].first, openssl::bytes(values[i].data()), values[i].size());
  }
  params.back() = OSSL_PARAM_construct_end();
  const openssl::KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.data()) != 1) {
    return nullptr;
  }
  return key;
}

// A damaged key makes signatures that cannot be verified: better found now than in the first login.
bool parts_fit(EVP_PKEY* key, const Result<Secret>& signature) {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  const bool good = signature && context &&
                    EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) == 1 &&
                    EVP_DigestVerify(context.get(), openssl::bytes(signature->view()), signature->size(),
                                     openssl::bytes(std::string_view()), 0) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

void RsaKey::Freed::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<RsaKey> RsaKey::from_pem(std::string_view pem, std::string_view field) {
  if (pem.size() > kMaxPrivateKeyPem) return Error::argument(field, "is larger than 16 KiB");
  if (contains_ignoring_case(pem, "ENCRYPTED")) return Error::argument(field, "is encrypted: give the key without a passphrase");
  const auto block = read_block(pem);
  const auto numbers = block ? block->form->read(block->der.view()) : std::nullopt;
  if (!numbers) {
    const std::string_view other = other_than_key(pem, true);
    return Error::argument(field, !other.empty() ? other
                                  : block        ? "is not an RSA private key"
                                                 : "is not a PEM block of PRIVATE KEY or RSA PRIVATE KEY");
  }
  RsaKey key(make_key(*numbers));
  ERR_clear_error();  // the host's error queue is not ours to fill
  if (key.key_ == nullptr) return Error::argument(field, "is not an RSA private key");
  if (has_roca_primes(numbers->modulus)) {
    return Error::argument(field, "is a key that can be computed from its public half (CVE-2017-15361): generate another one");
  }
  const int bits = EVP_PKEY_get_bits(key.key_.get());
  if (bits < kMinKeyBits || bits > kMaxKeyBits) return Error::argument(field, "must be a key of 2048 to 8192 bits");
  if (!parts_fit(key.key_.get(), key.sign_rs256("")))
    return Error::argument(field, "is an RSA private key whose parameters are inconsistent");
  return key;
}

Result<Secret> RsaKey::sign_rs256(std::string_view input) const {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  Secret signature;
  signature.resize(static_cast<size_t>(EVP_PKEY_get_size(key_.get())));
  size_t size = signature.size();
  const bool good =
      context && EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(), nullptr) == 1 &&
      EVP_DigestSign(context.get(), openssl::bytes(signature.data()), &size, openssl::bytes(input), input.size()) == 1;
  ERR_clear_error();
  if (!good) return Error::state("cannot_sign", "the private key did not sign");
  signature.resize(size);
  return signature;
}

RsaPublicKey RsaKey::public_key() const {
  const auto number = [&](const char* name) {
    BIGNUM* found = nullptr;
    Secret bytes;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &found) != 1) return bytes;
    const openssl::BigNumber owned(found);
    bytes.resize(static_cast<size_t>(BN_num_bytes(found)));
    BN_bn2bin(found, openssl::bytes(bytes.data()));
    return bytes;
  };
  return {number(OSSL_PKEY_PARAM_RSA_N), number(OSSL_PKEY_PARAM_RSA_E)};
}

}  // namespace hlid
