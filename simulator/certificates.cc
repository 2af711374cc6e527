#include "simulator/certificates.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

namespace hlid_sim {
namespace {

constexpr long kHour = 3600;

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  if (!extension) throw_openssl("no certificate extension");
  const int added = X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  if (added != 1) throw_openssl("no certificate extension");
}

Certificate make_certificate(const char* name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  Certificate made(X509_new());
  X509* certificate = made.get();
  if (!certificate) throw_openssl("no certificate");
  X509_set_version(certificate, X509_VERSION_3);
  const std::string serial = random_bytes(8);
  uint64_t number = 1;
  for (const char c : serial) number = (number << 7) ^ static_cast<unsigned char>(c);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), number >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 30 * 24 * kHour);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  X509* signer = issuer ? issuer : certificate;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  X509_set_pubkey(certificate, key);
  add_extension(certificate, signer, NID_subject_key_identifier, "hash");
  if (issuer) {
    add_extension(certificate, signer, NID_authority_key_identifier, "keyid");
    add_extension(certificate, signer, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, signer, NID_key_usage, "critical,digitalSignature");
    add_extension(certificate, signer, NID_ext_key_usage, "serverAuth");
    add_extension(certificate, signer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  } else {
    add_extension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  }
  if (X509_sign(certificate, issuer_key, EVP_sha256()) == 0) throw_openssl("the certificate cannot be signed");
  return made;
}

template <typename Write>
std::string to_pem(Write write) {
  BIO* bio = BIO_new(BIO_s_mem());
  if (!bio || write(bio) != 1) throw_openssl("no PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<size_t>(size));
  BIO_free(bio);
  return out;
}

}  // namespace

Certificates make_certificates() {
  const Pkey ca_key = make_ec_key();
  const Certificate ca = make_certificate("headlessid simulated org CA", ca_key.get(), nullptr, ca_key.get());
  Certificates made;
  made.key = make_ec_key();
  made.leaf = make_certificate("localhost", made.key.get(), ca.get(), ca_key.get());
  made.ca_pem = to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, ca.get()); });
  made.leaf_pem = to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, made.leaf.get()); });
  made.key_pem =
      to_pem([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return made;
}

AppKey make_app_key(const std::string& client_id) {
  const Pkey key = make_rsa_key(2048);
  const Certificate certificate = make_certificate(client_id.substr(0, 64).c_str(), key.get(), nullptr, key.get());
  return {to_pem([&](BIO* bio) { return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); }),
          to_pem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); })};
}

PrivateFolder::PrivateFolder() {
  // An image that has this program and nothing else has no /tmp, but every container has shared memory.
  std::vector<std::string> parents = {"/tmp", "/dev/shm"};
  const char* chosen = std::getenv("TMPDIR");
  if (chosen != nullptr && *chosen != '\0') parents.insert(parents.begin(), chosen);
  std::string tried;
  for (const std::string& parent : parents) {
    path_ = (std::filesystem::path(parent) / "headlessid-sim-XXXXXX").string();
    if (mkdtemp(path_.data()) != nullptr) return;
    tried += (tried.empty() ? "" : ", ") + parent + " (" + std::strerror(errno) + ")";
  }
  throw std::runtime_error("no temporary folder can be made; tried " + tried + ". Set TMPDIR to a folder that can be written to");
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string PrivateFolder::write(const std::string& name, const std::string& content) const {
  const std::string path = path_ + "/" + name;
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("no file can be written in " + path_);
  const ssize_t written = ::write(file, content.data(), content.size());
  if (close(file) != 0 || written != static_cast<ssize_t>(content.size()))
    throw std::runtime_error("no file can be written in " + path_);
  return path;
}

}  // namespace hlid_sim
