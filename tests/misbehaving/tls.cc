#include "tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace hlid_test {
namespace {

struct BioFree {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
using BioPtr = std::unique_ptr<BIO, BioFree>;

BioPtr reader(const std::string& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

void check(bool good, const char* what) {
  if (good) return;
  char text[256] = "";
  ERR_error_string_n(ERR_get_error(), text, sizeof text);
  throw std::runtime_error(std::string("tls: ") + what + ": " + text);
}

void use_identity(SSL_CTX* context, const Identity& identity) {
  const BioPtr certificates = reader(identity.chain_pem);
  bool first = true;
  while (X509* certificate = PEM_read_bio_X509(certificates.get(), nullptr, nullptr, nullptr)) {
    const int done =
        first ? SSL_CTX_use_certificate(context, certificate) : static_cast<int>(SSL_CTX_add1_chain_cert(context, certificate));
    X509_free(certificate);
    check(done == 1, "certificate");
    first = false;
  }
  ERR_clear_error();
  const BioPtr key_text = reader(identity.key_pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr);
  const int done = key == nullptr ? 0 : SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  check(done == 1, "private key");
}

int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned int in_size,
                void* argument) {
  const auto& wanted = static_cast<const TlsOptions*>(argument)->alpn;
  for (const std::string& protocol : wanted) {
    for (unsigned int at = 0; at < in_size; at += 1U + in[at]) {
      if (in[at] != protocol.size() || at + 1U + in[at] > in_size) continue;
      if (std::memcmp(in + at + 1, protocol.data(), protocol.size()) != 0) continue;
      *out = in + at + 1;
      *out_size = in[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

int send_staple(SSL* ssl, void* argument) {
  const std::string& staple = static_cast<const TlsOptions*>(argument)->ocsp_staple;
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(staple.data(), staple.size()));  // OpenSSL frees it
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple.size()));
  return SSL_TLSEXT_ERR_OK;
}

void note_client_hello(SSL* ssl, ConnectionRecord& record) {
  record.handshake_started = true;
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  // RFC 6066 §3: list length, type, name length, name.
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &size) == 1 && size > 5) {
    record.sni.assign(reinterpret_cast<const char*>(data) + 5, size - 5);
  }
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &data, &size) == 1) {
    for (std::size_t at = 2; at < size && at + data[at] < size; at += 1U + data[at]) {
      record.offered_alpn.emplace_back(reinterpret_cast<const char*>(data) + at + 1, data[at]);
    }
  }
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &data, &size) == 1) record.offered_session = true;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &data, &size) == 1 && size > 0) {
    record.offered_session = true;
  }
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_early_data, &data, &size) == 1) record.offered_early_data = true;
}

// The record is there for the first handshake only; a renegotiation has none.
int on_client_hello(SSL* ssl, int*, void*) {
  auto* record = static_cast<ConnectionRecord*>(SSL_get_app_data(ssl));
  if (record != nullptr) note_client_hello(ssl, *record);
  return SSL_CLIENT_HELLO_SUCCESS;
}

int believe_anyone(X509_STORE_CTX*, void*) { return 1; }

void ask_for_certificate(SSL_CTX* context, const TlsOptions& options) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (options.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  if (options.client_ca_pem.empty()) {
    SSL_CTX_set_cert_verify_callback(context, believe_anyone, nullptr);
    return;
  }
  const BioPtr text = reader(options.client_ca_pem);
  while (X509* ca = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
    SSL_CTX_add_client_CA(context, ca);
    X509_free(ca);
  }
  ERR_clear_error();
}

std::string number(std::size_t value, int bytes) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xffU));
  return out;
}

}  // namespace

