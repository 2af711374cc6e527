#include "engine/fault.h"

namespace hlid {
namespace {

constexpr const char* kTrustHint =
    "Name the PEM file of the certificate authority in ca_file: a proxy that inspects TLS has one of its own. SSL_CERT_FILE, "
    "NODE_EXTRA_CA_CERTS, REQUESTS_CA_BUNDLE and a Java trust store are not read, except by an HTTP stack of your own.";
constexpr const char* kNameHint = "Look at `site`: the host is spelled wrong, or another machine answers in its place.";
constexpr const char* kClockHint =
    "Look at this machine's clock; if it is right, the server's administrator has to renew the certificate.";

constexpr Fault kFaults[] = {
    {.reason = "timeout", .text = "the time was over"},
    {.reason = "no_response", .text = "no response came"},
    {.reason = "cut_off", .text = "the connection broke before a complete response had come"},
    {.reason = "stream_refused", .text = "the server refused the stream", .before_sending = true},
    {.reason = "no_connection", .text = "no connection could be made", .before_sending = true},
    {.reason = "no_name_server", .text = "no name server answered", .before_sending = true},
    {.reason = "no_descriptors",
     .text = "this process may open no more files and sockets",
     .before_sending = true,
     .hint = "Raise the limit of open files (ulimit -n), or close what the program leaves open."},
    {.reason = "no_host",
     .text = "the host's name was not found",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::fix_argument,
     .field = "site",
     .hint = "Look at `site`: no name server knows its host. A machine that reaches the Internet through a proxy alone needs "
             "`proxy`."},
    {.reason = "untrusted_certificate",
     .text = "the server's certificate comes from an authority that is not trusted",
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
     .hint = "The server's administrator has to replace the certificate: keys of 2,048 bits or more, SHA-256, a whole chain."},
    {.reason = "tls_failed",
     .text = "the server speaks no TLS that this client accepts",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::none,
     .hint = "TLS 1.2 or 1.3 is needed. Look at the port in `site`, and at what is in between (a proxy, a firewall)."},
    {.reason = "proxy_refused",
     .text = "the proxy refused the connection",
     .before_sending = true,
     .lasting = true,
     .advice = Advice::fix_argument,
     .field = "proxy",
     .hint = "Look at the user name and password in `proxy` (407), or ask who runs the proxy to allow the site's host (403)."},
    {.reason = "proxy_failed", .text = "the proxy could not be reached, or broke off", .before_sending = true},
};

}  // namespace

const Fault* find_fault(std::string_view reason) {
  for (const Fault& fault : kFaults) {
    if (reason == fault.reason) return &fault;
  }
  return nullptr;
}

}  // namespace hlid
