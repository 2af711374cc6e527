#include "engine/fault.h"

namespace hlid {
namespace {

constexpr const char* kTrustHint =
    "Name the PEM file of the certificate authority in ca_file: a proxy that inspects TLS has its own. SSL_CERT_FILE, "
    "NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE and a Java trust store are not read, except by your own HTTP stack.";
constexpr const char* kNameHint = "Check `site`: the host is misspelled, or another machine responds in its place.";
constexpr const char* kClockHint =
    "Check this machine's clock; if it is right, the server's administrator must renew the certificate.";

constexpr Fault kFaults[] = {
    {.reason = "timeout", .text = "the deadline passed"},
    {.reason = "no_response", .text = "no response came"},
    {.reason = "cut_off", .text = "the connection broke before a complete response had come"},
    {.reason = "stream_refused", .text = "the server refused the stream", .before_sending = true},
    {.reason = "no_connection", .text = "no connection could be made", .before_sending = true},
    {.reason = "no_name_server", .text = "no name server responded", .before_sending = true},
    {.reason = "no_descriptors",
     .text = "this process cannot open more files and sockets",
     .before_sending = true,
     .hint = "Raise the limit of open files (ulimit -n), or close files that the program leaves open."},
    {.reason = "no_host",
     .text = "the host's name was not found",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::fix_argument,
     .field = "site",
     .hint = "Check `site`: no name server knows its host. A machine that reaches the Internet only through a proxy needs "
             "`proxy`."},
    {.reason = "untrusted_certificate",
     .text = "the server's certificate comes from an untrusted authority",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::fix_argument,
     .field = "ca_file",
     .hint = kTrustHint},
    {.reason = "wrong_certificate",
     .text = "the server's certificate is for another name",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::fix_argument,
     .field = "site",
     .hint = kNameHint},
    {.reason = "expired_certificate",
     .text = "the server's certificate has expired",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::none,
     .hint = kClockHint},
    {.reason = "bad_certificate",
     .text = "the server's certificate cannot be used",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::none,
     .hint = "The server's administrator must replace the certificate: keys of 2,048 bits or more, SHA-256, a complete chain."},
    {.reason = "tls_failed",
     .text = "the server supports no TLS version that this client accepts",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::none,
     .hint = "TLS 1.2 or 1.3 is required. Check the port in `site`, and anything in between (a proxy, a firewall)."},
    {.reason = "proxy_refused",
     .text = "the proxy refused the connection",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::fix_argument,
     .field = "proxy",
     .hint =
         "Check the username and password in `proxy` (407), or ask the proxy's administrator to allow the site's host (403)."},
    {.reason = "proxy_failed",
     .text = "the proxy could not be reached, or broke off",
     .before_sending = true,
     .field = "proxy",
     .hint = "Check host and port of `proxy`, and whether the proxy runs and reaches the site."},
};

}  // namespace

const Fault* find_fault(std::string_view reason) {
  for (const Fault& fault : kFaults) {
    if (reason == fault.reason) return &fault;
  }
  return nullptr;
}

}  // namespace hlid
