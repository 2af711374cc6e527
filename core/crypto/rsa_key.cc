#include "crypto/rsa_key.h"

#include <openssl/err.h>

#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "codec/base64.h"
#include "crypto/openssl.h"

namespace hlid {
namespace {

constexpr int kMinKeyBits = 2048;
constexpr int kMaxKeyBits = 8192;

// OpenSSL's own default would ask on the terminal.
int refuse_passphrase(char*, int, int, void*) { return -1; }

struct Form {
  std::string_view begin, end;
  const char* structure;  // as OpenSSL's decoders name it
};
constexpr Form kForms[] = {
    {"-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "PrivateKeyInfo"},
    {"-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "type-specific"},
};

struct Block {
  Secret der;
  const char* structure;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The base64 between the two lines. Lines of headers ("Proc-Type: 4,ENCRYPTED") are no base64.
std::optional<Block> read_block(std::string_view pem) {
  while (!pem.empty() && is_space(pem.front())) pem.remove_prefix(1);
  while (!pem.empty() && is_space(pem.back())) pem.remove_suffix(1);
  for (const Form& form : kForms) {
    if (!pem.starts_with(form.begin) || !pem.ends_with(form.end) || pem.size() < form.begin.size() + form.end.size()) continue;
    pem.remove_prefix(form.begin.size());
    pem.remove_suffix(form.end.size());
    Secret text;
    text.reserve(pem.size());
    for (const char c : pem) {
      if (!is_space(c)) text.append(c);
    }
    auto der = from_base64(text.view(), Base64::standard);
    if (!der || der->empty()) return std::nullopt;
    return Block{std::move(*der), form.structure};
  }
  return std::nullopt;
}

EVP_PKEY* decode(const Block& block) {
  EVP_PKEY* key = nullptr;
  const openssl::DecoderContext context(
      OSSL_DECODER_CTX_new_for_pkey(&key, "DER", block.structure, "RSA", OSSL_KEYMGMT_SELECT_KEYPAIR, nullptr, nullptr));
  if (!context || OSSL_DECODER_CTX_set_pem_password_cb(context.get(), refuse_passphrase, nullptr) != 1) return nullptr;
  const unsigned char* at = openssl::bytes(block.der.view());
  size_t left = block.der.size();
  if (OSSL_DECODER_from_data(context.get(), &at, &left) == 1 && left == 0) return key;
  EVP_PKEY_free(key);
  return nullptr;
}

// A damaged key signs what nobody can verify: better found now than in the first login.
bool parts_fit(EVP_PKEY* key, const Result<Secret>& signature) {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  const bool good =
      signature && context &&
      EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key, nullptr) == 1 &&
      EVP_DigestVerify(context.get(), openssl::bytes(signature->view()), signature->size(), openssl::bytes(std::string_view()), 0) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

void RsaKey::Freed::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Result<RsaKey> RsaKey::from_pem(std::string_view pem, std::string_view field) {
  if (pem.size() > kMaxPrivateKeyPem) return Error::argument(field, "is over 16 KiB");
  if (contains_ignoring_case(pem, "ENCRYPTED")) return Error::argument(field, "is encrypted: give the key without a passphrase");
  const auto block = read_block(pem);
  if (!block) return Error::argument(field, "is no PEM block of PRIVATE KEY or RSA PRIVATE KEY");
  RsaKey key(decode(*block));
  ERR_clear_error();  // the host's error queue is not ours to fill
  if (key.key_ == nullptr || EVP_PKEY_is_a(key.key_.get(), "RSA") != 1) return Error::argument(field, "is no RSA private key");
  const int bits = EVP_PKEY_get_bits(key.key_.get());
  if (bits < kMinKeyBits || bits > kMaxKeyBits) return Error::argument(field, "is not of 2048 to 8192 bits");
  if (!parts_fit(key.key_.get(), key.sign_rs256(""))) return Error::argument(field, "is an RSA private key whose parts do not fit");
  return key;
}

Result<Secret> RsaKey::sign_rs256(std::string_view input) const {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  Secret signature;
  signature.resize(static_cast<size_t>(EVP_PKEY_get_size(key_.get())));
  size_t size = signature.size();
  const bool good = context &&
                    EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(), nullptr) == 1 &&
                    EVP_DigestSign(context.get(), openssl::bytes(signature.data()), &size, openssl::bytes(input), input.size()) == 1;
  ERR_clear_error();
  if (!good) return Error::state("cannot_sign", "the private key did not sign");
  signature.resize(size);
  return signature;
}

}  // namespace hlid
