#include "certificates.h"

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <string_view>
#include <utility>

namespace hlid_test {
namespace {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using X509Ptr = std::unique_ptr<X509, Freer<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Freer<ASN1_OCTET_STRING_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>>;

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("certificates: ") + what);
}

KeyPtr make_key(Key kind) {
  switch (kind) {
    case Key::rsa2048: return KeyPtr(EVP_RSA_gen(2048));
    case Key::rsa1024: return KeyPtr(EVP_RSA_gen(1024));
    case Key::ec: break;
  }
  return KeyPtr(EVP_EC_gen("P-256"));
}

const EVP_MD* digest_of(Digest digest) { return digest == Digest::sha1 ? EVP_sha1() : EVP_sha256(); }

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_X509(bio.get(), certificate) == 1, "PEM_write_bio_X509");
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  check(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM_write_bio_PrivateKey");
  return text_of(bio.get());
}

BioPtr reader(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::vector<X509Ptr> chain_of(const Identity& identity) {
  const BioPtr bio = reader(identity.chain_pem);
  std::vector<X509Ptr> chain;
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) chain.emplace_back(next);
  ERR_clear_error();  // the end of the text is an error to PEM_read_bio_X509
  return chain;
}

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  check(extension != nullptr, value);
  check(X509_add_ext(certificate, extension.get(), -1) == 1, "X509_add_ext");
}

void set_name(X509_NAME* name, const std::string& common_name) {
  check(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()),
                                   static_cast<int>(common_name.size()), -1, 0) == 1,
        "common name");
}

// By hand, because the text form that OpenSSL reads cannot hold a NUL.
void add_names(X509* certificate, const Leaf& wanted) {
  if (wanted.dns.empty() && wanted.ips.empty()) return;
  const NamesPtr names(GENERAL_NAMES_new());
  const auto add = [&](int type, const void* data, std::size_t size) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    ASN1_STRING* text = type == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
    check(ASN1_STRING_set(text, data, static_cast<int>(size)) == 1, "name");
    GENERAL_NAME_set0_value(name, type, text);
    sk_GENERAL_NAME_push(names.get(), name);
  };
  for (const std::string& dns : wanted.dns) add(GEN_DNS, dns.data(), dns.size());
  for (const std::string& ip : wanted.ips) {
    unsigned char bytes[16];
    if (inet_pton(AF_INET, ip.c_str(), bytes) == 1) {
      add(GEN_IPADD, bytes, 4);
    } else {
      check(inet_pton(AF_INET6, ip.c_str(), bytes) == 1, "not an address");
      add(GEN_IPADD, bytes, 16);
    }
  }
  check(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_APPEND) == 1, "SAN");
}

struct Blank {
  std::string common_name{};
  long valid_from = -3600;
  long valid_until = 24 * 3600;
};

X509Ptr make_blank(const Blank& blank, EVP_PKEY* key, X509* issuer) {
  X509Ptr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  unsigned char serial[8];
  check(RAND_bytes(serial, sizeof serial) == 1, "RAND_bytes");
  serial[0] &= 0x7fU;
  std::unique_ptr<BIGNUM, Freer<BN_free>> number(BN_bin2bn(serial, sizeof serial, nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), blank.valid_from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), blank.valid_until);
  set_name(X509_get_subject_name(certificate.get()), blank.common_name);
  X509* signer = issuer == nullptr ? certificate.get() : issuer;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  check(X509_set_pubkey(certificate.get(), key) == 1, "X509_set_pubkey");
  return certificate;
}

struct Authority {
  X509Ptr certificate{};
  KeyPtr key{};
};

