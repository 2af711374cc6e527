#include "keys.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

namespace secrets {
namespace {

constexpr std::array<const char*, 6> kNumbers = {OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_FACTOR1,
                                                 OSSL_PKEY_PARAM_RSA_FACTOR2,   OSSL_PKEY_PARAM_RSA_EXPONENT1,
                                                 OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
// 64 characters are 48 bytes; before the first secret number stand 26 bytes of frame, the modulus and the exponent.
constexpr size_t kPublicLines = 7;

void must(bool good) {
  if (!good) std::abort();
}

void write_all(int to, const void* data, size_t size) {
  const auto count = static_cast<uint32_t>(size);
  must(::write(to, &count, sizeof count) == sizeof count);
  must(::write(to, data, size) == static_cast<ssize_t>(size));
}

// In the other process.
[[noreturn]] void make_key(int to) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  BIO* out = BIO_new(BIO_s_mem());
  must(key != nullptr && PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out, &text);
  write_all(to, text, static_cast<size_t>(size));
  for (const char* name : kNumbers) {
    BIGNUM* number = nullptr;
    must(EVP_PKEY_get_bn_param(key, name, &number) == 1);
    std::vector<unsigned char> bytes(static_cast<size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, bytes.data());
    write_all(to, bytes.data(), bytes.size());
  }
  ::_exit(0);
}

Masked read_masked(int from) {
  uint32_t count = 0;
  must(::read(from, &count, sizeof count) == sizeof count);
  Masked out;
  for (uint32_t i = 0; i < count; ++i) {
    char c = 0;
    must(::read(from, &c, 1) == 1);
    out.push(c);
  }
  return out;
}

Masked part_of(const Masked& whole, size_t first) {
  Masked out;
  for (size_t i = first; i < whole.size(); ++i) out.push(whole.at(i));
  return out;
}

Masked reversed(const Masked& whole) {
  Masked out;
  for (size_t i = whole.size(); i-- > 0;) out.push(whole.at(i));
  return out;
}

void add_lines(PrivateKey& key) {
  Masked line;
  size_t number = 0;
  for (size_t i = 0; i < key.pem.size(); ++i) {
    if (key.pem.at(i) != '\n') {
      line.push(key.pem.at(i));
      continue;
    }
    // The first is the label; the last ones are short, or the label again.
    if (number > kPublicLines && line.size() == 64) key.parts.push_back({"a key's line " + std::to_string(number), line});
    line = Masked();
    ++number;
  }
}

PrivateKey fetch_key() {
  int ends[2];
  must(::pipe(ends) == 0);
  const pid_t child = ::fork();
  must(child >= 0);
  if (child == 0) make_key(ends[1]);
  ::close(ends[1]);
  PrivateKey key;
  key.pem = read_masked(ends[0]);
  add_lines(key);
  for (const char* name : kNumbers) {
    const Masked number = read_masked(ends[0]);
    // Without its beginning, over which an allocator's notes may lie.
    key.parts.push_back({std::string("a key's ") + name, part_of(number, 32)});
    key.parts.push_back({std::string("a key's ") + name + ", reversed", part_of(reversed(number), 32)});
  }
  ::close(ends[0]);
  int status = 0;
  must(::waitpid(child, &status, 0) == child && status == 0);
  return key;
}

}  // namespace

const PrivateKey& private_key(size_t number) {
  static std::vector<PrivateKey> keys(2);
  must(number < keys.size());
  if (keys[number].pem.empty()) keys[number] = fetch_key();
  return keys[number];
}

}  // namespace secrets
