#include "net/outcome.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <charconv>

namespace hlid {
namespace {

// "TLS connect error: error:0A00010B:SSL routines::wrong version number": OpenSSL's number, 0 where there is none. Older
// releases of libcurl begin with the second "error:".
unsigned long openssl_error_in(std::string_view words) {
  constexpr std::string_view kMark = "error:";
  unsigned long number = 0;
  for (size_t at = words.find(kMark); number == 0 && at != std::string_view::npos; at = words.find(kMark, at + kMark.size())) {
    std::from_chars(words.data() + at + kMark.size(), words.data() + words.size(), number, 16);
  }
  return number;
}

Outcome of_certificate(long verified, bool by_proxy) {
  switch (verified) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return {"untrusted_certificate",
              by_proxy ? "the proxy's certificate comes from an authority that is not trusted"
                       : "the server's certificate comes from an authority that is not trusted, or its chain has a gap",
              false};
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return {"untrusted_certificate",
              by_proxy ? "the proxy's certificate is self-signed and not trusted"
                       : "the server's certificate is self-signed and not trusted",
              false};
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return {"expired_certificate",
              by_proxy ? "the proxy's certificate has expired" : "the server's certificate, or one above it, has expired", false};
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return {
          "expired_certificate",
          by_proxy ? "the proxy's certificate is not valid yet" : "the server's certificate, or one above it, is not valid yet",
          false};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return {"wrong_certificate",
              by_proxy ? "the proxy's certificate is for another name" : "the server's certificate is for another name", false};
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return {"bad_certificate", "a key in the server's certificate chain is too short (RSA under 2,048 bits)", false};
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return {"bad_certificate", "a certificate in the server's chain is signed with a weak digest (SHA-1 or MD5)", false};
    case X509_V_ERR_CERT_REVOKED: return {"bad_certificate", "the server's certificate has been revoked", false};
    case X509_V_ERR_INVALID_PURPOSE: return {"bad_certificate", "the server's certificate is not one for servers", false};
    default:
      return {"bad_certificate",
              by_proxy ? "the proxy's certificate cannot be verified" : "the server's certificate cannot be verified", false};
  }
}

}  // namespace

bool is_tls_failure(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_CLIENTCERT: return true;
    default: return false;
  }
}

Outcome tls_outcome_of(CURLcode code, long verified, bool by_proxy, std::string_view words) {
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    // libcurl compares the name itself, after OpenSSL has found the rest good.
    const bool name =
        verified == X509_V_OK || (verified == X509_V_ERR_UNSPECIFIED && words.find("match") != std::string_view::npos);
    return of_certificate(name ? static_cast<long>(X509_V_ERR_HOSTNAME_MISMATCH) : verified, by_proxy);
  }
  const unsigned long error = openssl_error_in(words);
  const bool spoken = error != 0 && ERR_GET_REASON(error) != SSL_R_UNEXPECTED_EOF_WHILE_READING;
  if (code == CURLE_SSL_CONNECT_ERROR && !spoken)
    return {"no_connection", "the connection broke before TLS was agreed on", false};
  switch (ERR_GET_LIB(error) == ERR_LIB_SSL ? ERR_GET_REASON(error) : 0) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST: return {"tls_failed", "the server at this address does not speak TLS", false};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return {"tls_failed", "the server speaks neither TLS 1.2 nor TLS 1.3", false};
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_NO_CIPHERS_AVAILABLE: return {"tls_failed", "client and server have no TLS cipher in common", false};
    case SSL_R_TLSV1_UNRECOGNIZED_NAME: return {"tls_failed", "the server does not know the name of the site", false};
    default: return {"tls_failed", "no TLS connection could be made", false};
  }
}

Outcome proxy_outcome_of(long status) {
  switch (status) {
    case 407: return {"proxy_refused", "the proxy requires other credentials (407)", false};
    case 403: return {"proxy_refused", "the proxy does not allow this host (403)", false};
    case 401: return {"proxy_refused", "the proxy refused the connection (401)", false};
    case 404: return {"proxy_refused", "the proxy refused the connection (404)", false};
    case 405: return {"proxy_refused", "the proxy rejected CONNECT (405)", false};
    case 429: return {"proxy_failed", "the proxy has no room at the moment (429)", false};
    case 502: return {"proxy_failed", "the proxy could not reach the site (502)", false};
    case 503: return {"proxy_failed", "the proxy, or the site behind it, is not available (503)", false};
    case 504: return {"proxy_failed", "the proxy did not reach the site in time (504)", false};
    default: break;
  }
  if (status >= 500 || status == 408 || status == 425) return {"proxy_failed", "the proxy could not make the connection", false};
  if (status >= 300) return {"proxy_refused", "the proxy refused the connection", false};
  return {"proxy_failed", "the proxy broke the connection off", false};
}

namespace {
constexpr Outcome kNothing{"no_response", "no response came", false};
}  // namespace

Outcome outcome_of(CURLcode code, bool left, Proxy proxy) {
  // Since 8.6. By its number: this may have been compiled with an older libcurl than it runs with.
  constexpr auto kTooLarge = static_cast<CURLcode>(100);
  switch (code == kTooLarge ? CURLE_FILESIZE_EXCEEDED : code) {
    case CURLE_OPERATION_TIMEDOUT: return {"timeout", "the deadline passed", false};
    case CURLE_COULDNT_RESOLVE_HOST: return {"no_host", "the site's name was not found", false};
    case CURLE_COULDNT_RESOLVE_PROXY: return {"proxy_failed", "the proxy's name was not found", false};
    case CURLE_COULDNT_CONNECT:
      if (proxy == Proxy::used) return {"proxy_failed", "no connection to the proxy could be made", false};
      return {"no_connection", "no connection could be made", false};
    case CURLE_PROXY: return {"proxy_failed", "the proxy refused the connection", false};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // libcurl's word for HTTP/0.9
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_BAD_FUNCTION_ARGUMENT:  // and for a head that begins with a folded line
      if (left) return {"not_http", "the response is not proper HTTP", true};
      break;
    case CURLE_FILESIZE_EXCEEDED:
      if (left) return {"response_too_large", "the response is larger than the maximum", true};
      break;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SEND_FAIL_REWIND:
    case CURLE_ABORTED_BY_CALLBACK:
      if (left) return {"cut_off", "the connection broke before a complete response had come", false};
      if (proxy != Proxy::none) return {"proxy_failed", "the proxy refused the connection, or broke it off", false};
      return {"no_connection", "the connection broke before anything was sent", false};
    default: break;
  }
  return kNothing;
}

}  // namespace hlid