Authority make_ca(const std::string& name, const Authority* issuer, const char* constraints, Key kind = Key::ec,
                  Digest digest = Digest::sha256, const char* name_constraints = nullptr) {
  Authority ca;
  ca.key = make_key(kind);
  X509* parent = issuer == nullptr ? nullptr : issuer->certificate.get();
  ca.certificate = make_blank({.common_name = name}, ca.key.get(), parent);
  X509* self = ca.certificate.get();
  X509* signer = parent == nullptr ? self : parent;
  extend(self, signer, NID_basic_constraints, constraints);
  extend(self, signer, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
  extend(self, signer, NID_subject_key_identifier, "hash");
  if (parent != nullptr) extend(self, signer, NID_authority_key_identifier, "keyid:always");
  if (name_constraints != nullptr) extend(self, signer, NID_name_constraints, name_constraints);
  check(X509_sign(self, issuer == nullptr ? ca.key.get() : issuer->key.get(), digest_of(digest)) > 0, "X509_sign");
  return ca;
}

void add_padding(X509* certificate, std::size_t size) {
  const OctetsPtr octets(ASN1_OCTET_STRING_new());
  const std::string bytes(size, 'p');
  check(ASN1_OCTET_STRING_set(octets.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                              static_cast<int>(bytes.size())) == 1,
        "padding");
  std::unique_ptr<ASN1_OBJECT, Freer<ASN1_OBJECT_free>> id(OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1));
  const ExtensionPtr extension(X509_EXTENSION_create_by_OBJ(nullptr, id.get(), 0, octets.get()));
  check(X509_add_ext(certificate, extension.get(), -1) == 1, "padding");
}

}  // namespace

struct Certificates::State {
  Authority root = make_ca("Test Root", nullptr, "critical,CA:TRUE");
  // A root that allows no authority below it must be a second one; both are trusted.
  Authority strict_root = make_ca("Strict Test Root", nullptr, "critical,CA:TRUE,pathlen:0");
  Authority stranger = make_ca("Test Root", nullptr, "critical,CA:TRUE");
  std::string ca_pem = pem_of(root.certificate.get()) + pem_of(strict_root.certificate.get());
};

Certificates::Certificates() : state_(std::make_unique<State>()) {}
Certificates::~Certificates() = default;

const std::string& Certificates::ca_pem() const { return state_->ca_pem; }

Identity Certificates::leaf(const Leaf& wanted) const {
  std::vector<Authority> between;  // from the root down
  const Authority* issuer = &state_->root;
  const auto add = [&](Authority next) {
    between.push_back(std::move(next));
    issuer = &between.back();
  };
  between.reserve(wanted.extra_in_chain + 1);
  for (std::size_t i = 0; i < wanted.extra_in_chain; ++i) {
    add(make_ca("Test Intermediate " + std::to_string(i), issuer, "critical,CA:TRUE"));
  }
  const std::string middle = "Test Intermediate";
  switch (wanted.issuer) {
    case Issuer::root:
    case Issuer::self: break;
    case Issuer::unknown: issuer = &state_->stranger; break;
    case Issuer::intermediate:
    case Issuer::missing_intermediate: add(make_ca(middle, issuer, "critical,CA:TRUE")); break;
    case Issuer::not_a_ca: add(make_ca(middle, issuer, "critical,CA:FALSE")); break;
    case Issuer::path_length: add(make_ca(middle, &state_->strict_root, "critical,CA:TRUE")); break;
    case Issuer::name_constraints:
      add(make_ca(middle, issuer, "critical,CA:TRUE", Key::ec, Digest::sha256, "critical,permitted;DNS:permitted.example"));
      break;
    case Issuer::weak_signature: add(make_ca(middle, issuer, "critical,CA:TRUE", Key::ec, Digest::sha1)); break;
    case Issuer::weak_key: add(make_ca(middle, issuer, "critical,CA:TRUE", Key::rsa1024)); break;
  }

  const bool self = wanted.issuer == Issuer::self;
  const KeyPtr key = make_key(wanted.key);
  const Blank blank{.common_name = wanted.common_name, .valid_from = wanted.valid_from, .valid_until = wanted.valid_until};
  const X509Ptr leaf = make_blank(blank, key.get(), self ? nullptr : issuer->certificate.get());
  X509* signer = self ? leaf.get() : issuer->certificate.get();
  extend(leaf.get(), signer, NID_basic_constraints, "critical,CA:FALSE");
  extend(leaf.get(), signer, NID_key_usage, "critical,digitalSignature,keyEncipherment");
  extend(leaf.get(), signer, NID_ext_key_usage, wanted.for_clients ? "clientAuth" : "serverAuth");
  extend(leaf.get(), signer, NID_subject_key_identifier, "hash");
  if (!self) extend(leaf.get(), signer, NID_authority_key_identifier, "keyid:always");
  if (wanted.must_staple) extend(leaf.get(), signer, NID_tlsfeature, "status_request");
  add_names(leaf.get(), wanted);
  if (wanted.padding > 0) add_padding(leaf.get(), wanted.padding);
  check(X509_sign(leaf.get(), self ? key.get() : issuer->key.get(), digest_of(wanted.digest)) > 0, "X509_sign");

  Identity identity{.chain_pem = pem_of(leaf.get()), .key_pem = pem_of(key.get())};
  if (wanted.issuer == Issuer::missing_intermediate) between.pop_back();
  for (auto next = between.rbegin(); next != between.rend(); ++next) {
    identity.chain_pem += pem_of(next->certificate.get());
  }
  if (wanted.send_root) identity.chain_pem += pem_of(state_->root.certificate.get());
  return identity;
}

