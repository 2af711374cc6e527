// How the server shakes hands, and how it fails to.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "certificates.h"
#include "journal.h"
#include "reply.h"

namespace hlid_test {

// What goes wrong in one handshake. Bytes are those on the wire, records and all.
struct HandshakeFault {
  // No handshake: read once, say this, go on as `after` says. TLS alerts: `tls_alert`. With "" nothing is read either:
  // whether a client that is reset then has got as far as TLS is chance. `cut_out` 0 takes its hello first.
  std::optional<std::string> instead{};
  // A handshake, but the server goes on only until so many of its own bytes have left, or of the client's came.
  std::optional<std::size_t> cut_out{};
  std::optional<std::size_t> cut_in{};
  After after = After::silent;
  // The server's flights leave in slices.
  std::size_t slice = 0;
  Milliseconds pause{0};
};

struct TlsOptions {
  Identity identity{};
  int min_version = 0;  // TLS1_VERSION ... TLS1_3_VERSION; 0: whatever OpenSSL has
  int max_version = 0;
  std::string ciphers = "ALL:COMPLEMENTOFALL";      // up to TLS 1.2; with NULL ciphers, for who wants to be refused
  std::vector<std::string> alpn{"h2", "http/1.1"};  // by the server's liking; none: the extension is not answered
  std::size_t tickets = 2;                          // session tickets after a TLS 1.3 handshake; 0: no tickets in any version
  std::string ticket_key{};                         // 80 bytes; servers with the same one open each other's tickets
  std::uint32_t max_early_data = 0;                 // more than 0 offers 0-RTT, and takes it
  bool ask_client_certificate = false;
  std::string client_ca_pem{};  // whom to believe; empty: anyone, the subject is recorded
  bool require_client_certificate = false;
  std::string ocsp_staple{};  // sent as it is
  bool renegotiate = false;   // up to TLS 1.2: asks for it before each response
  std::function<std::optional<HandshakeFault>(std::size_t connection)> fault{};
};

struct ContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using ContextPtr = std::unique_ptr<SSL_CTX, ContextFree>;

// `options` must outlive the context.
ContextPtr make_context(const TlsOptions& options);

// What a handshake said, for the journal. What the ClientHello said is noted on its way, in the record that is the
// SSL's app data.
void note_handshake(SSL* ssl, ConnectionRecord& record);

std::string tls_alert(std::uint8_t description, bool fatal = true);
// ServerHello and Certificate of a TLS 1.2 handshake with whatever is put in place of certificates (DER): for
// certificates that no library would send. Use as HandshakeFault::instead.
std::string tls12_certificate_flight(const std::vector<std::string>& certificates);

}  // namespace hlid_test
