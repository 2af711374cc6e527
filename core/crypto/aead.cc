#include "crypto/aead.h"

#include <openssl/err.h>

#include <climits>

#include "crypto/openssl.h"

namespace hlid {
namespace {

// Lengths are int to OpenSSL.
bool fits(std::string_view text) { return text.size() <= static_cast<size_t>(INT_MAX); }

openssl::CipherContext begin(std::string_view key, std::string_view nonce, bool seals) {
  if (key.size() != kAeadKey || nonce.size() != kAeadNonce) return nullptr;
  const openssl::Cipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  openssl::CipherContext context(EVP_CIPHER_CTX_new());
  if (!cipher || !context ||
      EVP_CipherInit_ex2(context.get(), cipher.get(), openssl::bytes(key), openssl::bytes(nonce), seals ? 1 : 0, nullptr) != 1) {
    return nullptr;
  }
  return context;
}

// `into` null: the bytes are only authenticated.
bool take(EVP_CIPHER_CTX* context, unsigned char* into, std::string_view from) {
  int written = 0;
  return from.empty() ||
         (fits(from) && EVP_CipherUpdate(context, into, &written, openssl::bytes(from), static_cast<int>(from.size())) == 1);
}

bool end(EVP_CIPHER_CTX* context) {
  unsigned char nothing[EVP_MAX_BLOCK_LENGTH];  // GCM writes no more here
  int written = 0;
  return EVP_CipherFinal_ex(context, nothing, &written) == 1;
}

}  // namespace

Result<Secret> aead_seal(std::string_view key, std::string_view nonce, std::string_view bound, std::string_view plain) {
  Secret sealed;
  sealed.resize(plain.size() + kAeadTag);
  const auto context = begin(key, nonce, true);
  const bool good = context && take(context.get(), nullptr, bound) && take(context.get(), openssl::bytes(sealed.data()), plain) &&
                    end(context.get()) &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kAeadTag, sealed.data() + plain.size()) == 1;
  ERR_clear_error();  // the host's error queue is not ours to fill
  if (!good) return Error::state("cannot_seal", "the bytes could not be encrypted");
  return sealed;
}

std::optional<Secret> aead_open(std::string_view key, std::string_view nonce, std::string_view bound, std::string_view sealed) {
  if (sealed.size() < kAeadTag) return std::nullopt;
  const std::string_view text = sealed.substr(0, sealed.size() - kAeadTag);
  Secret tag(sealed.substr(text.size()));  // OpenSSL wants it in writable memory
  Secret plain;
  plain.resize(text.size());
  const auto context = begin(key, nonce, false);
  const bool good = context && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kAeadTag, tag.data()) == 1 &&
                    take(context.get(), nullptr, bound) && take(context.get(), openssl::bytes(plain.data()), text) &&
                    end(context.get());
  ERR_clear_error();
  if (!good) return std::nullopt;
  return plain;
}

}  // namespace hlid
