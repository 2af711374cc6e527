#include "net/trust.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "net/descriptors.h"
#include "net/libcurl.h"
#include "net/limits.h"

namespace hlid {
namespace {

// Where systems keep them: Debian, Alpine and Android's Termux; Fedora; SUSE; older Red Hat; BSD and macOS.
constexpr const char* kSystemFiles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                                        "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct CertificateFree {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct NamesFree {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Store = std::unique_ptr<X509_STORE, StoreFree>;
using Certificate = std::unique_ptr<X509, CertificateFree>;

// OpenSSL's list of errors is the thread's, so the host's too: what we add goes again.
class ErrorsAsTheyWere {
 public:
  ErrorsAsTheyWere() { ERR_set_mark(); }
  ~ErrorsAsTheyWere() { ERR_pop_to_mark(); }
  ErrorsAsTheyWere(const ErrorsAsTheyWere&) = delete;
  ErrorsAsTheyWere& operator=(const ErrorsAsTheyWere&) = delete;
};

enum class ReadFault { none, unreadable, no_file, too_large, no_descriptors };

ReadFault read_file(const char* path, std::string& out) {
  // Without waiting for the other end, should it be a pipe.
  const Descriptor file(above_standard_streams(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)));
  struct stat about{};
  if (!file && (errno == EMFILE || errno == ENFILE)) return ReadFault::no_descriptors;
  if (!file || ::fstat(file.get(), &about) != 0) return ReadFault::unreadable;
  if (!S_ISREG(about.st_mode)) return ReadFault::no_file;
  if (about.st_size > static_cast<off_t>(kMaxCaFile)) return ReadFault::too_large;
  out.clear();
  char bytes[16 * 1024];
  for (;;) {
    const ssize_t got = ::read(file.get(), bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ReadFault::unreadable;
    if (got == 0) return ReadFault::none;
    out.append(bytes, static_cast<size_t>(got));
    if (out.size() > kMaxCaFile) return ReadFault::too_large;
  }
}

size_t count_of(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// How many certificates of the PEM text are in the store now.
size_t add_certificates(std::string_view pem, X509_STORE* store) {
  const ErrorsAsTheyWere as_they_were;
  const std::unique_ptr<BIO, BioFree> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!source) return 0;
  size_t count = 0;
  char no_passphrase[] = "";
  for (;;) {
    const Certificate certificate(PEM_read_bio_X509(source.get(), nullptr, nullptr, no_passphrase));
    if (!certificate) return count;
    if (X509_STORE_add_cert(store, certificate.get()) == 1) ++count;
  }
}

Store new_store() {
  Store store(X509_STORE_new());
  // As libcurl has it: our certificates before those that a server sends along, and one that is not a root
  // counts if it is in the list.
  if (store) X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

Result<Store> load_file(const std::string& path) {
  std::string pem;
  switch (read_file(path.c_str(), pem)) {
    case ReadFault::no_descriptors: return Trust::no_descriptors();
    case ReadFault::unreadable: return Error::argument("ca_file", "cannot be read");
    case ReadFault::no_file: return Error::argument("ca_file", "is not a file");
    case ReadFault::too_large: return Error::argument("ca_file", "is larger than 1 MiB");
    case ReadFault::none: break;
  }
  if (pem.find("PRIVATE KEY-----") != std::string::npos) return Error::argument("ca_file", "contains a private key");
  Store store = new_store();
  const size_t blocks = count_of(pem, "-----BEGIN ");
  const size_t added = store ? add_certificates(pem, store.get()) : 0;
  if (blocks == 0) return Error::argument("ca_file", "contains no certificate in PEM form");
  if (added != blocks) return Error::argument("ca_file", "is damaged, or contains something other than certificates");
  return store;
}

Result<Store> load_system() {
  Store store = new_store();
  if (!store) return Error::state("no_system_ca", "the store of certificates could not be made");
  std::string pem;
  std::string looked;
  bool full = false;
  const auto try_file = [&](const char* path) {
    looked = looked.empty() ? std::string(path) : join({looked, ", ", path});
    const ReadFault fault = read_file(path, pem);
    full = full || fault == ReadFault::no_descriptors;
    return fault == ReadFault::none && add_certificates(pem, store.get()) > 0;
  };
  const char* built_in = curl_version_info(CURLVERSION_NOW)->cainfo;
  if (built_in != nullptr && try_file(built_in)) return store;
  for (const char* path : kSystemFiles) {
    if ((built_in == nullptr || std::string_view(path) != built_in) && try_file(path)) return store;
  }
  if (full) return Trust::no_descriptors();
  return Error(Error::state("no_system_ca", join({"the system has no list of trusted certificates at ", looked}))
                   .hint("Install the system's CA certificates, or name a file of them in ca_file."));
}

// RFC 9110 4.3.4: the common name says nothing. libcurl would still use it where there is no other name.
int check_leaf(int so_far, X509_STORE_CTX* context) {
  if (so_far != 1 || X509_STORE_CTX_get_error_depth(context) != 0) return so_far;
  X509* leaf = X509_STORE_CTX_get_current_cert(context);
  const std::unique_ptr<GENERAL_NAMES, NamesFree> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const int type = sk_GENERAL_NAME_value(names.get(), i)->type;
    if (type == GEN_DNS || type == GEN_IPADD) return 1;
  }
  X509_STORE_CTX_set_error(context, X509_V_ERR_HOSTNAME_MISMATCH);
  return 0;
}

// The alert that says that nothing more comes.
void note_end(int written, int, int type, const void* bytes, size_t size, SSL* ssl, void* turn) {
  constexpr size_t kAlert = 2;
  if (written == 0 && type == SSL3_RT_ALERT && size == kAlert &&
      static_cast<const unsigned char*>(bytes)[1] == SSL_AD_CLOSE_NOTIFY) {
    static_cast<Turn*>(turn)->closed(ssl);
  }
}

}  // namespace

Error Trust::no_descriptors() {
  return Error(Error::state("no_descriptors", "this process may open no more files, the list of certificates among them")
                   .advise(Advice::retry_later)
                   .hint("Raise the limit of open files (ulimit -n), or close what the program leaves open."));
}

Result<Trust> Trust::load(const std::string& ca_file) {
  Result<Store> store = ca_file.empty() ? load_system() : load_file(ca_file);
  if (!store) return std::move(store).error();
  auto throttle = std::make_unique<Throttle>();
  if (!throttle->good()) return Error::state("no_client", "OpenSSL has no memory");
  return Trust(std::move(*store), std::move(throttle));
}

void Trust::apply(SSL_CTX* context, Turn& turn) const {
  // libcurl obeys SSLKEYLOGFILE; this library's settings do not name it.
  SSL_CTX_set_keylog_callback(context, nullptr);
  SSL_CTX_set1_cert_store(context, store_.get());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, check_leaf);
  SSL_CTX_set_verify_depth(context, kMaxChainDepth);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_msg_callback(context, note_end);
  SSL_CTX_set_msg_callback_arg(context, &turn);
  // A connection begins here; what it needs to know it finds in its context.
  turn.throttle = throttle_.get();
  SSL_CTX_set_app_data(context, &turn);
  SSL_CTX_set_info_callback(context, [](const SSL* ssl, int where, int) {
    if (where != SSL_CB_HANDSHAKE_START) return;
    auto* of = static_cast<Turn*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    if (of != nullptr && of->throttle != nullptr) of->throttle->guard(const_cast<SSL*>(ssl), *of);
  });
  // Record by record, so that what is left stays in the socket.
  SSL_CTX_set_read_ahead(context, 0);
  // 112 bits: no RSA key under 2,048 bits, no SHA-1 signature. Systems may ask for more.
  if (SSL_CTX_get_security_level(context) < 2) SSL_CTX_set_security_level(context, 2);
}

}  // namespace hlid