ContextPtr make_context(const TlsOptions& options) {
  ContextPtr context(SSL_CTX_new(TLS_server_method()));
  check(context != nullptr, "SSL_CTX_new");
  SSL_CTX* c = context.get();
  SSL_CTX_set_security_level(c, 0);  // weak keys, SHA-1 and TLS 1.1 are the point
  check(SSL_CTX_set_min_proto_version(c, options.min_version) == 1, "min_version");
  check(SSL_CTX_set_max_proto_version(c, options.max_version) == 1, "max_version");
  check(SSL_CTX_set_cipher_list(c, options.ciphers.c_str()) == 1, "ciphers");
  use_identity(c, options.identity);

  // Answers that nobody asked for, and tickets opened by another server, need the session to fit any context.
  static constexpr unsigned char kSessionContext[] = "hlid";
  SSL_CTX_set_session_id_context(c, kSessionContext, sizeof kSessionContext - 1);
  // Sessions live in tickets alone: what one server knows, all servers with its ticket key know.
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(c, options.tickets);
  if (options.tickets == 0) SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
  if (!options.ticket_key.empty()) {
    std::string key = options.ticket_key;
    check(SSL_CTX_set_tlsext_ticket_keys(c, key.data(), static_cast<long>(key.size())) == 1, "ticket_key: not 80 bytes");
  }
  if (options.max_early_data > 0) {
    SSL_CTX_set_options(c, SSL_OP_NO_ANTI_REPLAY);  // whether the client replays is what we want to see
    SSL_CTX_set_max_early_data(c, options.max_early_data);
    SSL_CTX_set_recv_max_early_data(c, options.max_early_data);
  }
  SSL_CTX_set_options(c, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);

  SSL_CTX_set_client_hello_cb(c, on_client_hello, nullptr);
  auto* argument = const_cast<TlsOptions*>(&options);  // OpenSSL's callbacks take void *; none of ours writes
  if (!options.alpn.empty()) SSL_CTX_set_alpn_select_cb(c, choose_alpn, argument);
  if (!options.ocsp_staple.empty()) {
    SSL_CTX_set_tlsext_status_cb(c, send_staple);
    SSL_CTX_set_tlsext_status_arg(c, argument);
  }
  if (options.ask_client_certificate || options.require_client_certificate) ask_for_certificate(c, options);
  return context;
}

void note_handshake(SSL* ssl, ConnectionRecord& record) {
  record.handshake_done = true;
  record.resumed = SSL_session_reused(ssl) == 1;
  record.tls_version = SSL_get_version(ssl);
  const unsigned char* alpn = nullptr;
  unsigned int alpn_size = 0;
  SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
  if (alpn_size > 0) record.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
  if (X509* certificate = SSL_get1_peer_certificate(ssl)) {
    char* name = X509_NAME_oneline(X509_get_subject_name(certificate), nullptr, 0);
    record.client_certificate = name;
    OPENSSL_free(name);
    X509_free(certificate);
  }
}

std::string tls_alert(std::uint8_t description, bool fatal) {
  return number(0x1503030002U, 5) + number(fatal ? 2 : 1, 1) + number(description, 1);
}

std::string tls12_certificate_flight(const std::vector<std::string>& certificates) {
  // ServerHello: TLS 1.2, a random of zeros, no session, ECDHE_ECDSA with AES-128-GCM, and the renegotiation
  // extension, which OpenSSL's client wants to see.
  std::string hello = number(0x0303U, 2) + std::string(32, '\0') + number(0, 1) + number(0xc02bU, 2) + number(0, 1);
  const std::string extensions = number(0xff01U, 2) + number(1, 2) + number(0, 1);
  hello += number(extensions.size(), 2) + extensions;
  std::string list;
  for (const std::string& certificate : certificates) list += number(certificate.size(), 3) + certificate;
  const std::string message = number(2, 1) + number(hello.size(), 3) + hello +  //
                              number(11, 1) + number(list.size() + 3, 3) + number(list.size(), 3) + list;
  std::string records;
  for (std::size_t at = 0; at < message.size(); at += 16384) {
    const std::string part = message.substr(at, 16384);
    records += number(0x160303U, 3) + number(part.size(), 2) + part;
  }
  return records;
}

}  // namespace hlid_test