// For the server's own test; the OpenSSL of a package has none.
#ifndef OPENSSL_NO_OCSP
std::string Certificates::ocsp(const Identity& identity, bool revoked) const {
  const std::vector<X509Ptr> chain = chain_of(identity);
  check(!chain.empty(), "no certificate");
  const Authority& root = state_->root;
  std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>> basic(OCSP_BASICRESP_new());
  std::unique_ptr<OCSP_CERTID, Freer<OCSP_CERTID_free>> id(
      OCSP_cert_to_id(EVP_sha1(), chain.front().get(), root.certificate.get()));
  std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>> before(X509_gmtime_adj(nullptr, -3600));
  std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>> after(X509_gmtime_adj(nullptr, 3600));
  check(OCSP_basic_add1_status(basic.get(), id.get(), revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
                               revoked ? OCSP_REVOKED_STATUS_KEYCOMPROMISE : 0, revoked ? before.get() : nullptr, before.get(),
                               after.get()) != nullptr,
        "OCSP_basic_add1_status");
  check(OCSP_basic_sign(basic.get(), root.certificate.get(), root.key.get(), EVP_sha256(), nullptr, 0) == 1, "OCSP_basic_sign");
  std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  unsigned char* bytes = nullptr;
  const int size = i2d_OCSP_RESPONSE(response.get(), &bytes);
  check(size > 0, "i2d_OCSP_RESPONSE");
  std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}
#endif

std::string Certificates::public_key_pin(const Identity& identity) {
  const std::vector<X509Ptr> chain = chain_of(identity);
  check(!chain.empty(), "no certificate");
  unsigned char* bytes = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(chain.front().get()), &bytes);
  check(size > 0, "i2d_X509_PUBKEY");
  unsigned char digest[32];
  unsigned int digest_size = 0;
  check(EVP_Digest(bytes, static_cast<std::size_t>(size), digest, &digest_size, EVP_sha256(), nullptr) == 1, "digest");
  OPENSSL_free(bytes);
  unsigned char text[64];
  const int text_size = EVP_EncodeBlock(text, digest, 32);
  return "sha256//" + std::string(reinterpret_cast<char*>(text), static_cast<std::size_t>(text_size));
}

std::vector<std::string> Certificates::der(const Identity& identity) {
  std::vector<std::string> out;
  for (const X509Ptr& certificate : chain_of(identity)) {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(certificate.get(), &bytes);
    check(size > 0, "i2d_X509");
    out.emplace_back(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
  }
  return out;
}

}  // namespace hlid_test
