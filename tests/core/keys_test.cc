// Keys and what is made with them: AES-GCM, private RSA keys, assertions.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/aead.h"
#include "crypto/openssl.h"
#include "crypto/roca.h"
#include "crypto/rsa.h"
#include "crypto/rsa_key.h"
#include "jose/assertion.h"
#include "jose/jwt.h"
#include "tests/core/published_keys.h"

namespace hlid {
namespace {

std::string bytes_of_hex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return out;
}

// McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16.
struct Published {
  std::string key = bytes_of_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  std::string nonce = bytes_of_hex("cafebabefacedbaddecaf888");
  std::string bound = bytes_of_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  std::string plain = bytes_of_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  std::string sealed = bytes_of_hex(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
      "76fc6ece0f4e1768cddf8853bb2d551b");
};

TEST(Aead, gives_the_published_value_and_takes_it_back) {
  const Published p;
  const auto sealed = aead_seal(p.key, p.nonce, p.bound, p.plain);
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->view(), p.sealed);
  const auto opened = aead_open(p.key, p.nonce, p.bound, p.sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->view(), p.plain);
}

TEST(Aead, seals_nothing_and_binds_nothing) {
  const Published p;
  // Test case 13 has the key of zeros, no text and nothing bound.
  const auto sealed = aead_seal(std::string(32, '\0'), std::string(12, '\0'), "", "");
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->view(), bytes_of_hex("530f8afbc74536b9a963b4f1c4cb738b"));
  EXPECT_TRUE(aead_open(std::string(32, '\0'), std::string(12, '\0'), "", sealed->view()));
}

TEST(Aead, k15_one_bit_of_anything_is_enough_to_open_nothing) {
  const Published p;
  for (size_t bit = 0; bit < p.sealed.size() * 8; ++bit) {
    std::string changed = p.sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(aead_open(p.key, p.nonce, p.bound, changed)) << bit;
  }
  for (size_t size = 0; size < p.sealed.size(); ++size)
    EXPECT_FALSE(aead_open(p.key, p.nonce, p.bound, p.sealed.substr(0, size))) << size;
  EXPECT_FALSE(aead_open(p.key, p.nonce, p.bound, p.sealed + '\0'));
  EXPECT_FALSE(aead_open(p.key, p.nonce, p.bound.substr(1), p.sealed));
  EXPECT_FALSE(aead_open(p.key, p.nonce, "", p.sealed));
  EXPECT_FALSE(aead_open(p.key, std::string(12, '\0'), p.bound, p.sealed));
  EXPECT_FALSE(aead_open(std::string(32, '\0'), p.nonce, p.bound, p.sealed));
}

TEST(Aead, takes_keys_and_nonces_of_one_size) {
  const Published p;
  for (const size_t size : {size_t{0}, size_t{16}, size_t{31}, size_t{33}, size_t{64}}) {
    EXPECT_FALSE(aead_seal(std::string(size, 'k'), p.nonce, "", "x")) << size;
    EXPECT_FALSE(aead_open(std::string(size, 'k'), p.nonce, p.bound, p.sealed)) << size;
  }
  for (const size_t size : {size_t{0}, size_t{8}, size_t{11}, size_t{13}, size_t{16}}) {
    EXPECT_FALSE(aead_seal(p.key, std::string(size, 'n'), "", "x")) << size;
    EXPECT_FALSE(aead_open(p.key, std::string(size, 'n'), p.bound, p.sealed)) << size;
  }
}

TEST(RsaKey, signs_as_rfc_7515_a2_does) {
  for (const std::string_view pem : {kPublishedPkcs8, kPublishedPkcs1}) {
    const auto key = RsaKey::from_pem(pem);
    ASSERT_TRUE(key) << key.error().data().message;
    const auto signature = key->sign_rs256(kPublishedInput);
    ASSERT_TRUE(signature);
    EXPECT_EQ(to_base64(signature->view(), Base64::url_unpadded).view(), kPublishedSignature);
  }
}

TEST(RsaKey, takes_other_line_ends_and_white_space_around) {
  std::string crlf;
  for (const char c : kPublishedPkcs8) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  std::string one_line(kPublishedPkcs8);
  std::erase(one_line, '\n');
  for (const std::string& pem : {crlf, one_line, "\n\n" + std::string(kPublishedPkcs8) + "\n \n"})
    EXPECT_TRUE(RsaKey::from_pem(pem));
}

std::string message_of(std::string_view pem) {
  const auto key = RsaKey::from_pem(pem, "private_key");
  if (key) return "";
  EXPECT_EQ(key.error().data().kind, Kind::argument);
  EXPECT_EQ(key.error().data().field, "private_key");
  return key.error().data().message;
}

TEST(RsaKey, refuses_what_is_no_private_rsa_key_and_says_why) {
  const std::string good(kPublishedPkcs8);
  EXPECT_EQ(message_of(""), "private_key is not a PEM block of PRIVATE KEY or RSA PRIVATE KEY");
  EXPECT_EQ(message_of("-----BEGIN PRIVATE KEY-----"), "private_key is not a PEM block of PRIVATE KEY or RSA PRIVATE KEY");
  EXPECT_EQ(message_of("-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----"),
            "private_key is not a PEM block of PRIVATE KEY or RSA PRIVATE KEY");
  EXPECT_EQ(message_of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
            "private_key is a certificate: give the private key that belongs to it");
  EXPECT_EQ(message_of("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
            "private_key is a public key: give the private one, in PEM");
  EXPECT_EQ(message_of("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"),
            "private_key is in OpenSSH's own form: convert it to PKCS#8");
  for (const char* path : {"/etc/app/key.pem", "./key", "~/key", "server.key", "C:\\keys\\app.pem", "/etc/app/key.pem\n"})
    EXPECT_EQ(message_of(path), "private_key is a path: give the text of the file, in PEM") << path;
  EXPECT_EQ(message_of("hello"), "private_key is not a PEM block of PRIVATE KEY or RSA PRIVATE KEY");
  EXPECT_EQ(message_of(good + "\n" + good), "private_key is not a PEM block of PRIVATE KEY or RSA PRIVATE KEY");
  EXPECT_EQ(message_of("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), "private_key is not an RSA private key");
  EXPECT_EQ(message_of(kEncryptedKey), "private_key is encrypted: give the key without a passphrase");
  EXPECT_EQ(message_of("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----"),
            "private_key is encrypted: give the key without a passphrase");
  EXPECT_EQ(message_of(kEcKey), "private_key is a key on an elliptic curve (EC), or a certificate of one: RS256 needs RSA");
  EXPECT_EQ(message_of("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----"),
            "private_key is a key on an elliptic curve (EC), or a certificate of one: RS256 needs RSA");
  EXPECT_EQ(message_of(kPssKey), "private_key is not an RSA private key");
  EXPECT_EQ(message_of(kSmallKey), "private_key must be a key of 2048 to 8192 bits");
  EXPECT_EQ(message_of(kDamagedKey), "private_key is an RSA private key whose parameters are inconsistent");
  EXPECT_EQ(message_of(good + std::string(kMaxPrivateKeyPem, ' ')), "private_key is larger than 16 KiB");
}

TEST(RsaKey, refuses_a_key_that_was_cut_or_changed) {
  const std::string good(kPublishedPkcs8);
  for (size_t size = 0; size < good.size(); size += 7) EXPECT_FALSE(RsaKey::from_pem(good.substr(0, size))) << size;
  // Another character in the modulus. The numbers behind it say the same twice, and OpenSSL signs by the half that fits.
  const size_t modulus = good.find("AoIBAQCh") + 8;
  for (size_t at = modulus; at < modulus + 330; at += 11) {
    if (good[at] == '\n') continue;
    std::string changed = good;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(RsaKey::from_pem(changed)) << at;
  }
}

// The bytes between the two lines of a PEM block.
std::string der_of(std::string_view pem) {
  std::string text(pem.substr(pem.find('\n')));
  text.resize(text.find("-----END"));
  std::erase(text, '\n');
  const auto der = from_base64(text, Base64::standard);
  return der ? std::string(der->view()) : "";
}

std::string pem_of(std::string_view label, std::string_view der) {
  std::string pem = "-----BEGIN ";
  pem.append(label)
      .append("-----\n")
      .append(to_base64(der, Base64::standard).view())
      .append("\n-----END ")
      .append(label)
      .append("-----\n");
  return pem;
}

TEST(RsaKey, reads_der_to_its_last_byte_and_no_further) {
  for (const auto& [label, pem] :
       {std::pair<std::string_view, std::string_view>{"PRIVATE KEY", kPublishedPkcs8}, {"RSA PRIVATE KEY", kPublishedPkcs1}}) {
    const std::string der = der_of(pem);
    ASSERT_TRUE(RsaKey::from_pem(pem_of(label, der)));
    for (size_t size = 0; size < der.size(); ++size) EXPECT_FALSE(RsaKey::from_pem(pem_of(label, der.substr(0, size)))) << size;
    EXPECT_FALSE(RsaKey::from_pem(pem_of(label, der + '\0')));
    // Version, algorithm, tags and lengths: nothing in front of the first number may be otherwise.
    const size_t first = der.find("\x02\x82\x01\x01");
    ASSERT_NE(first, std::string::npos);
    for (size_t at = 0; at < first + 4; ++at) {
      for (const int bit : {1, 2, 128}) {
        std::string changed = der;
        changed[at] = static_cast<char>(changed[at] ^ bit);
        EXPECT_FALSE(RsaKey::from_pem(pem_of(label, changed))) << label << " " << at << " " << bit;
      }
    }
  }
}

TEST(RsaKey, passes_over_attributes) {
  std::string der = der_of(kPublishedPkcs8);
  ASSERT_EQ(der.substr(0, 2), "\x30\x82");
  const size_t size = der.size() - 4 + 2;
  der[2] = static_cast<char>(size >> 8U);
  der[3] = static_cast<char>(size);
  const std::string none("\xA0\x00", 2);
  EXPECT_TRUE(RsaKey::from_pem(pem_of("PRIVATE KEY", der + none)));
  EXPECT_FALSE(RsaKey::from_pem(pem_of("PRIVATE KEY", der + std::string("\xA1\x00", 2))));
}

// The primes of CVE-2017-15361: k * M + (65537^a mod M), M the product of the first small primes. `count`: of how many.
openssl::BigNumber broken_prime(BN_CTX* context, unsigned exponent, int bits, int count) {
  openssl::BigNumber product(BN_new()), start(BN_new()), base(BN_new()), power(BN_new()), prime(BN_new()), step(BN_new());
  BN_one(product.get());
  int taken = 0;
  for (BN_ULONG candidate = 2; taken < count; ++candidate) {
    bool is_prime = true;
    for (BN_ULONG divisor = 2; divisor * divisor <= candidate; ++divisor) is_prime = is_prime && candidate % divisor != 0;
    if (!is_prime) continue;
    BN_mul_word(product.get(), candidate);
    ++taken;
  }
  BN_set_word(base.get(), 65537);
  BN_set_word(power.get(), exponent);
  BN_mod_exp(start.get(), base.get(), power.get(), product.get(), context);
  BN_set_bit(prime.get(), bits - 1);
  BN_set_bit(prime.get(), bits - 2);
  BN_mod(step.get(), prime.get(), product.get(), context);
  BN_sub(prime.get(), prime.get(), step.get());
  BN_add(prime.get(), prime.get(), start.get());
  while (BN_check_prime(prime.get(), context, nullptr) != 1) BN_add(prime.get(), prime.get(), product.get());
  return prime;
}

std::string bytes_of(const BIGNUM* number) {
  std::string out(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, openssl::bytes(out.data()));
  return out;
}

std::string pem_of(const BIGNUM* p, const BIGNUM* q, BN_CTX* context) {
  openssl::BigNumber n(BN_new()), e(BN_new()), d(BN_new()), p1(BN_new()), q1(BN_new()), phi(BN_new()), dp(BN_new()), dq(BN_new()),
      inverse(BN_new());
  BN_mul(n.get(), p, q, context);
  BN_set_word(e.get(), 65537);
  BN_sub(p1.get(), p, BN_value_one());
  BN_sub(q1.get(), q, BN_value_one());
  BN_mul(phi.get(), p1.get(), q1.get(), context);
  BN_mod_inverse(d.get(), e.get(), phi.get(), context);
  BN_mod(dp.get(), d.get(), p1.get(), context);
  BN_mod(dq.get(), d.get(), q1.get(), context);
  BN_mod_inverse(inverse.get(), q, p, context);
  const auto tagged = [](char tag, const std::string& body) {
    std::string head(1, tag);
    if (body.size() < 0x80) return head + static_cast<char>(body.size()) + body;
    if (body.size() < 0x100) return head + '\x81' + static_cast<char>(body.size()) + body;
    return head + '\x82' + static_cast<char>(body.size() >> 8U) + static_cast<char>(body.size() & 0xFFU) + body;
  };
  std::string body = tagged('\x02', std::string(1, '\0'));
  for (const BIGNUM* number :
       {static_cast<const BIGNUM*>(n.get()), static_cast<const BIGNUM*>(e.get()), static_cast<const BIGNUM*>(d.get()), p, q,
        static_cast<const BIGNUM*>(dp.get()), static_cast<const BIGNUM*>(dq.get()), static_cast<const BIGNUM*>(inverse.get())}) {
    std::string bytes = bytes_of(number);
    if (static_cast<unsigned char>(bytes[0]) >= 0x80) bytes.insert(bytes.begin(), '\0');
    body += tagged('\x02', bytes);
  }
  return "-----BEGIN RSA PRIVATE KEY-----\n" + std::string(to_base64(tagged('\x30', body), Base64::standard).view()) +
         "\n-----END RSA PRIVATE KEY-----\n";
}

TEST(RsaKey, one_that_anybody_can_compute_is_refused) {
  const std::unique_ptr<BN_CTX, void (*)(BN_CTX*)> context(BN_CTX_new(), BN_CTX_free);
  // 126 primes is what the generator took for such a size, 39 the fewest.
  for (const int count : {126, 39}) {
    const auto p = broken_prime(context.get(), 4711, 1024, count);
    const auto q = broken_prime(context.get(), 99'991, 1024, count);
    const auto n = openssl::BigNumber(BN_new());
    BN_mul(n.get(), p.get(), q.get(), context.get());
    ASSERT_EQ(BN_num_bits(n.get()), 2048);
    EXPECT_TRUE(has_roca_primes(bytes_of(n.get())));
    const auto refused = RsaKey::from_pem(pem_of(p.get(), q.get(), context.get()), "private_key");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().data().field, "private_key");
    EXPECT_NE(refused.error().data().message.find("CVE-2017-15361"), std::string::npos);
    EXPECT_FALSE(may_verify_rs256(bytes_of(n.get()), std::string("\x01\x00\x01", 3)));
    // With one good prime of the two it is another key.
    openssl::BigNumber good(BN_new());
    ASSERT_EQ(BN_generate_prime_ex2(good.get(), 1024, 0, nullptr, nullptr, nullptr, context.get()), 1);
    BN_mul(n.get(), p.get(), good.get(), context.get());
    EXPECT_FALSE(has_roca_primes(bytes_of(n.get())));
    EXPECT_TRUE(RsaKey::from_pem(pem_of(p.get(), good.get(), context.get())));
  }
}

// The mark is a matter of remainders alone: made here for each of the primes, and broken at each.
TEST(RsaKey, the_mark_of_a_broken_generator_is_on_every_small_prime) {
  const std::unique_ptr<BN_CTX, void (*)(BN_CTX*)> context(BN_CTX_new(), BN_CTX_free);
  openssl::BigNumber product(BN_new()), power(BN_new()), base(BN_new()), exponent(BN_new()), changed(BN_new()), part(BN_new());
  const std::vector<BN_ULONG> primes = {3,  5,  7,  11, 13, 17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67,  71,
                                        73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  BN_one(product.get());
  for (const BN_ULONG prime : primes) BN_mul_word(product.get(), prime);
  BN_set_word(base.get(), 65537);
  for (BN_ULONG a = 0; a < 500; a += 7) {
    BN_set_word(exponent.get(), a);
    BN_mod_exp(power.get(), base.get(), exponent.get(), product.get(), context.get());
    EXPECT_TRUE(has_roca_primes(bytes_of(power.get()))) << a;
    for (const BN_ULONG prime : primes) {
      // Another remainder for this one prime; the others stay.
      BN_copy(part.get(), product.get());
      BN_div_word(part.get(), prime);
      BN_copy(changed.get(), power.get());
      bool always = true;  // 65537 makes every remainder but zero of some primes
      for (BN_ULONG i = 0; i < prime && always; ++i) {
        always = BN_mod_word(changed.get(), prime) == 0 ? always : has_roca_primes(bytes_of(changed.get()));
        if (BN_mod_word(changed.get(), prime) == 0) {
          EXPECT_FALSE(has_roca_primes(bytes_of(changed.get()))) << prime;
        }
        BN_add(changed.get(), changed.get(), part.get());
      }
      BN_ULONG order = 1;
      for (BN_ULONG x = 65537 % prime; x != 1; x = x * (65537 % prime) % prime) ++order;
      EXPECT_EQ(always, order == prime - 1) << prime;
    }
  }
}

TEST(RsaKey, is_shared_by_threads) {
  const auto key = RsaKey::from_pem(kPublishedPkcs8);
  ASSERT_TRUE(key);
  std::vector<int> good(4, 0);
  std::vector<std::thread> threads;
  for (int& count : good) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto signature = key->sign_rs256(kPublishedInput);
        count += signature && to_base64(signature->view(), Base64::url_unpadded).view() == kPublishedSignature ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, std::vector<int>(4, 25));
}

TEST(Assertion, says_who_asks_whom_and_until_when) {
  const auto input =
      assertion_input({"3MVG9Example.ClientId", "the \"subject\"", "https://acme.my.site.com/shop", 1'767'225'780'999});
  ASSERT_TRUE(input);
  const auto key = RsaKey::from_pem(kPublishedPkcs8);
  const auto signature = key->sign_rs256(input->view());
  ASSERT_TRUE(signature);
  const Secret whole = assertion_of(input->view(), signature->view());
  JwtReader jwt;
  ASSERT_TRUE(jwt.read(whole.view()));
  EXPECT_EQ(jwt.header().algorithm, "RS256");
  EXPECT_EQ(whole.view().substr(0, whole.view().find('.')), to_base64(R"({"alg":"RS256"})", Base64::url_unpadded).view());
  EXPECT_EQ(jwt.claims().members().size(), 5U);
  EXPECT_EQ(jwt.claims().text("iss"), "3MVG9Example.ClientId");
  EXPECT_EQ(jwt.claims().text("sub"), "the \"subject\"");
  EXPECT_EQ(jwt.claims().text("aud"), "https://acme.my.site.com/shop");
  EXPECT_EQ(jwt.claims().find("exp")->as_integer(), 1'767'225'780);
  EXPECT_EQ(jwt.claims().text("jti")->size(), 22U);
  const auto modulus = from_base64(kPublishedModulus, Base64::url_unpadded);
  EXPECT_TRUE(verify_rs256(modulus->view(), std::string("\x01\x00\x01", 3), jwt.signing_input(), jwt.signature().view()));
}

TEST(Assertion, is_another_each_time) {
  const AssertionClaims claims = {"i", "s", "a", 1'000};
  const auto one = assertion_input(claims);
  const auto other = assertion_input(claims);
  ASSERT_TRUE(one && other);
  EXPECT_NE(one->view(), other->view());
}

}  // namespace
}  // namespace hlid
